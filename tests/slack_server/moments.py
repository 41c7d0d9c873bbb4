"""Time as the server sees it, and waiting for it or for a change; nothing here polls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class Watch:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.at += seconds


@dataclass(kw_only=True)
class Moments:
    """The clock of the server, and its bell."""

    machine: Callable[[], float] = time.monotonic
    _bell: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> float:
        return self.machine()

    def ring(self) -> None:
        """Wake everybody who waits: something has changed, or time has passed."""
        self._bell.set()
        self._bell.clear()

    async def until(self, true: Callable[[], object], *, seconds: float) -> None:
        """Return when *true*. Raises TimeoutError after *seconds* in real time."""
        async with asyncio.timeout(seconds):
            while not true():
                await self._bell.wait()

    async def until_or(self, true: Callable[[], object], instant: float) -> None:
        """Return when *true*, or when the machine's clock has reached *instant*."""
        loop = asyncio.get_running_loop()
        while not true() and (left := instant - self.machine()) > 0:
            timer = loop.call_later(left, self.ring)
            try:
                await self._bell.wait()
            finally:
                timer.cancel()

    async def reach(self, instant: float) -> None:
        """Return when the machine's clock has reached *instant*."""
        await self.until_or(lambda: False, instant)
