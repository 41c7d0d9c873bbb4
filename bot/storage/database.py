"""One open database: a writer, threads that read beside it, and the proof that owners live."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.storage.engine import READERS
from bot.storage.failures import translated

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.storage.liveness import Liveness
    from bot.storage.writer import Work, Writer

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a database consists of; `place` names it in errors, without a password."""

    place: str
    readers: Engine
    writers: Engine
    writer: Writer
    living: Liveness
    origin: str  # what makes this database unlike any other


class Database:
    """Carries work for one transaction to a thread, and its result back to the event loop."""

    def __init__(self, parts: Parts) -> None:
        """Own *parts* until `close`."""
        self._parts = parts
        self.living = parts.living
        self.origin = parts.origin
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def read(self, work: Work[T]) -> T:
        """Return what *work* reads of one state of the database."""
        return await asyncio.wrap_future(self._pool.submit(self._read, work))

    async def write(self, work: Work[T], *, first: bool = False) -> T:
        """Return what *work* returns, once it is durable; a command goes *first*."""
        return await asyncio.wrap_future(self._parts.writer.submit(work, first=first))

    async def close(self) -> None:
        """Finish what is queued and close everything."""
        await asyncio.to_thread(self._close)

    def _read(self, work: Work[T]) -> T:
        with translated(self._parts.place), self._parts.readers.begin() as connection:
            return work(connection)

    def _close(self) -> None:
        self._parts.writer.close()
        self._pool.shutdown()
        self._parts.readers.dispose()
        self._parts.writers.dispose()
        self._parts.living.close()
