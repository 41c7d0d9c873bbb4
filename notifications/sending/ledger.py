"""The one task that writes: what waits is committed together, so that a commit serves many mails.

What a lane settles and what it begins next are in the same commit. No settlement is dropped while
this process lives; if it dies first, the delivery is uncertain, which is the truth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from notifications.errors import StoreAway
from notifications.outbox.settle import Writer, write

if TYPE_CHECKING:
    from notifications.outbox.settle import Settlement
    from notifications.ports import Clock, Transactions

# For a transaction: what it is called with is the outbox's affair.
Work = Callable[[Any], Sequence[Any]]

LONGEST = 30.0  # seconds between attempts to reach a database that is away


@dataclass(frozen=True)
class _Batch:
    """What is written in one transaction, in this order."""

    settlements: list[Settlement] = field(default_factory=list)
    works: list[tuple[Work, Callable[[], None]]] = field(default_factory=list)
    begins: dict[int, asyncio.Future[int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.settlements or self.works or self.begins)


class Ledger:
    """Writes for the lanes of one worker; `serve` runs in a task of its own."""

    def __init__(
        self,
        transactions: Transactions,
        owner: str,
        clock: Clock,
        offers: frozenset[str],
        written: Callable[[], None],
    ) -> None:
        """Write as *owner*; *offers* are no service notices; call *written* after each commit."""
        self._transactions = transactions
        self._owner = owner
        self._clock = clock
        self._offers = offers
        self._written = written
        self._batch = _Batch()
        self._filled = asyncio.Event()
        self._pause = 0.0  # seconds until the next attempt; 0: the database is there
        self._closing = False
        self._hurried = asyncio.Event()

    def settle(self, settlement: Settlement) -> None:
        """Have *settlement* written with the next commit, however long that takes."""
        self._batch.settlements.append(settlement)
        self._filled.set()

    def record(self, work: Work, then: Callable[[], None]) -> None:
        """Have *work* done with the next commit, as `settle`, and *then* be called."""
        self._batch.works.append((work, then))
        self._filled.set()

    async def begin(self, delivery: int) -> int:
        """Return how many bodies were begun for *delivery*, the one that may follow now among them.

        That is durable then. 0: it may not follow, because the delivery is no longer ours, or is
        being begun already, its campaign is not being sent any more, or the database is away.
        """
        if self._pause or self._closing or delivery in self._batch.begins:
            return 0
        begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._batch.begins[delivery] = begun
        self._filled.set()
        return await begun

    async def serve(self) -> None:
        """Write until `close`, and then what is left."""
        try:
            while await self._next():
                await self._write()
        finally:
            self._closing = True
            _answer(self._batch.begins, {})

    def close(self) -> None:
        """Let `serve` return once everything is written."""
        self._closing = True
        self._filled.set()

    def hurry(self) -> None:
        """Let `serve` return after one more attempt: somebody asked to end at once."""
        self.close()
        self._hurried.set()

    async def _next(self) -> bool:
        """Wait until there is something to write; return False if there never will be."""
        while not self._batch:
            if self._closing:
                return False
            self._filled.clear()
            await self._filled.wait()
        return not (self._pause and self._hurried.is_set())

    async def _write(self) -> None:
        batch, self._batch = self._batch, _Batch()
        work = partial(
            write,
            by=Writer(owner=self._owner, offers=self._offers, at=self._clock.now()),
            settlements=batch.settlements,
            works=[each for each, _ in batch.works],
            begins=list(batch.begins),
        )
        try:
            begun = await self._transactions.write(work)
        except StoreAway:
            _answer(batch.begins, {})
            self._keep(batch)
            await self._clock.wait(self._pause, self._hurried)
        else:
            self._pause = 0.0
            _answer(batch.begins, begun)
            for _, then in batch.works:
                then()
            self._written()

    def _keep(self, batch: _Batch) -> None:
        """Put back what must be written, before what came meanwhile."""
        self._batch.settlements[:0] = batch.settlements
        self._batch.works[:0] = batch.works
        self._pause = min(LONGEST, self._pause * 2 or 0.5)


def _answer(begins: dict[int, asyncio.Future[int]], begun: dict[int, int]) -> None:
    for delivery, future in begins.items():
        if not future.done():  # whoever waited may have been cancelled
            future.set_result(begun.get(delivery, 0))
