"""The clock of production: world time is the machine's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

#: A machine's clock may be set while somebody waits, so nobody sleeps longer than this at once.
_NAP = timedelta(seconds=30)


class SystemClock:
    """Keeps the port Clock with the time of this machine."""

    def now(self) -> datetime:
        """Return the machine's time, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def machine_seconds(self, instant: datetime) -> float:
        """Return the seconds until *instant*; not negative."""
        return max(0.0, (instant - self.now()).total_seconds())

    async def wait_until(self, instant: datetime) -> None:
        """Return when the machine's clock shows *instant*; at once if it does."""
        while (left := instant - self.now()) > timedelta(0):  # noqa: ASYNC110 - it is time
            await asyncio.sleep(min(left, _NAP).total_seconds())
