"""Fills a line's tray as the pace allows, hires lanes, and sees when a campaign is done."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from notifications.errors import StoreAway
from notifications.outbox.claim import Taken, Wish, being_sent
from notifications.outbox.turn import turn
from notifications.sending.lane import Lane
from notifications.sending.outcome import released
from notifications.sending.tray import Job

if TYPE_CHECKING:
    from notifications.outbox.claim import Head
    from notifications.ports import Transactions
    from notifications.sending.line import Line

POLL = 1.0  # seconds between looks for what another process has started
LONGEST = 30.0  # seconds between attempts to reach a database that is away
_SHORTEST = 0.05  # seconds between claims that the pace keeps small
_LEAST = 32  # deliveries that are claimed ahead: for few a claim costs as much as for many
_HEADS = 8  # campaigns whose heads are kept


class Feeder:
    """The one who claims for a line; `serve` runs in a task of its own."""

    def __init__(self, transactions: Transactions, owner: str, line: Line) -> None:
        """Claim as *owner* for *line*."""
        self._transactions = transactions
        self._owner = owner
        self._line = line
        self._heads: dict[int, Head] = {}
        self._pause = 0.0  # seconds until the next attempt; 0: the database is there
        burst = line.means.pace.burst * 30 / (line.means.pace.per_minute or 1)
        self._shortest = min(_SHORTEST, burst)  # no part of a burst is lost by waiting

    async def serve(self) -> None:
        """Keep lanes busy until the line ends; return when they have given everything back."""
        line = self._line
        async with asyncio.TaskGroup() as lanes:
            while not line.ending:
                line.wake.clear()
                seconds = await self._turn()
                while len(line.tray) + line.busy > line.lanes < line.limit:
                    lanes.create_task(Lane(line).serve())
                await line.means.clock.wait(seconds, line.wake)

    async def _turn(self) -> float:
        """Claim once; return the seconds until there may be more."""
        line = self._line
        line.tray.low = -1
        ahead = max(line.limit, _LEAST)
        room = 2 * ahead - len(line.tray)
        if line.stopping or room <= 0:
            return POLL
        if seconds := line.rest():
            return seconds
        try:
            taken = await self._claimed(room)
        except StoreAway:
            self._pause = min(LONGEST, self._pause * 2 or POLL)
            return self._pause
        self._pause = 0.0
        line.dry = taken.dry
        self._hand_over(taken)
        if len(taken.claimed) == room:
            line.tray.low = ahead
            return POLL
        return POLL if taken.wait is None else min(POLL, max(self._shortest, taken.wait))

    async def _claimed(self, room: int) -> Taken:
        """Claim at most *room* deliveries; end the campaigns that have nothing left."""
        line = self._line
        means = line.means
        wish = Wish(
            owner=self._owner,
            announce=means.announce,
            transport=means.transport.name,
            limit=room,
            at=means.clock.now(),
            pace=means.pace,
        )

        look = partial(being_sent, announce=means.announce)
        idle = line.dry and not self._pause
        line.resting = idle and not await self._transactions.read(look)
        if line.resting:
            return Taken(claimed=(), dry=True)
        known = frozenset(self._heads)
        # What went wrong the last time may have been claimed all the same.
        held = frozenset(line.held) if self._pause else None
        claim = partial(turn, wish=wish, known=known, held=held)
        taken, heads = await self._transactions.write(claim)
        self._heads |= heads
        if len(self._heads) > _HEADS:
            self._heads = {each.campaign: self._heads[each.campaign] for each in taken.claimed}
        return taken

    def _hand_over(self, taken: Taken) -> None:
        line, now = self._line, self._line.means.clock.now()
        # The end came while they were being claimed; or it was thought dead, and has it still.
        back = [each for each in taken.claimed if line.ending or each.id in line.held]
        for each in back:
            line.means.ledger.settle(released(each, now))
        fresh = [each for each in taken.claimed if each not in back] if back else taken.claimed
        line.held.update(each.id for each in fresh)
        line.tray.put(Job(each, self._heads[each.campaign]) for each in fresh)
