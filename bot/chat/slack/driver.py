"""Drives Slack: one process at a time tells it what happens, and takes up what others left."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.chat.slack.following import SINCE
from bot.rules.errors import MaintError, TryAgain

if TYPE_CHECKING:
    from bot.chat.slack.board import Board
    from bot.chat.slack.following import Campaigns, Runs
    from bot.chat.slack.front import Front
    from bot.chat.slack.news_following import News
    from bot.chat.slack.pump import Pump
    from bot.ports import Lease, Store

logger = logging.getLogger(__name__)

LOOK = 0.25  # seconds of machine time between two looks at what runs and campaigns have done
RENEW = 4.0  # seconds between two renewals of a lease that lasts 15
ORPHANS = 10.0  # seconds between two looks for requests that nobody answers
LAST_LOOKS = 20  # at what is loud and not yet shown, before the process ends
AGAIN = 1.0  # seconds before the lease is asked for again


class Driver:
    """Tells one channel of all runs, campaigns and windows while it holds the channel's lease."""

    def __init__(
        self,
        board: Board,
        pump: Pump,
        front: Front,
        following: tuple[Runs, Campaigns, News],
        store: Store,
    ) -> None:
        """Put on *board* what *following* finds; *pump* shows it, *front* takes up orphans."""
        self._board, self._pump, self._front, self._store = board, pump, front, store
        self._runs, self._campaigns, self._news = following

    async def serve(self, stop: asyncio.Event) -> None:
        """Drive whenever no other process does, until *stop* is set."""
        while not stop.is_set():
            try:
                lease = await self._store.claim(f"chat:{self._board.name}", self._store.owner)
                if lease is not None:
                    await self._drive(lease, stop)
            except TryAgain as error:
                logger.warning("Slack is not told anything for now: %s", error)
            except Exception:
                logger.exception("a defect, while telling Slack; it begins anew, runs go on")
            await _pause(stop, AGAIN)

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

    async def _begin(self) -> None:
        """Go on from what is told; a channel that is new is told only what happens from now on."""
        self._pump.forget()
        self._runs.forget()
        self._campaigns.forget()
        since = await self._store.cursor(self._board.name, SINCE)
        if since.number:
            await self._runs.go_on()
            await self._campaigns.go_on(int(since.message))
        else:
            await self._runs.skip()
            await self._news.skip()
            await self._campaigns.skip()  # the last: from now on the channel is told

    async def _hold(self, lease: Lease, stop: asyncio.Event, over: asyncio.Event) -> None:
        """Keep the lease; all is over when it is lost, or *stop* is set."""
        try:
            while not stop.is_set():
                await _pause(stop, RENEW)
                await self._store.renew(lease)
            await self._last_words()
        except TryAgain as error:
            logger.warning("another process may drive Slack now: %s", error)
        finally:
            over.set()
            self._board.ring()

    async def _last_words(self) -> None:
        """Let what is loud still be shown before the process ends, if Slack takes it now."""
        await self._runs.tell()
        await self._news.tell()
        for _ in range(LAST_LOOKS):
            waiting = await self._store.postings(self._board.name)
            if not any(each.message.loud and not each.shown for each in waiting):
                return
            await asyncio.sleep(LOOK)

    async def _orphans(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(TryAgain):
                await self._front.catch_up()
            await _pause(over, ORPHANS)

    async def _tell(self, over: asyncio.Event) -> None:
        while not over.is_set():
            begun = time.monotonic()
            with suppress(TryAgain):  # the next look tells it all, in order
                await self._runs.tell()
                await self._campaigns.tell()
                await self._news.tell()
            # Half of the time is others', however many runs there are.
            await _pause(over, max(LOOK, time.monotonic() - begun))


async def _pause(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
