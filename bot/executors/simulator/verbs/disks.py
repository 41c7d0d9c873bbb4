"""SNAPSHOT, ROLLBACK, DROP_SNAPSHOT: a guest's disk as it was."""

from __future__ import annotations

from bot.executors.simulator.instants import span
from bot.executors.simulator.verbs.scene import Laws, Refusal, Scene, busy, first, needs_state
from bot.executors.simulator.world import Snapshot, Timer
from bot.rules.fleet import GuestState, SnapshotKind
from bot.rules.operation import Fault

_SNAPSHOT_SECONDS = 1.0
_ROLLBACK_SECONDS = 5.0
_AT_REST = (GuestState.OFF, GuestState.PAUSED, GuestState.SUSPENDED)


def _can_snapshot(scene: Scene) -> Refusal:
    if scene.host.snapshots is SnapshotKind.NONE:
        return Fault.TOOL_FAILED, "this host makes no snapshots"
    return first(busy(scene), needs_state(scene, _AT_REST))


def _may_snapshot(scene: Scene) -> Refusal:
    if not scene.op.snapshot:
        return Fault.NO_SNAPSHOT, "no name"
    exists = scene.op.snapshot in scene.guest.snapshots
    return (Fault.WRONG_STATE, f"snapshot {scene.op.snapshot} exists") if exists else None


def _begin_snapshot(scene: Scene) -> None:
    free = scene.host.snapshot_free_mib
    if not scene.op.error and free < scene.guest.snapshot_mib:
        scene.op.error, scene.op.detail = Fault.NO_SPACE, f"{free} MiB free"
    scene.lasts(_SNAPSHOT_SECONDS)


def _taken(scene: Scene) -> None:
    guest = scene.guest
    if needs_state(scene, _AT_REST):  # a snapshot of a running disk fits no memory
        scene.op.error, scene.op.detail = Fault.WRONG_STATE, f"state {guest.state}"
        return
    guest.snapshots[scene.op.snapshot] = Snapshot(
        name=scene.op.snapshot,
        generation=guest.generation,
        integrity=guest.integrity,
        size_mib=guest.snapshot_mib,
    )
    if "overflow" in scene.op.marks:
        at = scene.now + span(float(scene.op.marks["overflow"]))
        scene.host.timers.append(Timer(at=at, kind="overflow", guest=guest.name))


SNAPSHOT = Laws(possible=_can_snapshot, permitted=_may_snapshot, begin=_begin_snapshot, done=_taken)


def _can_roll_back(scene: Scene) -> Refusal:
    if scene.op.snapshot not in scene.guest.snapshots:
        return Fault.NO_SNAPSHOT, scene.op.snapshot
    return first(busy(scene), needs_state(scene, (GuestState.OFF,)))


def _begin_rollback(scene: Scene) -> None:
    if scene.guest.snapshots[scene.op.snapshot].overflowed:
        scene.op.error = scene.op.error or Fault.SNAPSHOT_FULL
    scene.lasts(_ROLLBACK_SECONDS)


def _rolled_back(scene: Scene) -> None:
    """Give the disk back its state and generation; generations made since are never used again."""
    guest, snapshot = scene.guest, scene.guest.snapshots[scene.op.snapshot]
    if snapshot.overflowed or guest.in_memory:
        scene.op.error = Fault.WRONG_STATE if guest.in_memory else Fault.SNAPSHOT_FULL
        return
    guest.generation, guest.integrity = snapshot.generation, snapshot.integrity
    guest.rollbacks += 1
    guest.clean = False


ROLLBACK = Laws(possible=_can_roll_back, begin=_begin_rollback, done=_rolled_back)


def _dropped(scene: Scene) -> None:
    scene.guest.snapshots.pop(scene.op.snapshot, None)


DROP_SNAPSHOT = Laws(possible=busy, begin=lambda s: s.lasts(0), done=_dropped)
