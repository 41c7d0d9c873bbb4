"""What became of an operation whose process is gone: killed, or lost with the host itself.

The world decides, not the wish. What is harmless to repeat is done again; a save whose image is
whole is finished; of everything else it is said that it was killed, and the bot looks at the
guest.
"""

from __future__ import annotations

import os

from bot.executors.host_helper import durable, guests
from bot.executors.host_helper.domain import OFF, Dialect, ToolFailed
from bot.executors.host_helper.gate import Answer, done
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import perform, saving
from bot.executors.host_helper.verbs.scene import Refusal, Scene

_REPEATED = frozenset({"spend", "discard-image", "drop-snapshot"})
_KILLED = "killed"


def settle(
    settings: Settings, dialect: Dialect, asked: Operation, started: float, *, same_boot: bool
) -> Answer | None:
    """Return the outcome of *asked*, or None while something of it still goes on."""
    if asked.verb in _REPEATED:
        with open(os.devnull, "r+b", buffering=0) as log:
            return perform(settings, dialect, asked, log)
    if not same_boot and asked.verb == "reboot":
        return done(started)
    why = "maint-host was killed" if same_boot else "the host went down"
    if not asked.guest or asked.verb != "save":
        return done(started, error=_KILLED, detail=why)
    try:
        return _save(settings, dialect, asked, started, why=why, same_boot=same_boot)
    except ToolFailed:
        return None  # the hypervisor does not answer: it is asked again


def _save(
    settings: Settings,
    dialect: Dialect,
    asked: Operation,
    started: float,
    *,
    why: str,
    same_boot: bool,
) -> Answer | None:
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
        with open(os.devnull, "r+b", buffering=0) as log:
            scene = Scene(settings, dialect, asked, domain, record, log)
        if same_boot and domain.state == OFF and _untouched(scene):
            return done(started, **saving.finish(scene))
        saving.give_up(scene)
        return done(started, error=_KILLED, detail=why)
    except (Refusal, ToolFailed, OSError) as error:
        return done(started, error=_KILLED, detail=f"{why}: {error}")
    finally:
        os.close(lock)


def _untouched(scene: Scene) -> bool:
    """Say whether nobody has written to the guest's disks since its image was."""
    image = scene.image()
    if image is None or image.state != "part":
        return False
    written = image.path.stat().st_mtime_ns
    marks = guests.witness(scene.domain, scene.dialect)
    return bool(marks) and all(mark[1] == "file" and mark[3] <= written for mark in marks)
