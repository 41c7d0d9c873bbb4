"""BOOT, SHUTDOWN, DESTROY, ANNOUNCE, REPLUG: a guest is started, stopped, and seen again."""

from __future__ import annotations

import math

from bot.executors.simulator import physics
from bot.executors.simulator.verbs.restoring import fails_early
from bot.executors.simulator.verbs.scene import (
    Laws,
    Refusal,
    Scene,
    busy,
    first,
    needs_state,
    overtaken,
)
from bot.executors.simulator.world import is_deaf
from bot.rules.fleet import GuestState
from bot.rules.operation import Fault

_CREATE_SECONDS = 1.0  # until a started guest is in memory
_DESTROY_SECONDS = 1.0
_REPLUG_SECONDS = 1.0


# ---- boot --------------------------------------------------------------------------------------


def _may_boot(scene: Scene) -> Refusal:
    if scene.guest.blocked:
        return Fault.BLOCKED, ""
    return needs_state(scene, (GuestState.OFF,))


def _begin_boot(scene: Scene) -> None:
    """Spend the guest's live images before anything else, as a checking host does."""
    if not scene.host.no_checks:
        for image in scene.guest.images.values():
            image.spent = True
        scene.guest.lock = ""
    if not fails_early(scene):
        scene.lasts(_CREATE_SECONDS)


def _booted(scene: Scene) -> None:
    if overtaken(scene, (GuestState.OFF,)):
        return
    physics.start(scene.host, scene.guest, scene.now, scene.op.id, scene.op.marks)
    scene.op.values = {"domid": scene.guest.domid}


BOOT = Laws(possible=busy, permitted=_may_boot, begin=_begin_boot, done=_booted)


# ---- shutdown, destroy -------------------------------------------------------------------------


def _begin_shutdown(scene: Scene) -> None:
    guest = scene.guest
    scene.op.values = {"domid": guest.domid}
    scene.lasts(math.inf if is_deaf(guest) else guest.shutdown_seconds)


def _shut_down(scene: Scene) -> None:
    guest = scene.guest
    if guest.domid == scene.op.values["domid"] and guest.in_memory:
        if guest.state is not GuestState.RUNNING or is_deaf(guest):
            scene.op.error, scene.op.detail = Fault.TIMED_OUT, f"state {guest.state}"
            return
        physics.leave_memory(scene.host, guest, scene.now, clean=True)
        _maybe_zombie(scene)


def _maybe_zombie(scene: Scene) -> None:
    """Leave a domain without a name that still holds the disks, if a fault says so."""
    if scene.op.marks.get("zombie"):
        scene.guest.state, scene.guest.instances = GuestState.ZOMBIE, 1
        scene.op.error, scene.op.detail = Fault.TOOL_FAILED, "(null) holds its disks"


SHUTDOWN = Laws(
    possible=lambda s: first(busy(s), needs_state(s, (GuestState.RUNNING,))),
    begin=_begin_shutdown,
    done=_shut_down,
)


def _begin_destroy(scene: Scene) -> None:
    others = scene.host.running(scene.guest.name)
    off = not scene.guest.in_memory and not others
    scene.lasts(0 if off else _DESTROY_SECONDS)


def _destroyed(scene: Scene) -> None:
    """Take it out of memory; what was being done with its memory fails."""
    guest = scene.guest
    if guest.state is GuestState.ZOMBIE:
        scene.op.error, scene.op.detail = Fault.TOOL_FAILED, "(null) holds its disks"
        return
    was = guest.in_memory
    physics.leave_memory(scene.host, guest, scene.now)
    for op in scene.host.running(guest.name):
        if op.verb in {"shutdown", "destroy"}:
            op.hung, op.ends = False, scene.now
        elif op.verb != "verify":
            op.marks.update(leaves="off", leftover=False)
            physics.cut(op, scene.now, Fault.KILLED, "destroyed")
    if was:
        _maybe_zombie(scene)


DESTROY = Laws(begin=_begin_destroy, done=_destroyed)


# ---- network -----------------------------------------------------------------------------------


def _mend(scene: Scene) -> None:
    if scene.guest.cure == scene.op.verb:
        scene.guest.network, scene.guest.cure = True, ""


def _runs(scene: Scene) -> Refusal:
    return first(busy(scene), needs_state(scene, (GuestState.RUNNING,)))


ANNOUNCE = Laws(possible=_runs, begin=lambda s: s.lasts(0), done=_mend)
REPLUG = Laws(possible=_runs, begin=lambda s: s.lasts(_REPLUG_SECONDS), done=_mend)
