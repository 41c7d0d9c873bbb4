"""What is done when the answer is out: mails with links, in a queue that cannot grow for ever."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.rules.errors import TryAgain
from bot.web.defects import scrubbed
from bot.web.pace import Buckets, Hidden

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

TRIES = 5  # while the database is away
WAITING = 200  # addresses; then the next ones are dropped, and counted
AGAIN = 600.0  # seconds until an address gets another mail


class Errands:
    """Sends links to who asked for them."""

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        count: Callable[[str], None],
        soon: float = 0.0,
    ) -> None:
        """Do it by *send*, within *soon* seconds; tell *count* what became of each."""
        self._send, self._count, self._soon = send, count, soon
        self._leaving = asyncio.Event()
        self._queue: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._often, self._hidden = Buckets(1, AGAIN), Hidden()

    def send(self, address: str, now: float) -> None:
        """Send the links of *address* soon, unless it has got them within ten minutes."""
        if self._often.take(self._hidden.of(address), now):
            self._count("again")
            return
        try:
            self._queue.put_nowait(address)
        except asyncio.QueueFull:
            self._failed(address, "dropped")
        else:
            self._count("asked")

    async def serve(self) -> None:
        """Send until cancelled, one after the other."""
        while True:
            address = await self._queue.get()
            try:
                await self._moment()
                await self._sent(address)
            except Exception as error:  # noqa: BLE001 - the next one is somebody else's
                logger.error("links could not be sent: %s", scrubbed(error))  # noqa: TRY400
                self._failed(address, "failed")
            finally:
                self._queue.task_done()

    async def _sent(self, address: str) -> None:
        """Send; a database that is away for a moment is asked again."""
        for _ in range(TRIES - 1):
            try:
                return await self._send(address)
            except TryAgain:
                await self._moment()
        return await self._send(address)

    async def _moment(self) -> None:
        """Let some time pass, unless the process is about to end."""
        with suppress(TimeoutError):
            chance = random.SystemRandom().uniform(0, self._soon / max(1, self._queue.qsize()))
            await asyncio.wait_for(self._leaving.wait(), chance)

    async def done(self) -> None:
        """Do at once what waits, and return when that is done."""
        self._leaving.set()
        await self._queue.join()
        self._leaving.clear()

    def _failed(self, address: str, how: str) -> None:
        self._count(how)
        self._often.forget(self._hidden.of(address))  # they may ask again at once
