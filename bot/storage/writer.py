"""Writers: they take work for one transaction each, and answer with futures.

A future cannot be cancelled: whoever stops waiting leaves a write that is done or not done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from bot.storage.commit import committing
from bot.storage.failures import translated

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

T = TypeVar("T")
Work = Callable[["Connection"], T]


class Writer(Protocol):
    """Carries out work durably; an exception of the work comes back and leaves nothing behind."""

    def submit(self, work: Work[T], *, first: bool) -> Future[T]:
        """Queue *work*; *first* goes before what is not."""

    def close(self) -> None:
        """Return when all that was queued is done; nothing can be queued any more."""


@dataclass(frozen=True, kw_only=True)
class _Item:
    work: Work[Any]
    future: Future[Any] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.future.set_running_or_notify_cancel()


@dataclass(frozen=True, kw_only=True)
class _Answer:
    value: object = None
    error: Exception | None = None


class GroupWriter:
    """One thread that commits everything queued as one transaction, commands first.

    Each item has a savepoint, so that one that fails fails alone. If the commit fails, all fail.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        """Start the thread; *place* names the database in errors."""
        self._engine = engine
        self._place = place
        self._commands: deque[_Item] = deque()
        self._others: deque[_Item] = deque()
        self._changed = threading.Condition()
        self._closing = False
        # A daemon: a process that ends without closing must not hang, and loses only what it
        # has not been told was committed.
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], *, first: bool) -> Future[T]:
        """Queue *work* for the next group."""
        item = _Item(work=work)
        with self._changed:
            if self._closing:
                raise RuntimeError("closed", self._place)
            (self._commands if first else self._others).append(item)
            self._changed.notify()
        return item.future

    def close(self) -> None:
        """Return when all that was queued is committed."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._take():
            self._settle(group)

    def _take(self) -> list[_Item]:
        """Return everything queued, waiting for something; nothing means closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._commands or self._others or self._closing)
            group = [*self._commands, *self._others]
            self._commands.clear()
            self._others.clear()
        return group

    def _settle(self, group: list[_Item]) -> None:
        try:
            answers = self._commit(group)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            answers = [_Answer(error=error)] * len(group)
        for item, answer in zip(group, answers, strict=True):
            if answer.error is None:
                item.future.set_result(answer.value)
            else:
                item.future.set_exception(answer.error)

    def _commit(self, group: list[_Item]) -> list[_Answer]:
        with translated(self._place), self._engine.begin() as connection:
            if len(group) == 1:  # a savepoint around everything would be the transaction again
                return [_Answer(value=group[0].work(connection))]
            return [self._alone(connection, item) for item in group]

    def _alone(self, connection: Connection, item: _Item) -> _Answer:
        savepoint = connection.begin_nested()
        try:
            with translated(self._place):
                value = item.work(connection)
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            try:
                savepoint.rollback()
            except DBAPIError:
                # SQLite gave up the whole transaction (a full disk): then everybody fails.
                raise error from None
            return _Answer(error=error)
        savepoint.commit()
        return _Answer(value=value)


class PoolWriter:
    """Several threads with one transaction each, where the database orders the writers."""

    def __init__(self, engine: Engine, place: str, threads: int) -> None:
        """Keep *threads* threads; *place* names the database in errors."""
        self._engine = engine
        self._place = place
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-writer")

    def submit(self, work: Work[T], *, first: bool) -> Future[T]:  # noqa: ARG002 - no queue here
        """Queue *work* for the next free thread."""
        item = _Item(work=work)
        self._pool.submit(self._settle, item)
        return item.future

    def close(self) -> None:
        """Return when all that was queued is committed."""
        self._pool.shutdown()

    def _settle(self, item: _Item) -> None:
        try:
            with translated(self._place):
                value = committing(self._engine, item.work)
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            item.future.set_exception(error)
        else:
            item.future.set_result(value)
