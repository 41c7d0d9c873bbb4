"""A real SQLite database in a fresh file, for tests: one thread writes, another reads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from notifications.errors import Problem, StoreAway
from notifications.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

_PRAGMAS = ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = NORMAL")


class FileDatabase:
    """The port `Transactions` over an SQLite file; `away` makes every call fail."""

    def __init__(self, path: Path) -> None:
        """Make the tables in the file *path*, or use those that are there."""
        self._readers = _engine(path, "BEGIN")
        self._writers = _engine(path, "BEGIN IMMEDIATE")
        self._reading = ThreadPoolExecutor(1)
        self._writing = ThreadPoolExecutor(1)
        self.away = False  # the database is locked, full or away
        self.refuses = 0  # so many writes fail, then all is well again
        self.losing: list[bool] = []  # of the next writes: is it done, and nobody is told
        with self._writers.begin() as connection:
            METADATA.create_all(connection)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* reads of one state of the database."""
        return await asyncio.wrap_future(self._reading.submit(self.reads, work))

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:  # noqa: ARG002 - there is no queue to go first in
        """Return what *work* returns, once it is committed."""
        return await asyncio.wrap_future(self._writing.submit(self.writes, work))

    def reads(self, work: Callable[[Connection], T]) -> T:
        """Do *work* now, in this thread: for what a test looks at."""
        with self._translated(), self._readers.begin() as connection:
            return work(connection)

    def writes(self, work: Callable[[Connection], T]) -> T:
        """Do *work* and commit it now, in this thread: for what a test prepares."""
        self._refuse()
        with self._translated(), self._writers.begin() as connection:
            done = work(connection)
        if self.losing and self.losing.pop(0):
            raise StoreAway(Problem.STORE, detail="lost by the test")
        return done

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._reading.shutdown()
        self._writing.shutdown()
        self._readers.dispose()
        self._writers.dispose()

    def _refuse(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreAway(Problem.STORE, detail="refused by the test")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if self.away:
            raise StoreAway(Problem.STORE, detail="away by the test")
        try:
            yield
        except OperationalError as error:
            raise StoreAway(Problem.STORE, detail=str(error.orig)) from error


def _engine(path: Path, begin: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Owners:
    """The port `Living` for tests: all owners live, but those in `dead`."""

    def __init__(self, owner: str = "me", dead: set[str] | None = None) -> None:
        """Be *owner*; share *dead* with the other workers of the test."""
        self.owner = owner
        self.dead = set() if dead is None else dead

    def prove(self, connection: Connection) -> None:
        """Do nothing: who is not dead lives."""

    def lives(self, connection: Connection, owner: str) -> bool:  # noqa: ARG002 - the port's
        """Say whether *owner* has not died."""
        return owner not in self.dead
