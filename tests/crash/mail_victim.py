"""One life of the real program, `maint` and its arguments, as a process that may be killed.

It may be doomed to kill itself with SIGKILL at the n-th boundary of its database: before or after
a transaction that writes is committed. Or it freezes before the n-th commit, with all its locks.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Pool, event

from bot.cli import main

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# Everything is imported once, in a process without threads, and each life is a fork of that.
_NURSERY = get_context("forkserver")
_NURSERY.set_forkserver_preload(
    [
        "__main__",
        __name__,
        "bot.app",
        "bot.chat.logbook",
        "bot.chat.sitting",
        "notifications.transport.smtp",
    ]
)

_READS = ("SELECT", "PRAGMA", "WITH", "SAVEPOINT", "RELEASE")
_WROTE, _COMMITTED = "wrote", "committed"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What `maint` is told, where its words go, and what becomes of it."""

    words: tuple[str, ...]
    log: Path
    boundary: int = 0  # at which it dies; 0: at none
    freezes: int = 0  # before this commit; 0: never


def bear(life: Life) -> ForkServerProcess:
    """Begin a life, in a process of its own."""
    process = _NURSERY.Process(target=_live, args=(life,))
    process.start()
    return process


def _live(life: Life) -> None:
    log = os.open(life.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for target in (1, 2):
        os.dup2(log, target)
    _watch(_Fate(life.boundary, signal.SIGKILL), _Fate(life.freezes, signal.SIGSTOP))
    sys.exit(main(life.words))


class _Fate:
    """A signal to this process, when it has come nearer so often."""

    def __init__(self, count: int, number: signal.Signals) -> None:
        self._left, self._number = count, number

    def near(self) -> None:
        self._left -= 1
        if self._left == 0:
            # To this thread: one that is sent to the process may let it go on for a moment.
            signal.pthread_kill(threading.get_ident(), self._number)


def _watch(death: _Fate, frost: _Fate) -> None:
    """Let what every database of this process goes through bring *death* and *frost* nearer."""

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(connection: Connection, _: Any, statement: str, *__: Any) -> None:  # noqa: ANN401 - as it is called
        if not statement.lstrip().upper().startswith(_READS):
            connection.info[_WROTE] = True

    @event.listens_for(Engine, "commit")
    def commits(connection: Connection) -> None:
        if connection.info.pop(_WROTE, False):
            connection.info[_COMMITTED] = True
            frost.near()
            death.near()

    @event.listens_for(Pool, "checkin")
    def over(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop(_COMMITTED, False):
            death.near()
