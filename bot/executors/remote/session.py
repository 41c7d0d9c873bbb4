"""The lines of one SSH session, apart from the library: whole ones only, and a limit on each."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from bot.executors.remote.problems import Lost, Problem

LONGEST = 8 * 1024 * 1024  # bytes of a line; the protocol's limit
KEPT = 2000  # bytes of stderr


class Session(Protocol):
    """One process on a host, with its standard streams."""

    lines: Lines

    def send(self, line: bytes) -> None:
        """Hand *line* over; whether it arrives, only an answer tells."""

    def close(self) -> None:
        """End it; harmless when it has ended."""

    async def ended(self, seconds: float) -> int | None:
        """Return its exit status once it has ended; None: it has not, or contact broke off."""


class Lines:
    """Collects what a process prints, line by line."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.over = False  # nothing more will come
        self.errors = b""  # the newest of what it said on stderr
        self._whole: deque[bytes] = deque()
        self._begun = bytearray()
        self._held = 0  # bytes that have come and were not read
        self._flooded = False  # more came, and is lost
        self._news = asyncio.Event()

    def take(self, data: bytes) -> None:
        """Take what has arrived from stdout; of a flood, no more than a line may have."""
        self._held += len(data)
        self._flooded = self._flooded or self._held > LONGEST
        if self._flooded:
            self._news.set()
            return
        self._begun += data
        if b"\n" in data:
            *whole, begun = bytes(self._begun).split(b"\n")
            self._whole.extend(whole)
            self._begun = bytearray(begun)
        self._news.set()

    def take_error(self, data: bytes) -> None:
        """Take what has arrived from stderr; only the newest is kept."""
        self.errors = (self.errors + data)[-KEPT:]

    def end(self) -> None:
        """Take note that nothing more will come; the beginning of a line counts for nothing."""
        self.over = True
        self._news.set()

    @property
    def waiting(self) -> bool:
        """Say whether something has come that nobody has read."""
        return self._held > 0

    async def next(self) -> bytes:
        """Return the next line, without its end.

        Raises:
            Lost: CUT, before its end has arrived; MALFORMED: more came than any line has.
        """
        while not self._whole:
            if self._flooded:
                raise Lost(Problem.MALFORMED, "a line without an end")
            if self.over:
                raise Lost(Problem.CUT)
            self._news.clear()
            await self._news.wait()
        line = self._whole.popleft()
        self._held -= len(line) + 1
        return line
