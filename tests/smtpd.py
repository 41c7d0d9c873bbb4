"""A relay on loopback that keeps account of what it accepted, and does wrong when told to.

In a test: `async with Smtpd(faults=("550_rcpt,match=bad@*",)) as relay`. As a process, which ends
with its standard input: `python -m tests.smtpd --port 0 --log FILE --faults 421:data,share=0.1`;
its first line of output is the port.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.smtp_dialogue import Dialogue
from tests.smtp_faults import Fault, Faults

if TYPE_CHECKING:
    import ssl
    from typing import BinaryIO

    from tests.smtp_dialogue import Mail

EXTENSIONS = ("PIPELINING", "SIZE 1000000", "DSN", "SMTPUTF8", "8BITMIME", "ENHANCEDSTATUSCODES")


@dataclass(kw_only=True)
class Smtpd:
    """The server, from entering until leaving; it takes the port that is free if that is 0."""

    port: int = 0
    faults: tuple[str, ...] = ()
    seed: int = 0
    log: Path | None = None  # a JSON line for every mail, before it is acknowledged
    durable: bool = False  # the log is on stable storage by then
    keep: bool = True  # the mails, in memory
    extensions: tuple[str, ...] = EXTENSIONS
    certificate: ssl.SSLContext | None = None  # offers STARTTLS
    tls: bool = False  # speaks TLS from the first byte instead
    user: str = ""  # who must authenticate; empty: nobody
    password: str = field(default="", repr=False)
    mails: list[Mail] = field(default_factory=list)
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))  # lines of clients
    connections: int = 0  # that were ever opened

    async def __aenter__(self) -> Self:
        self.trouble = Faults(faults=tuple(map(Fault.parse, self.faults)), seed=self.seed)
        self._file: BinaryIO | None = self.log.open("ab") if self.log else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._meet, "127.0.0.1", self.port, ssl=self.certificate if self.tls else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._file:
            self._file.close()

    def accept(self, mails: list[Mail]) -> None:
        """Keep account of *mails*."""
        if self.keep:
            self.mails += mails
        if self._file:
            self._file.write(b"".join(json.dumps(m.entry()).encode() + b"\n" for m in mails))
            self._file.flush()
            if self.durable:
                os.fsync(self._file.fileno())

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await Dialogue(self, reader, writer).hold()
        finally:
            writer.transport.abort()
            self._tasks.discard(task)


async def _serve(options: argparse.Namespace) -> None:
    server = Smtpd(
        port=options.port,
        faults=tuple(options.faults),
        seed=options.seed,
        log=options.log,
        durable=options.durable,
        keep=False,
    )
    async with server:
        print(server.port, flush=True)  # noqa: T201 - the answer
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.smtpd")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", nargs="*", default=[], metavar="FAULT")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
