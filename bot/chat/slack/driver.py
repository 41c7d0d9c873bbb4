"""Drives Slack: one process at a time tells it what happens, and takes up what others left."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.mail_following import BEGINS
from bot.maintenance.notices.failures import translated
from bot.rules.errors import BadConfiguration, BadRequest, MaintError, TryAgain
from notifications import CampaignState

if TYPE_CHECKING:
    from bot.chat.asked import Teller
    from bot.chat.handlers import Handler
    from bot.chat.slack.board import Board
    from bot.chat.slack.front import Front
    from bot.chat.slack.pump import Pump
    from bot.ports import Lease, Store

logger = logging.getLogger(__name__)

LOOK = 0.25  # seconds of machine time between two looks at what runs and campaigns have done
RENEW = 4.0  # seconds between two renewals of a lease that lasts 15
ORPHANS = 10.0  # seconds between two looks for requests that nobody answers
SINCE = "since"  # the cursor that says from when on this channel is told


class Driver:
    """Tells one channel of all runs and campaigns while it holds the channel's lease."""

    def __init__(
        self,
        handler: Handler,
        teller: Teller,
        board: Board,
        pump: Pump,
        front: Front,
        store: Store,
    ) -> None:
        """Tell *board* by *teller* and by *handler*'s office; *pump* shows it."""
        self._handler, self._teller, self._board = handler, teller, board
        self._pump, self._front, self._store = pump, front, store
        self._runs: set[str] = set()  # those that are not told to their end
        self._campaigns: set[int] = set()  # those that are sent, and not told to their end
        self._heard = 0  # the last change of any campaign that was read
        self._unreadable: set[str] = set()

    async def serve(self, stop: asyncio.Event) -> None:
        """Drive whenever no other process does, until *stop* is set."""
        while not stop.is_set():
            try:
                lease = await self._store.claim(f"chat:{self._board.name}", self._store.owner)
                if lease is not None:
                    await self._drive(lease, stop)
            except TryAgain as error:
                logger.warning("Slack is not told anything for now: %s", error)
            await _pause(stop, 1.0)

    async def _drive(self, lease: Lease, stop: asyncio.Event) -> None:
        over = asyncio.Event()
        try:
            await self._begin()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump.serve(over))
                group.create_task(self._orphans(over))
                group.create_task(self._hold(lease, stop, over))
                group.create_task(self._tell(over))
        finally:
            with suppress(MaintError):
                await self._store.free(lease)

    async def _hold(self, lease: Lease, stop: asyncio.Event, over: asyncio.Event) -> None:
        """Keep the lease; all is over when it is lost, or *stop* is set."""
        try:
            while not stop.is_set():
                await _pause(stop, RENEW)
                await self._store.renew(lease)
        except TryAgain as error:
            logger.warning("another process may drive Slack now: %s", error)
        finally:
            over.set()
            self._board.ring()

    async def _orphans(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(TryAgain):
                await self._front.catch_up()
            await _pause(over, ORPHANS)

    async def _tell(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(TryAgain):  # the next look tells it all, in order
                await self.tell_runs()
                await self.tell_campaigns()
            await _pause(over, LOOK)

    # ---- what is told ----

    async def _begin(self) -> None:
        """Go on from what is told; a channel that is new is told only what happens from now on."""
        since = await self._store.cursor(self._board.name, SINCE)
        with translated():
            known = await self._handler.office.mail.campaigns()
            if not since.number:
                heard = await self._newest_change()
                since = replace(since, number=1, message=str(heard))
                for run in await self._store.runs():
                    await self._skip(run.id)
                await self._store.move(since)
        self._heard = int(since.message or 0)
        sending = {CampaignState.SENDING, CampaignState.PAUSED}
        self._campaigns = {p.campaign.number for p in known if p.campaign.state in sending}
        newest = [run for host in self._handler.desk.fleet.hosts for run in await self._last(host)]
        self._runs = set(newest)

    async def _last(self, host: str) -> list[str]:
        return [run.id for run in (await self._store.runs(host=host))[:1]]

    async def _skip(self, run: str) -> None:
        rows = await self._store.rows(run)
        cursor = await self._store.cursor(self._board.name, run)
        if rows and not cursor.number:
            await self._store.move(replace(cursor, number=rows[-1].number))

    async def _newest_change(self) -> int:
        newest = 0
        while changes := await self._handler.office.mail.changes(newest):
            newest = changes[-1].number
        return newest

    async def tell_runs(self) -> None:
        """Tell what is new of every open run, and of those that ended meanwhile."""
        open_ = {run.id for run in await self._store.runs(open_only=True)}
        self._runs |= open_
        for run in sorted(self._runs):
            try:
                told = await self._teller.tell(self._board, run)
            except BadConfiguration as error:
                told = True
                if run not in self._unreadable:
                    self._unreadable.add(run)
                    await self._board.post(self._handler.views.error(error))
            if told and run not in open_:
                self._runs.discard(run)

    async def tell_campaigns(self) -> None:
        """Tell how every campaign is sent that began to be, and is not told to its end."""
        office = self._handler.office
        with translated():
            heard = self._heard
            while changes := await office.mail.changes(self._heard):
                self._heard = changes[-1].number
                self._campaigns |= {c.campaign for c in changes if c.event in BEGINS}
            for number in sorted(self._campaigns):
                if await self._told(number):
                    self._campaigns.discard(number)
        if self._heard != heard:
            since = await self._store.cursor(self._board.name, SINCE)
            await self._store.move(replace(since, message=str(self._heard)))

    async def _told(self, number: int) -> bool:
        office = self._handler.office
        try:
            if (await office.mail.campaign(number)).test_of:
                return True
            return await office.teller.tell(self._board, number)
        except BadRequest as error:
            logger.warning("a campaign cannot be told in Slack: %s", error)
            return True


async def _pause(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
