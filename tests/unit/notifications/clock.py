"""A clock that a test sets: whoever waits does so in no time, and time moves on by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator

START = datetime(2021, 9, 1, 8, tzinfo=UTC)


class SettableClock:
    """The port `Clock`: stands still until somebody waits, then jumps to what is waited for."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at *start*."""
        self._now = start
        self._ends: list[datetime] = []
        self.waits: list[float] = []  # what was asked for, in seconds

    def now(self) -> datetime:
        """Return the instant, aware, UTC."""
        return self._now

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        """Let the others take a turn; then be *seconds* later, unless *wake* was set."""
        end = self._now + timedelta(seconds=seconds)
        self.waits.append(seconds)
        self._ends.append(end)
        try:
            await turn()
            while not wake.is_set() and self._now < end and min(self._ends) < end:
                await turn()
            if not wake.is_set():
                self._now = max(self._now, end)
        finally:
            self._ends.remove(end)

    def advance(self, seconds: float) -> None:
        """Be *seconds* later."""
        self._now += timedelta(seconds=seconds)


class _Turn:
    def __await__(self) -> Generator[None]:
        yield


async def turn() -> None:
    """Let every other task go on once."""
    await _Turn()
