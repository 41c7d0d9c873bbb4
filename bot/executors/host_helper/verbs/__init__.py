"""The verbs: who holds which lock, what is looked at first, and what a failure becomes."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Callable

from bot.executors.host_helper import durable, guests, tools
from bot.executors.host_helper.domain import OFF, Dialect, ToolFailed
from bot.executors.host_helper.gate import Answer, done, refused
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import disks, host_work, power, restoring, saving
from bot.executors.host_helper.verbs.scene import Refusal, Scene

VERBS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "save": saving.save,
    "verify": saving.verify,
    "spend": saving.spend,
    "discard-image": saving.discard_image,
    "restore": restoring.restore,
    "unpause": restoring.unpause,
    "pause": restoring.pause,
    "boot": power.boot,
    "shutdown": power.shutdown,
    "destroy": power.destroy,
    "announce": power.announce,
    "replug": power.replug,
    "snapshot": disks.snapshot,
    "rollback": disks.rollback,
    "drop-snapshot": disks.drop_snapshot,
}
#: Verbs that do not hold the guest's lock while they last.
_SHARED = frozenset({"shutdown", "verify", "destroy"})


def perform(settings: Settings, dialect: Dialect, asked: Operation, log: IO[bytes]) -> Answer:
    """Do what is asked for, here and now, and return its outcome."""
    started = time.time()
    try:
        return done(started, **_act(settings, dialect, asked, log))
    except Refusal as no:
        return refused(no.fault, no.detail)
    except ToolFailed as failed:
        return done(started, error=failed.fault, detail=failed.detail)
    except OSError as error:  # a full or a broken disk
        fault = "no_space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "tool_failed"
        return done(started, error=fault, detail=f"maint-host: {error}")


def _act(settings: Settings, dialect: Dialect, asked: Operation, log: IO[bytes]) -> dict[str, Any]:
    if asked.verb == "work":
        return host_work.work(settings, asked.argument, log)
    if asked.verb == "reboot":
        return host_work.reboot(settings, dialect, asked.argument, log)
    if asked.verb not in VERBS or not asked.guest:
        raise Refusal("tool_failed", f"no such verb: {asked.verb}")
    with _locks(settings, asked):
        return VERBS[asked.verb](_scene(settings, dialect, asked, log))


def _scene(settings: Settings, dialect: Dialect, asked: Operation, log: IO[bytes]) -> Scene:
    domain = dialect.domain(asked.guest)
    if domain is None:
        raise Refusal("wrong_identity", "no such guest")
    record = guests.as_it_is(guests.read(settings, asked.guest), domain, dialect)
    if asked.uuid and asked.uuid != record.uuid:
        raise Refusal("wrong_identity", f"uuid {record.uuid}")
    if asked.domid and domain.state != OFF and asked.domid != domain.domid:
        raise Refusal("wrong_identity", f"domid {domain.domid}")
    return Scene(settings, dialect, asked, domain, record, log)


@contextmanager
def _locks(settings: Settings, asked: Operation) -> Iterator[None]:
    """Hold the guest, unless the verb shares it, and keep the host from being rebooted."""
    host = os.open(str(settings.state / "host.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    held = [host]
    try:
        try:
            fcntl.flock(host, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("wrong_state", "the host is being rebooted") from None
        if asked.verb not in _SHARED:
            guest = durable.locked(guests.lock_path(settings, asked.guest), wait=False)
            if guest is None:
                raise Refusal("wrong_state", "busy: another operation holds the guest")
            held.append(guest)
        tools.HELD += held
        yield
    finally:
        tools.HELD[:] = [one for one in tools.HELD if one not in held]
        for descriptor in held:
            os.close(descriptor)
