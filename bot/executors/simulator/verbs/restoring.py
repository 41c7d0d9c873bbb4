"""RESTORE, UNPAUSE, PAUSE: a guest's memory comes back, and goes on."""

from __future__ import annotations

from bot.executors.simulator import physics
from bot.executors.simulator.verbs.scene import (
    Laws,
    Refusal,
    Scene,
    busy,
    first,
    needs_state,
    overtaken,
)
from bot.rules.fleet import GuestState
from bot.rules.operation import Fault

_FAILS_AFTER = 1.0  # seconds until a tool says what is missing


def missing(scene: Scene) -> tuple[Fault, str] | None:
    """Return what the host lacks to have the guest in memory, if anything."""
    host, guest = scene.host, scene.guest
    if guest.volume_group and guest.volume_group not in host.volume_groups:
        return Fault.NO_DISK, guest.volume_group
    if guest.bridge and guest.bridge not in host.bridges:
        return Fault.NO_BRIDGE, guest.bridge
    if host.memory_free_mib < guest.memory_mib:
        return Fault.NO_MEMORY, f"{host.memory_free_mib} MiB free"
    return None


def fails_early(scene: Scene) -> bool:
    """Say whether the operation fails before it has done anything, and let it."""
    op = scene.op
    if not op.error and (lack := missing(scene)):
        op.error, op.detail = lack
    if op.error:
        scene.lasts(float(op.marks.get("seconds", _FAILS_AFTER)))
    return bool(op.error)


# ---- restore -----------------------------------------------------------------------------------


def _can_restore(scene: Scene) -> Refusal:
    image = scene.image
    if image is None:
        return Fault.NO_IMAGE, scene.op.image
    if not image.complete:
        return Fault.TRUNCATED, "not complete"
    zombie = scene.guest.state is GuestState.ZOMBIE
    return busy(scene) or ((Fault.WRONG_STATE, "state zombie") if zombie else None)


def _may_restore(scene: Scene) -> Refusal:
    guest, image = scene.guest, scene.image
    if guest.blocked:
        return Fault.BLOCKED, ""
    if refusal := needs_state(scene, (GuestState.OFF,)):
        return refusal
    return _fits(scene) if image else None


def _fits(scene: Scene) -> Refusal:
    guest, image = scene.guest, scene.image
    if image is None or not image.verified:
        return (Fault.CORRUPT if image and image.condemned else Fault.WRONG_STATE), "not verified"
    if image.spent and not scene.op.again:
        return Fault.SPENT_IMAGE, image.name
    if image.generation != guest.generation:
        return Fault.STALE_IMAGE, f"image {image.generation}, disk {guest.generation}"
    return None


def _begin_restore(scene: Scene) -> None:
    image = scene.image
    if not scene.op.error and scene.host.cpu_lost:
        scene.op.error, scene.op.detail = Fault.INCOMPATIBLE, "CPU features"
    if image is None or fails_early(scene):
        return
    if image.short:
        scene.op.error, scene.op.detail = Fault.TOOL_FAILED, "unexpected end of stream"
        scene.op.marks["share"] = 0.5
    scene.transfers(image.size_mib)


def _restored(scene: Scene) -> None:
    guest, image = scene.guest, scene.image
    if image is None:
        scene.op.error = Fault.NO_IMAGE
        return
    if overtaken(scene, (GuestState.OFF,)):
        return
    physics.load(scene.host, guest, image, scene.now, scene.op.id)
    guest.marks.update(scene.op.marks)
    guest.lock = guest.lock or scene.op.id
    image.spent = image.spent and not scene.op.again
    scene.op.values = {"domid": guest.domid}


def _not_restored(scene: Scene) -> None:
    if scene.op.marks.get("leftover") and not scene.guest.in_memory:
        error = scene.op.error
        _restored(scene)
        scene.op.error = error


RESTORE = Laws(
    possible=_can_restore,
    permitted=_may_restore,
    begin=_begin_restore,
    done=_restored,
    failed=_not_restored,
)


# ---- pause, unpause ----------------------------------------------------------------------------


def _may_unpause(scene: Scene) -> Refusal:
    guest = scene.guest
    if not guest.came_from:
        return None
    image = next((i for i in guest.images.values() if i.serial == guest.came_from), None)
    if image is not None and not image.spent:
        return Fault.UNSPENT_IMAGE, image.name
    if guest.memory_generation != guest.generation:
        return Fault.STALE_IMAGE, f"image {guest.memory_generation}, disk {guest.generation}"
    return None


UNPAUSE = Laws(
    possible=lambda s: first(busy(s), needs_state(s, (GuestState.PAUSED,))),
    permitted=_may_unpause,
    begin=lambda s: s.lasts(0),
    done=lambda s: physics.unpause(s.host, s.guest, s.now, s.op.id),
)
PAUSE = Laws(
    possible=lambda s: first(busy(s), needs_state(s, (GuestState.RUNNING,))),
    begin=lambda s: s.lasts(0),
    done=lambda s: physics.halt(s.guest, GuestState.PAUSED, s.now),
)
