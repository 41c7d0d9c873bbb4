"""The worker: delivers what is being sent, with others like it, until it is told to end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from notifications.errors import StoreAway
from notifications.outbox.turn import keep, leave
from notifications.sending.feeder import Feeder
from notifications.sending.ledger import Ledger
from notifications.sending.line import Line, Means

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from notifications.compose.letters import Composer
    from notifications.ports import Clock, Living, Transactions, Transport
    from notifications.settings import Pace
    from notifications.terms import Campaign

KEEP = 5.0  # seconds between proofs that this worker lives, and looks for those that do not
_AGAIN = 1.0  # seconds between attempts to reach the database at the start


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What a sender is given."""

    transactions: Transactions
    living: Living
    clock: Clock
    transports: Callable[[bool], Transport]  # of posts to the list: True; of mails: False
    composer: Composer
    pace: Pace
    offers: frozenset[str]  # kinds that are no service notices
    finish: Callable[[Campaign, bytes], Awaitable[bytes]]  # adds Date, and what a post needs


class Sender:
    """Delivers. Any number may run at once, in any number of processes."""

    def __init__(self, supplies: Supplies) -> None:
        """Use *supplies*; nothing is done before `serve`."""
        self._supplies = supplies
        self._ledger = Ledger(
            supplies.transactions,
            supplies.living.owner,
            supplies.clock,
            supplies.offers,
            self._written,
        )
        self._lines = tuple(self._line(announce=announce) for announce in (False, True))
        self._ending = asyncio.Event()

    def wake(self) -> None:
        """Look at once whether there is something to send."""
        for line in self._lines:
            line.hurry()

    async def serve(self, stop: asyncio.Event) -> None:
        """Deliver until *stop* is set; then finish what is in flight, and give back the rest.

        If this is cancelled instead, what was begun and not answered is uncertain. What was
        answered is written in any case, unless the database is away. Runs once.
        """
        writing = asyncio.create_task(self._ledger.serve())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_failing_with(writing))
                watching = group.create_task(self._watch(stop))
                await self._work()
                watching.cancel()
                self._ledger.close()
        finally:
            self._ledger.hurry()
            await self._leave(writing)

    async def _work(self) -> None:
        """Deliver until the end; return when nothing is in hand."""
        while not self._ending.is_set() and not await self._keep():
            await self._supplies.clock.wait(_AGAIN, self._ending)
        supplies = self._supplies
        async with asyncio.TaskGroup() as group:
            for line in self._lines:
                feeder = Feeder(supplies.transactions, supplies.living.owner, line)
                group.create_task(feeder.serve())
            while not self._ending.is_set():
                await supplies.clock.wait(KEEP, self._ending)
                await self._keep()

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._ending.set()
        for line in self._lines:
            line.end()

    async def _keep(self) -> bool:
        """Prove life, look for the dead, share connections; False: the database is away."""
        supplies = self._supplies
        work = partial(
            keep,
            living=supplies.living,
            at=supplies.clock.now(),
            connections=supplies.pace.connections,
        )
        try:
            limit = await supplies.transactions.write(work)
        except StoreAway:
            return False
        mails, _ = self._lines  # a post is one mail: its line has one connection, beside these
        if limit != mails.limit:
            mails.limit = limit
            mails.wake.set()
        return True

    async def _leave(self, writing: asyncio.Task[None]) -> None:
        """Give back what is still in hand, once all that is known is written."""
        try:
            await asyncio.wait({writing})
        except asyncio.CancelledError:
            await asyncio.wait({writing})  # it is the last attempt, and takes a moment
            raise
        with suppress(StoreAway):  # then others find that this owner is dead
            living, now = self._supplies.living, self._supplies.clock.now()
            await self._supplies.transactions.write(partial(leave, owner=living.owner, at=now))

    def _line(self, *, announce: bool) -> Line:
        supplies = self._supplies
        means = Means(
            announce=announce,
            transport=supplies.transports(announce),
            ledger=self._ledger,
            clock=supplies.clock,
            composer=supplies.composer,
            pace=supplies.pace,
            finish=supplies.finish,
        )
        return Line(means)

    def _written(self) -> None:
        for line in self._lines:
            line.written()


async def _failing_with(task: asyncio.Task[None]) -> None:
    """Fail as *task* does, which is not cancelled with the others."""
    await asyncio.shield(task)
