"""A world that stands still at the n-th commit of a worker: what a kill leaves, in one process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from notifications.errors import Problem, StoreAway
from tests.unit.notifications.clock import turn
from tests.unit.notifications.scripted import ScriptedSession, ScriptedTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from notifications.verdict import Verdict
    from tests.unit.notifications.database import FileDatabase

T = TypeVar("T")


class Standstill:
    """What the worker's database and relay have in common: nothing moves once it is `reached`."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._over = asyncio.Event()

    async def respect(self) -> None:
        """Wait for ever, or, at the burial, fail as a database does that is away."""
        if self.reached.is_set():
            await self._over.wait()
            raise StoreAway(Problem.STORE, detail="the world stands still")

    async def bury(self, serving: asyncio.Task[None]) -> None:
        """Take the dead worker away; it changes nothing any more."""
        serving.cancel()
        while not serving.done():
            await turn()
            self._over.set()
        await asyncio.gather(serving, return_exceptions=True)


class MortalDatabase:
    """The port `Transactions`: at write *number* all stands still, before or after its commit.

    Nothing is done in other threads, so that the n-th write is the same one every time.
    """

    def __init__(
        self, database: FileDatabase, still: Standstill, number: int, *, committed: bool
    ) -> None:
        """Die at the first write if *number* is 1; never, if it is 0."""
        self._database, self._still = database, still
        self._left, self._committed = number, committed

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* reads."""
        await self._still.respect()
        return self._database.reads(work)

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:  # noqa: ARG002 - there is no queue to go first in
        """Return what *work* returns, if nobody has died."""
        await turn()  # others go on meanwhile
        await self._still.respect()
        self._left -= 1
        if self._left == 0:
            if self._committed:
                self._database.writes(work)
            self._still.reached.set()
            await self._still.respect()
        return self._database.writes(work)


class MortalTransport(ScriptedTransport):
    """A relay whose clients die; with *takes* it has accepted by then what was begun."""

    def __init__(
        self,
        verdicts: Mapping[str, Sequence[Verdict]],
        still: Standstill,
        *,
        takes: bool,
        turns: int,
    ) -> None:
        """Let the others take so many *turns* while a body is on its way."""
        super().__init__(verdicts)
        self.still, self.takes, self.turns = still, takes, turns

    async def connect(self) -> MortalSession:
        """Open a connection."""
        await self.still.respect()
        await super().connect()
        return MortalSession(self)


class MortalSession(ScriptedSession):
    """A connection of it."""

    def __init__(self, transport: MortalTransport) -> None:
        super().__init__(transport)
        self._relay = transport

    async def deliver(self, content: bytes) -> Verdict:
        """Take the body, or do not, and answer nothing to the dead."""
        for _ in range(self._relay.turns):
            await turn()
        if not self._relay.takes:
            await self._relay.still.respect()
        verdict = await super().deliver(content)
        await self._relay.still.respect()
        return verdict
