"""The gate: an operation under an id runs once, whatever is lost or repeated.

`operations/ID.json` says that it was accepted, `ID.out` what its tools print, `ID.end` what came
of it; `ID.lock` is held while anybody works for it. It runs in a process of its own, which no
lost connection ends. The highest token that was ever seen is remembered, and lower ones refused.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import IO, Any, Callable, Optional

from bot.executors.host_helper import durable, images, tools, witness
from bot.executors.host_helper.detaching import detached
from bot.executors.host_helper.logbook import note
from bot.executors.host_helper.names import Operation
from bot.executors.host_helper.settings import Settings

Answer = dict[str, Any]
Work = Callable[[Operation, IO[bytes]], Answer]  # prints into the file it is given
#: Says what became of an operation whose process is gone, or None while it cannot be said yet.
Settle = Callable[[Operation, IO[bytes], Answer], Optional[Answer]]
SettleOrWork = Callable[[Operation, IO[bytes]], Optional[Answer]]


class Fenced(Exception):
    """The caller's token is lower than one seen before, or root has taken the host over."""


class Unsettled(Exception):
    """What came of an operation cannot be said yet: it is settled when it is asked for."""


class Gate:
    """The operations of one host."""

    def __init__(self, settings: Settings, work: Work, settle: Settle) -> None:
        """Let *work* do what is asked for; *settle* judges what was left half done."""
        self._settings, self._work, self._settle = settings, work, settle
        self._folder = settings.state / "operations"

    def submit(self, asked: Operation, token: int) -> None:
        """Start *asked* unless its id is known. Raises Fenced; nothing was done then."""
        with durable.holding(self._settings.state / "gate.lock"):
            self._admit(token)
            if self._file(asked, "json").exists():
                return
            accepted = {
                "operation": vars(asked).copy(),
                "token": token,
                "accepted": time.time(),
                "boot_id": witness.boot_id(),
            }
            lock = durable.locked(self._file(asked, "lock"), wait=False)
            if lock is None:
                return  # somebody works for it already
            try:
                durable.write_json(self._file(asked, "json"), accepted)
                self._detach(asked, lock, self._carried_out)
            finally:
                os.close(lock)

    def outcome(self, id_: Operation, token: int) -> Answer:
        """Say what became of an operation; the token is remembered. Raises Fenced."""
        with durable.holding(self._settings.state / "gate.lock"):
            self._admit(token)
            return self.state(id_)

    def state(self, id_: Operation) -> Answer:
        """Say what became of an operation, with nobody's token: for who holds `gate.lock`."""
        accepted = durable.read_json(self._file(id_, "json"))
        if accepted is None:
            return {"state": "never_seen"}
        ended = durable.read_json(self._file(id_, "end"))
        if ended is not None:
            return ended
        if durable.is_held(self._file(id_, "lock")):
            return self._running(accepted)
        return self._orphaned(accepted)

    def printed(self, id_: Operation) -> Path:
        """Return the file of what the operation's tools have printed."""
        return self._file(id_, "out")

    def _admit(self, token: int) -> None:
        if (self._settings.state / "released").exists():
            raise Fenced("released")
        path = self._settings.state / "token"
        highest = int((durable.read_json(path) or {"token": 0})["token"])
        if token < highest:
            raise Fenced("old_token")
        if token > highest:
            durable.write_json(path, {"token": token})

    def _orphaned(self, accepted: Answer) -> Answer:
        """Settle an operation that nobody works for and that has no outcome.

        That may need long looks at an image, so a process of its own does it, as it does work.
        """
        asked = Operation(**accepted["operation"])
        if not self._file(asked, "out").exists():
            return self.end(asked, refused("tool_failed", "it was accepted, and never began"))
        lock = durable.locked(self._file(asked, "lock"), wait=False)
        if lock is not None:
            try:
                ended = durable.read_json(self._file(asked, "end"))  # it may just have ended
                if ended is not None:
                    return ended
                self._detach(asked, lock, lambda _, log: self._settle(asked, log, accepted))
            finally:
                os.close(lock)
        return self._running(accepted)

    def _running(self, accepted: Answer) -> Answer:
        asked, share = Operation(**accepted["operation"]), 0.0
        if asked.verb == "save":
            share = images.progress(self._settings, asked.guest, asked.image)
        return {"state": "running", "started": accepted["accepted"], "done": share}

    def end(self, asked: Operation, outcome: Answer) -> Answer:
        """Record an outcome, durably; it is final."""
        durable.write_json(self._file(asked, "end"), outcome)
        return outcome

    def _detach(self, asked: Operation, lock: int, work: SettleOrWork) -> None:
        """Let a process of its own do the work; it keeps nothing of ours but the lock."""
        sys.stdout.flush()
        detached(lambda: self._work_alone(asked, lock, work))

    def _work_alone(self, asked: Operation, lock: int, work: SettleOrWork) -> None:
        path = self._file(asked, "out")
        _let_go_of_all_but(lock, path)
        tools.HELD[:] = [lock]
        with path.open("a+b") as log:
            outcome = work(asked, log)
        if outcome is not None:
            self.end(asked, outcome)
            note(self._settings, f"{asked.id}: {outcome.get('error') or 'done'}")

    def _carried_out(self, asked: Operation, log: IO[bytes]) -> Answer | None:
        started = time.time()
        try:
            return self._work(asked, log)
        except Unsettled:
            traceback.print_exc()
            return None
        except Exception as error:  # noqa: BLE001 - a defect of ours must have an outcome too
            traceback.print_exc()
            detail = f"maint-host: {type(error).__name__}: {error}"
            return done(started, error="tool_failed", detail=detail)

    def _file(self, asked: Operation, kind: str) -> Path:
        return self._folder / f"{asked.file}.{kind}"


def done(started: float, *, error: str = "", detail: str = "", **values: object) -> Answer:
    """Return the outcome of an operation that has ended."""
    return {
        "state": "done",
        "started": started,
        "ended": time.time(),
        "error": error,
        "detail": detail,
        "values": values,
    }


def refused(error: str, detail: str = "") -> Answer:
    """Return the outcome of an operation that was not begun."""
    return {"state": "refused", "error": error, "detail": detail}


def _let_go_of_all_but(lock: int, output: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    printed = os.open(str(output), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    os.dup2(nothing, 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.closerange(3, lock)
    os.closerange(lock + 1, max(printed, nothing, lock) + 256)
    os.chdir("/")
