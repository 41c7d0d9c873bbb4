"""The alarm clock: rings when the next thing is due. It holds no truth; nothing is lost with it.

The one module that knows APScheduler.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

_ID = "next"


class Alarm:
    """Rings once, after some seconds of machine time, or when somebody rings it."""

    def __init__(self) -> None:
        """Be silent; `start` within a running loop."""
        self._rung = asyncio.Event()
        self._scheduler: Any = None

    def start(self) -> None:
        """Begin to keep time."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415 - is slow

        # Memory only. Its defaults would drop a job that is a second late, and run it twice.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.start()

    def close(self) -> None:
        """Keep time no more. It cancels nothing, for all that a job does is ring."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def ring(self) -> None:
        """Let whoever waits look now."""
        self._rung.set()

    async def wait(self, seconds: float, stop: asyncio.Event) -> None:
        """Return after *seconds* of machine time, when somebody rings, or *stop* is set."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - the library's clock
        self._scheduler.add_job(
            self._ring_at_home, "date", run_date=at, id=_ID, replace_existing=True
        )
        waits = [asyncio.ensure_future(event.wait()) for event in (self._rung, stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            self._rung.clear()

    async def _ring_at_home(self) -> None:
        """Ring in the loop: a plain function would be called in a thread."""
        self._rung.set()
