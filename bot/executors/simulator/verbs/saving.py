"""SAVE, VERIFY, SPEND, DISCARD_IMAGE: a guest's memory becomes a file, and the file's life."""

from __future__ import annotations

from bot.executors.simulator import physics
from bot.executors.simulator.instants import span
from bot.executors.simulator.verbs.scene import Laws, Refusal, Scene, busy, first, needs_state
from bot.executors.simulator.world import Image, Timer
from bot.rules.fleet import GuestState
from bot.rules.operation import Fault

_SECOND_SAVE = 60.0  # seconds Xen waits for a guest that a killed save has left suspended
_REFUSES_AFTER = 1.0  # seconds until a tool says that something cannot be saved


# ---- save --------------------------------------------------------------------------------------


def _can_save(scene: Scene) -> Refusal:
    states = [GuestState.RUNNING, GuestState.SUSPENDED]
    states += [GuestState.PAUSED] if scene.host.saves_paused else []
    return first(busy(scene), needs_state(scene, states))


def _may_save(scene: Scene) -> Refusal:
    if not scene.op.image:
        return Fault.NO_IMAGE, "no name"
    return (Fault.WRONG_STATE, f"image {scene.op.image} exists") if scene.image else None


def _begin_save(scene: Scene) -> None:
    guest, op = scene.guest, scene.op
    free = scene.host.image_free_mib
    if not op.error and (guest.unsaveable or not guest.suspends):
        op.error, op.detail = Fault.CANNOT_SAVE, ", ".join(guest.unsaveable) or guest.system
        op.marks.update(runs_on=True, seconds=_REFUSES_AFTER)
    if op.marks.get("runs_on"):
        scene.lasts(_limit(scene))
        return
    if not op.error and free < guest.memory_mib:
        op.error, op.detail = Fault.NO_SPACE, f"{free} MiB free"
        op.marks["share"] = free / guest.memory_mib
    _suspend(scene)


def _limit(scene: Scene) -> float:
    """Return how long it lasts until it fails; the host's own limit is its freeze limit."""
    return float(scene.op.marks.get("seconds", scene.host.freeze_seconds))


def _suspend(scene: Scene) -> None:
    guest, op, host = scene.guest, scene.op, scene.host
    lead = _SECOND_SAVE if guest.state is GuestState.SUSPENDED else 0.0
    op.was = guest.state
    guest.images_made += 1
    guest.images[op.image] = Image(
        name=op.image,
        serial=guest.images_made,
        generation=guest.memory_generation,
        size_mib=guest.memory_mib,
        kernel=guest.saved_under if guest.came_from else host.kernel,
        ready=guest.ready_at is not None,
    )
    guest.lock = op.id
    physics.halt(guest, GuestState.SUSPENDED, scene.now)
    if "seconds" in op.marks:
        scene.lasts(_limit(scene))
    else:
        scene.transfers(guest.memory_mib, lead)


def _saved(scene: Scene) -> None:
    image, op = scene.image, scene.op
    if image is None or scene.guest.state is not GuestState.SUSPENDED:
        op.error = Fault.TOOL_FAILED
        return
    image.complete = True
    image.short, image.corrupt = bool(op.marks.get("short")), bool(op.marks.get("corrupt"))
    image.size_mib = image.size_mib // 2 if image.short else image.size_mib
    op.values = {"size_mib": image.size_mib, "generation": image.generation}
    physics.leave_memory(scene.host, scene.guest, scene.now)
    if "intruder" in op.marks:
        at = scene.now + span(float(op.marks["intruder"]))
        scene.host.timers.append(Timer(at=at, kind="intruder", guest=op.guest))


def _not_saved(scene: Scene) -> None:
    """Leave the guest as the failure does: it runs on, hangs suspended, or is off."""
    guest, op = scene.guest, scene.op
    leaves = str(op.marks.get("leaves", "running"))
    if leaves == "off":
        physics.leave_memory(scene.host, guest, scene.now)
    elif op.was and leaves == "running" and guest.state is GuestState.SUSPENDED:
        physics.resume(guest, GuestState(op.was), scene.now)
    if op.error == Fault.NO_SPACE:
        guest.images.pop(op.image, None)
    physics.unlock(guest)


SAVE = Laws(
    possible=_can_save, permitted=_may_save, begin=_begin_save, done=_saved, failed=_not_saved
)


# ---- the image ---------------------------------------------------------------------------------


def _has_image(scene: Scene) -> Refusal:
    return None if scene.image else (Fault.NO_IMAGE, scene.op.image)


def _is_complete(scene: Scene) -> Refusal:
    whole = scene.image is not None and scene.image.complete
    return None if whole else (Fault.TRUNCATED, "not complete")


def _begin_verify(scene: Scene) -> None:
    scene.transfers(scene.image.size_mib if scene.image else 0)


def _verified(scene: Scene) -> None:
    image = scene.image
    if image is None:
        scene.op.error = Fault.NO_IMAGE
        return
    image.short |= bool(scene.op.marks.get("short"))
    image.corrupt |= bool(scene.op.marks.get("corrupt"))
    if image.short or image.corrupt:
        scene.op.error = Fault.TRUNCATED if image.short else Fault.CORRUPT
    image.condemned = image.short or image.corrupt
    image.verified = not image.condemned


VERIFY = Laws(
    possible=lambda s: first(_has_image(s), _is_complete(s)), begin=_begin_verify, done=_verified
)


def _spent(scene: Scene) -> None:
    if scene.image is not None:
        physics.spend(scene.guest, scene.image)


SPEND = Laws(
    possible=lambda s: first(_has_image(s), busy(s)), begin=lambda s: s.lasts(0), done=_spent
)


def _is_unused(scene: Scene) -> Refusal:
    """Refuse to remove what is being read, or what a paused guest has not been spent from."""
    guest, image = scene.guest, scene.image
    read = any(op.image == scene.op.image for op in scene.host.running(guest.name))
    held = image is not None and guest.came_from == image.serial and not image.spent
    return (Fault.WRONG_STATE, f"image {scene.op.image} is in use") if read or held else None


def _discarded(scene: Scene) -> None:
    scene.guest.images.pop(scene.op.image, None)
    physics.unlock(scene.guest)


DISCARD_IMAGE = Laws(
    possible=busy, permitted=_is_unused, begin=lambda s: s.lasts(0), done=_discarded
)
