"""boot, shutdown, destroy, announce, replug: a guest is started, stopped, and seen again."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from bot.executors.host_helper import boot_lock, durable, guests, images
from bot.executors.host_helper.domain import OFF, RUNNING, ZOMBIE, ToolFailed
from bot.executors.host_helper.verbs.scene import Refusal, Scene, needs, needs_disks

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
    needs_disks(scene)
    for image in images.of(scene.settings, scene.guest):
        if image.state == "part":
            images.discard(image)
        else:
            images.spend(image)
    scene.record = scene.record.started()
    scene.remember()
    boot_lock.let_go(scene.settings, scene.guest)
    # Without one in its file it would get another identity at each start.
    scene.dialect.create(replace(scene.domain, uuid=scene.record.uuid), scene.log)
    return {"domid": scene.look().domid}


def shutdown(scene: Scene) -> dict[str, Any]:
    """Ask the guest to shut down, and wait until it is off. Others may act on it meanwhile."""
    needs(scene, RUNNING)
    _remember_identity(scene)
    domid, until = scene.domain.domid, time.monotonic() + _LONGEST_SHUTDOWN
    scene.dialect.ask_to_shut_down(scene.domain)
    while scene.look().state != OFF and scene.domain.domid == domid:
        if time.monotonic() > until:
            raise ToolFailed("timed_out", f"state {scene.domain.state}")
        time.sleep(_LOOKS_EVERY)
    return {}


def _remember_identity(scene: Scene) -> None:
    """Keep the identity of a guest whose file has none; off, it shows none."""
    lock = durable.locked(guests.lock_path(scene.settings, scene.guest), wait=False)
    if lock is not None:
        scene.remember()
        os.close(lock)


def destroy(scene: Scene) -> dict[str, Any]:
    """Take the guest out of memory; whatever else is done with it ends by that."""
    if scene.domain.state == ZOMBIE:
        raise ToolFailed("tool_failed", "it is gone, and its disks are still held")
    never_ran = bool(scene.record.came_from) and scene.domain.state != RUNNING
    untouched = never_ran and scene.disks_as_they_were
    if scene.domain.state != OFF:
        scene.dialect.destroy(scene.domain)
    lock = _when_free(scene)
    if lock is None:
        raise ToolFailed("timed_out", "another operation still holds the guest")
    try:
        _gone(scene, untouched=untouched)
    finally:
        os.close(lock)
    return {}


def _gone(scene: Scene, *, untouched: bool) -> None:
    """Remember that the guest is out of memory; *untouched*: it never ran since its restore."""
    if scene.look().state != OFF:
        raise ToolFailed("tool_failed", f"state {scene.domain.state} after it was destroyed")
    if untouched and scene.disks_as_they_were:  # what destroying has logged is no start
        scene.witnessed()
    else:
        seen = guests.read(scene.settings, scene.guest)
        scene.record = guests.as_it_is(seen, scene.domain, scene.dialect)
    scene.remember(came_from="")


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
