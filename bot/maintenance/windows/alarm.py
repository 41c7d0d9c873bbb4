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
        time_is_up = asyncio.Event()  # of this wait alone: a late job rings in no other
        at = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - the library's clock
        known = {"args": (time_is_up,), "id": _ID, "replace_existing": True}
        self._scheduler.add_job(_ring_at_home, "date", run_date=at, **known)
        waits = [asyncio.ensure_future(e.wait()) for e in (self._rung, stop, time_is_up)]
        try:
            # The library reckons in world time: set back, it would keep silent for as long.
            most = max(0.0, seconds)
            await asyncio.wait(waits, timeout=most, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            self._rung.clear()


async def _ring_at_home(bell: asyncio.Event) -> None:
    """Ring in the loop: a plain function would be called in a thread."""
    bell.set()
