"""The clock of production: machine time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime


class MachineClock:
    """Keeps the port `Clock` with the time of this machine."""

    def now(self) -> datetime:
        """Return the machine's time, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        """Return after *seconds*, or as soon as *wake* is set."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()
