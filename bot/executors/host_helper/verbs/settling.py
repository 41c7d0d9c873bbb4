"""What became of an operation whose process is gone: killed, or lost with the host itself.

The world decides, not the wish. What is harmless to repeat is done again; a save whose image is
whole is finished; of everything else it is said that it was killed, and the bot looks at the
guest.
"""

from __future__ import annotations

import os
import time
from typing import IO

from bot.executors.host_helper import durable, guests, witness
from bot.executors.host_helper.domain import OFF, Dialect, ToolFailed
from bot.executors.host_helper.gate import Answer, done
from bot.executors.host_helper.images import MIB, size
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform, saving
from bot.executors.host_helper.verbs.scene import Scene
from bot.executors.host_helper.witness import Witness

_REPEATED = frozenset({"spend", "discard-image", "drop-snapshot"})
_GOING_DOWN = 660.0  # seconds in which a host that was asked to restart may still be here
_KILLED = "killed"


def settle(
    settings: Settings, dialect: Dialect, asked: Operation, log: IO[bytes], accepted: Answer
) -> Answer | None:
    """Return the outcome of *asked*, or None while it cannot be said yet."""
    same_boot = accepted["boot_id"] == witness.boot_id()
    started = float(accepted["accepted"])
    if asked.verb in _REPEATED:
        answer = perform(settings, dialect, asked, log)
        return None if answer["state"] == "refused" and answer["error"] == "wrong_state" else answer
    if asked.verb == "reboot" and not same_boot:
        return done(started)
    if asked.verb == "reboot" and time.time() < started + _GOING_DOWN:
        return None
    why = "maint-host was killed" if same_boot else "the host went down"
    if asked.verb != "save":
        return done(started, error=_KILLED, detail=why)
    try:
        return _save(settings, dialect, asked, log, (started, why, same_boot))
    except (ToolFailed, OSError):
        return None  # it cannot be looked at now


def _save(
    settings: Settings,
    dialect: Dialect,
    asked: Operation,
    log: IO[bytes],
    about: tuple[float, str, bool],
) -> Answer | None:
    started, why, same_boot = about
    domain = dialect.domain(asked.guest)
    if domain is None:
        return done(started, error=_KILLED, detail=f"{why}, and the guest is not there")
    if dialect.busy(domain):
        return None
    lock = durable.locked(guests.lock_path(settings, asked.guest), wait=False)
    if lock is None:
        return None
    try:
        record = guests.as_it_is(guests.read(settings, asked.guest), domain, dialect)
        scene = Scene(settings, dialect, asked, domain, record, log)
        return _settled(scene, started, why, same_boot=same_boot)
    finally:
        os.close(lock)


def _settled(scene: Scene, started: float, why: str, *, same_boot: bool) -> Answer:
    image = scene.image()
    if image is not None and image.live and image.manifest:
        mib = -(-size(image.path) // MIB)
        return done(started, size_mib=mib, generation=image.manifest.generation)
    seen = _seen_at_its_end(scene) if scene.domain.state == OFF and same_boot else None
    if seen is not None:
        try:
            return done(started, **saving.finish(scene, seen))
        except ToolFailed as failed:
            if failed.fault in saving.CONDEMNED:
                return done(started, error=failed.fault, detail=f"{why}: {failed.detail}")
            raise
    saving.give_up(scene)
    return done(started, error=_KILLED, detail=why)


def _seen_at_its_end(scene: Scene) -> Witness | None:
    """Return what the disks were when the save had ended, as far as anybody can know."""
    image = scene.image()
    if image is None or image.manifest is None:
        return None
    if image.manifest.witness is not None:
        return image.manifest.witness
    now = witness.of(scene.domain, scene.dialect)
    written = image.path.stat().st_mtime_ns
    untouched = all(mark[1] == "file" and mark[3] <= written for mark in now["disks"])
    return now if now["disks"] and untouched else None
