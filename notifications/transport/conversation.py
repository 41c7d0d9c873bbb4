"""The lines of one SMTP connection: what was answered, in the order of what was asked."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from notifications.verdict import CLOSING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 65_536  # bytes of a line
_MOST = 256  # lines of an answer


class Reply(NamedTuple):
    """One answer; the code is 0 if there was none, or none that SMTP knows."""

    code: int
    text: str


class Conversation(asyncio.Protocol):
    """Takes over a connection whose greetings are over. Nothing here raises what a network does."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        """Listen to *transport* from now on."""
        self._transport = transport
        self._buffer = b""
        self._lines: list[tuple[int, str]] = []  # of an answer that is not complete yet
        self._replies: deque[Reply] = deque()
        self._owed = 0  # answers that were asked for and not yet taken
        self._stirred = asyncio.Event()
        self._ended = asyncio.Event()
        transport.set_protocol(self)

    def interruption(self) -> Reply | None:
        """Return what ended the conversation since it was last at rest; None: it can go on."""
        if self._replies and not self._owed:
            reply = self._replies[0]
            return reply if reply.code == CLOSING else Reply(0, reply.text)
        if self._owed or self._transport.is_closing():
            return Reply(0, "lost")
        return None

    def ask(self, data: bytes, answers: int = 1) -> None:
        """Write *data*, which will be answered so many times."""
        self._owed += answers
        self._transport.write(data)

    async def reply(self, seconds: float) -> Reply:
        """Return the next answer; after *seconds* without one, or an end, code 0."""
        try:
            if not self._replies:  # they often come together, and the clock has its price
                await self._answered(seconds)
        except TimeoutError:
            return Reply(0, "timeout")
        if not self._replies:
            return Reply(0, "lost")
        self._owed -= 1
        return self._replies.popleft()

    async def _answered(self, seconds: float) -> None:
        """Wait for an answer, or for the end. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self._replies and not self._ended.is_set():
                self._stirred.clear()
                await self._stirred.wait()

    async def end(self, seconds: float) -> None:
        """Close the connection; after *seconds*, or with an answer owed, without ceremony."""
        try:
            if self._owed:
                self._transport.abort()
            elif not self._transport.is_closing():  # closed twice, TLS forgets itself
                self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ended.wait()
        finally:
            if not self._ended.is_set():
                self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came; called by the loop."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._take(line.removesuffix(b"\r") for line in lines)
        if len(self._buffer) > _LONGEST or len(self._lines) > _MOST:
            self._transport.abort()
        self._stirred.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why is not asked
        """Take note of the end; called by the loop."""
        self._ended.set()
        self._stirred.set()

    def _take(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            found = _LINE.fullmatch(line)
            code = int(found[1]) if found else 0
            text = (found[3] or b"") if found else line
            self._lines.append((code, text.decode("utf-8", "replace")))
            if not found or found[2] != b"-":
                self._complete()

    def _complete(self) -> None:
        codes = {code for code, _ in self._lines}
        text = "\n".join(text for _, text in self._lines)
        self._replies.append(Reply(codes.pop() if len(codes) == 1 else 0, text))
        self._lines.clear()
