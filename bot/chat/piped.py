"""Lines from a pipe or a file, without holding up the event loop."""

from __future__ import annotations

import asyncio
import codecs
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

_CHUNK = 65536  # bytes; what a pipe holds


async def lines_of(descriptor: int) -> AsyncGenerator[str]:
    """Yield the lines read from *descriptor*, as they come, without their ends.

    The reader is a thread that may be left in the middle of a read: the program can end although
    its input does not. It reads the bare descriptor, because Python waits at its end for whoever
    holds the buffer of `sys.stdin`.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def pass_on(line: str | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody reads any more
            loop.call_soon_threadsafe(queue.put_nowait, line)

    threading.Thread(target=_read, args=(descriptor, pass_on), daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _read(descriptor: int, pass_on: Callable[[str | None], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    while chunk := _chunk(descriptor):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            pass_on(line)
    if rest:
        pass_on(rest)
    pass_on(None)


def _chunk(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:  # the terminal behind it is gone, which ends it
        return b""
