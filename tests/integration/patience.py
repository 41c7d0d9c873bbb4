"""Waiting for real servers: until something is so, never for a time."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

LOOK_SECONDS = 0.05
MOST_SECONDS = 60.0


class SystemWait:
    """A pause between two looks; waiting for what never happens is the pause itself."""

    def __init__(self) -> None:
        """Have something to wait for."""
        self._never = asyncio.Event()

    async def __call__(self) -> None:
        """Let a moment pass."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._never.wait(), LOOK_SECONDS)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Return when *true*; fail when that takes too long."""
    pause = SystemWait()
    async with asyncio.timeout(MOST_SECONDS):
        while not await true():
            await pause()


def until_now(true: Callable[[], bool], seconds: float = MOST_SECONDS) -> None:
    """Return when *true*, for what runs outside of an event loop."""
    never = threading.Event()
    for _ in range(int(seconds / LOOK_SECONDS)):
        if true():
            return
        never.wait(LOOK_SECONDS)
    raise TimeoutError


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
