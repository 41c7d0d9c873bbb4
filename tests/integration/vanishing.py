"""A way to a relay that breaks: the client hears nothing after the dot, or the relay no dot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

END = b"\r\n.\r\n"


@asynccontextmanager
async def vanishing(port: int, *, after_dot: bool) -> AsyncIterator[int]:
    """Pass on what is said to *port*, until the first body ends; yield the port to speak to.

    With *after_dot* the relay hears the dot, and the client not the answer; else neither.
    """

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, relay = await asyncio.open_connection("127.0.0.1", port)
        listening = asyncio.create_task(_pass_on(answers, writer))
        with suppress(OSError):
            await _until_dot(reader, relay, listening, after_dot=after_dot)
        writer.transport.abort()
        relay.close()

    async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _until_dot(
    reader: asyncio.StreamReader,
    relay: asyncio.StreamWriter,
    listening: asyncio.Task[None],
    *,
    after_dot: bool,
) -> None:
    while said := await reader.read(65536):
        if not said.endswith(END):
            relay.write(said)
            continue
        listening.cancel()
        relay.write(said if after_dot else said.removesuffix(b".\r\n"))
        await relay.drain()
        return


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(65536):
            writer.write(said)
