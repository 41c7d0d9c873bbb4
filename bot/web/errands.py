"""What is done when the answer is out: mails with links, in a queue that cannot grow for ever."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.web.defects import scrubbed
from bot.web.pace import Buckets, Hidden

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

WAITING = 200  # addresses; then the next ones are dropped, and counted
AGAIN = 600.0  # seconds until an address gets another mail


class Errands:
    """Sends links to who asked for them."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], count: Callable[[str], None]
    ) -> None:
        """Do it by *send*; tell *count* what became of each: see `maint_links`."""
        self._send, self._count = send, count
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
                await self._send(address)
            except Exception as error:  # noqa: BLE001 - the next one is somebody else's
                logger.error("links could not be sent: %s", scrubbed(error))  # noqa: TRY400
                self._failed(address, "failed")
            finally:
                self._queue.task_done()

    async def done(self) -> None:
        """Return when nothing waits."""
        await self._queue.join()

    def _failed(self, address: str, how: str) -> None:
        self._count(how)
        self._often.forget(self._hidden.of(address))  # they may ask again at once
