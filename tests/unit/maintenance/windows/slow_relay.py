"""A relay that keeps account of every body that was begun, and lets some clients wait."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from tests.smtp_dialogue import Dialogue
from tests.smtpd import Smtpd


class _Slow(Dialogue):
    """A conversation that tells its server in which phase it is, and goes on when it may."""

    async def _struck(self, phase: str, address: str = "", content: bytes = b"") -> bool:
        assert isinstance(self._server, SlowRelay)
        await self._server.reached(phase, address)
        return await super()._struck(phase, address, content)


@dataclass(kw_only=True)
class SlowRelay(Smtpd):
    """`holds` has phases and addresses in which clients wait until `release`."""

    holds: set[tuple[str, str]] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)  # addresses whose body has begun to come

    def __post_init__(self) -> None:
        self._goes_on = asyncio.Event()
        self._reached: defaultdict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)

    async def reached(self, phase: str, address: str) -> None:
        """Take note of a phase, and wait if that is held."""
        if phase == "first":
            self.begun.append(address)
            self._reached["begun", str(len(self.begun))].set()
        self._reached[phase, address].set()
        if (phase, address) in self.holds:
            await self._goes_on.wait()

    async def until(self, phase: str, address: str) -> None:
        """Wait until a client has come to *phase* with the mail to *address*."""
        async with asyncio.timeout(30):
            await self._reached[phase, address].wait()

    async def until_begun(self, count: int) -> None:
        """Wait until *count* bodies have begun to come."""
        if count:
            await self.until("begun", str(count))

    def hold(self, phase: str, address: str) -> None:
        """Let clients wait there from now on, and forget which have been there."""
        self._reached.clear()
        self._goes_on.clear()
        self.holds.add((phase, address))

    def release(self) -> None:
        """Let all go on who wait."""
        self.holds.clear()
        self._goes_on.set()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _Slow(self, reader, writer).hold()
        finally:
            writer.transport.abort()
            self._tasks.discard(task)
