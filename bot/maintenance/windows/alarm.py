"""The alarm clock: rings when the next thing is due. It holds no truth; nothing is lost with it.

The one module that knows APScheduler.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

_ID = "next"


class Alarm:
    """Rings once, after some seconds of machine time, or when somebody rings it."""

    def __init__(self) -> None:
        """Be silent; `start` within a running loop."""
        self._rung = asyncio.Event()
        # Memory only. Its defaults would drop a job that is a second late, and run it twice.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to keep time."""
        self._scheduler.start()

    def close(self) -> None:
        """Keep time no more; nothing is cancelled, for jobs only ring."""
        with suppress(Exception):  # it was never started
            self._scheduler.shutdown(wait=False)

    def ring(self) -> None:
        """Let whoever waits look now."""
        self._rung.set()

    async def wait(self, seconds: float, stop: asyncio.Event) -> None:
        """Return after *seconds* of machine time, when somebody rings, or *stop* is set."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - the library's clock
        self._scheduler.add_job(self._ring, DateTrigger(at), id=_ID, replace_existing=True)
        waits = [asyncio.ensure_future(event.wait()) for event in (self._rung, stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            self._rung.clear()

    async def _ring(self) -> None:
        self._rung.set()
