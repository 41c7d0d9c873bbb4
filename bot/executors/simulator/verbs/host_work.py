"""WORK, REBOOT: what is done to the host itself."""

from __future__ import annotations

from bot.executors.simulator import physics, violations
from bot.executors.simulator.instants import span
from bot.executors.simulator.verbs.scene import Laws, Refusal, Scene
from bot.executors.simulator.world import Timer
from bot.rules.operation import Fault

_FAILS_AFTER = 1.0  # seconds until a reboot that does not happen has failed


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
    if op.error or op.hung:
        scene.lasts(_FAILS_AFTER)
        return
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


def _lose(scene: Scene) -> None:
    """Come back without what faults have taken away."""
    host, marks = scene.host, scene.op.marks
    for kind in ("bridges", "volume_groups"):
        _miss(scene, kind)
    host.memory_mib -= int(marks.get("less_mib", 0))
    host.cpu_lost = host.cpu_lost or bool(marks.get("cpu_lost"))
    host.cpu_features = [] if marks.get("cpu_lost") else host.cpu_features


def _miss(scene: Scene, kind: str) -> None:
    """Take bridges or volume groups away (`*`: all), until they appear so long after the start."""
    host, marks = scene.host, scene.op.marks
    present: list[str] = getattr(host, kind)
    names = [str(name) for name in marks.get(kind, ())]
    lost = [name for name in present if name in names or names == ["*"]]
    setattr(host, kind, [name for name in present if name not in lost])
    if lost and f"{kind}_after" in marks and host.down_until is not None:
        at = host.down_until + span(float(marks[f"{kind}_after"]))
        host.timers.append(Timer(at=at, kind="back", params={kind: lost}))


REBOOT = Laws(permitted=_is_empty, begin=_begin_reboot)
