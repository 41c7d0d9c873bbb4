"""WORK, REBOOT: what is done to the host itself."""

from __future__ import annotations

from bot.executors.simulator import physics, violations
from bot.executors.simulator.instants import span
from bot.executors.simulator.verbs.scene import Laws, Refusal, Scene
from bot.rules.operation import Fault


def _knows(scene: Scene) -> Refusal:
    known = scene.op.argument in scene.host.work
    return None if known else (Fault.TOOL_FAILED, f"unknown command {scene.op.argument}")


def _begin_work(scene: Scene) -> None:
    work = scene.host.work[scene.op.argument]
    seconds = work.seconds / 2 if scene.op.error else work.seconds
    scene.lasts(float(scene.op.marks.get("seconds", seconds)))


def _worked(scene: Scene) -> None:
    work, host = scene.host.work[scene.op.argument], scene.host
    host.kernel_next = work.sets_kernel or host.kernel_next
    host.hypervisor_next = work.sets_hypervisor or host.hypervisor_next


WORK = Laws(possible=_knows, begin=_begin_work, done=_worked)


def _is_empty(scene: Scene) -> Refusal:
    inside = sorted(g.name for g in scene.host.guests.values() if g.in_memory)
    coming = sorted(o.guest for o in scene.host.running() if o.verb in {"restore", "boot"})
    held = inside or coming
    return (Fault.GUESTS_RUN, ", ".join(held)) if held else None


def _begin_reboot(scene: Scene) -> None:
    """Lose all memory at once, and be away until the operation ends."""
    host, op = scene.host, scene.op
    violations.power_cut(host, scene.now, op.id)
    for other in host.running():
        if other.id != op.id:
            other.marks.update(leaves="off", leftover=False)
            physics.cut(other, scene.now, Fault.KILLED, "the host went down")
    for guest in host.guests.values():
        physics.leave_memory(host, guest, scene.now)
    host.timers = [timer for timer in host.timers if not timer.domid]
    seconds = host.reboot_seconds * op.pace + float(op.marks.get("away", 0))
    asked = host.kernel if op.marks.get("stays") else op.argument or host.kernel_next
    kernel = str(op.marks.get("kernel") or asked or host.kernel)
    host.down_until = scene.now + span(seconds)
    host.later("host_up", host.down_until, kernel=kernel)
    op.ends = host.down_until
    _lose(scene)


def _named(scene: Scene, kind: str) -> list[str]:
    """Return which bridges or volume groups will be missing; `*` is all."""
    names = [str(name) for name in scene.op.marks.get(kind, ())]
    return list(getattr(scene.host, kind)) if names == ["*"] else names


def _lose(scene: Scene) -> None:
    """Come back without what faults have taken away."""
    host, marks = scene.host, scene.op.marks
    back = host.down_until
    names = {kind: _named(scene, kind) for kind in ("bridges", "volume_groups")}
    if back is not None and "appear_after" in marks:
        host.later("back", back + span(float(marks["appear_after"])), None, **names)
    for kind, lost in names.items():
        setattr(host, kind, [name for name in getattr(host, kind) if name not in lost])
    host.memory_mib -= int(marks.get("less_mib", 0))
    host.cpu_lost = host.cpu_lost or bool(marks.get("cpu_lost"))
    host.cpu_features = [] if marks.get("cpu_lost") else host.cpu_features


REBOOT = Laws(permitted=_is_empty, begin=_begin_reboot)
