"""boot, shutdown, destroy, announce, replug: a guest is started, stopped, and seen again."""

from __future__ import annotations

import time
from typing import Any

from bot.executors.host_helper import boot_lock, durable, guests, images
from bot.executors.host_helper.domain import OFF, RUNNING, ZOMBIE, ToolFailed
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs

#: Nobody waits longer for a guest that was asked to shut down; the bot gives up much earlier.
_LONGEST_SHUTDOWN = 7200.0
_LOOKS_EVERY = 0.5
_LOCK_SECONDS = 30.0  # that an operation which destroying ends has to notice it


def refuse_blocked(scene: Scene) -> None:
    """Refuse what would start a guest that is administratively off."""
    if (scene.settings.blocked / scene.guest).exists():
        raise Refusal("blocked", str(scene.settings.blocked / scene.guest))


def boot(scene: Scene) -> dict[str, Any]:
    """Start the guest from its disk; its live images are spent before anything else."""
    refuse_blocked(scene)
    needs(scene, OFF)
    for image in images.of(scene.settings, scene.guest):
        images.spend(image)
    written = scene.record.written()
    scene.record = written
    scene.remember(memory_generation=written.generation, came_from="")
    boot_lock.let_go(scene.settings, scene.guest)
    scene.dialect.create(scene.domain, scene.log)
    return {"domid": scene.look().domid}


def shutdown(scene: Scene) -> dict[str, Any]:
    """Ask the guest to shut down, and wait until it is off. Others may act on it meanwhile."""
    needs(scene, RUNNING)
    domid, until = scene.domain.domid, time.monotonic() + _LONGEST_SHUTDOWN
    scene.dialect.ask_to_shut_down(scene.domain)
    while scene.look().state != OFF and scene.domain.domid == domid:
        if time.monotonic() > until:
            raise ToolFailed("timed_out", f"state {scene.domain.state}")
        time.sleep(_LOOKS_EVERY)
    return {}


def destroy(scene: Scene) -> dict[str, Any]:
    """Take the guest out of memory; whatever else is done with it ends by that."""
    if scene.domain.state == ZOMBIE:
        raise ToolFailed("tool_failed", "it is gone, and its disks are still held")
    if scene.domain.state != OFF:
        scene.dialect.destroy(scene.domain)
    lock = _when_free(scene)
    if lock is None:
        raise ToolFailed("timed_out", "another operation still holds the guest")
    scene.look()
    if scene.domain.state != OFF:
        raise ToolFailed("tool_failed", f"state {scene.domain.state} after it was destroyed")
    seen = guests.read(scene.settings, scene.guest)
    scene.record = guests.as_it_is(seen, scene.domain, scene.dialect)
    if scene.record.witness is not None:  # it never ran: what destroying has logged is no start
        scene.witnessed()
    scene.remember(came_from="")
    return {}


def _when_free(scene: Scene) -> int | None:
    until = time.monotonic() + _LOCK_SECONDS
    path = guests.lock_path(scene.settings, scene.guest)
    while (lock := durable.locked(path, wait=False)) is None and time.monotonic() < until:
        time.sleep(_LOOKS_EVERY / 5)
    return lock


def announce(scene: Scene) -> dict[str, Any]:
    """Let the network learn again where the guest is."""
    needs(scene, RUNNING)
    scene.dialect.announce(scene.domain)
    return {}


def replug(scene: Scene) -> dict[str, Any]:
    """Unplug and plug the guest's network interfaces."""
    needs(scene, RUNNING)
    scene.dialect.replug(scene.domain)
    return {}
