"""The relay of the kill tests: a process that keeps account, and kills when it is told to.

An order is a JSON line of its standard input: which process dies when a phase of the conversation
is reached for the n-th time from now, at once and with nothing in between. Its log has a line for
every mail that it accepted; another file one for every fault that struck.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.smtp_faults import Fault, Faults
from tests.smtpd import Smtpd

if TYPE_CHECKING:
    from tests.smtp_dialogue import Mail
    from tests.smtp_faults import Trouble

TAKEN = "taken"  # the phase in which a mail is in the log, and nothing was answered


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which process dies, and when."""

    pid: int  # 0: the relay itself
    phase: str  # as a `Trouble` has it, or `TAKEN`
    count: int  # times that the phase is reached until then


class _Orders:
    """The order that stands; a new one takes its place."""

    def __init__(self) -> None:
        self._order: Order | None = None
        self._left = 0

    def take(self, order: Order) -> None:
        self._order, self._left = order, order.count

    def reached(self, phase: str) -> None:
        if self._order is None or phase != self._order.phase:
            return
        self._left -= 1
        if self._left == 0:
            with suppress(ProcessLookupError):
                os.kill(self._order.pid or os.getpid(), signal.SIGKILL)


@dataclass(kw_only=True)
class _Faults(Faults):
    """Faults that are written down, in phases that are counted."""

    orders: _Orders
    file: Path

    def strike(self, phase: str, address: str) -> Trouble | None:
        self.orders.reached(phase)
        before = self.struck.copy()
        trouble = super().strike(phase, address)
        for name in self.struck - before:
            _append(self.file, {"fault": name, "rcpt": address})
        return trouble


class PostOffice(Smtpd):
    """The relay; `content` of an entry is the digest of a mail without its first line, the date."""

    orders: _Orders
    strikes: Path

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        parsed = tuple(map(Fault.parse, self.faults))
        self.trouble = _Faults(faults=parsed, seed=self.seed, orders=self.orders, file=self.strikes)
        return self

    def accept(self, mails: list[Mail]) -> None:
        """Keep account of *mails*."""
        assert self.log
        for mail in mails:
            date, _, rest = mail.content.partition(b"\r\n")
            assert date.startswith(b"Date: ")
            _append(self.log, {**mail.entry(), "content": sha256(rest).hexdigest()})
        self.orders.reached(TAKEN)


def _append(file: Path, entry: dict[str, Any]) -> None:
    """Write one line, whole or not at all: also if this process is killed."""
    with file.open("ab", buffering=0) as lines:
        lines.write(json.dumps(entry).encode() + b"\n")


async def _serve(options: argparse.Namespace) -> None:
    server = PostOffice(
        port=options.port, faults=tuple(options.faults), seed=options.seed, log=options.log
    )
    server.orders, server.strikes = _Orders(), options.strikes
    async with server:
        print(server.port, flush=True)  # noqa: T201 - the answer
        while line := await asyncio.to_thread(sys.stdin.readline):
            server.orders.take(Order(**json.loads(line)))


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.post_office")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--strikes", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", nargs="*", default=[], metavar="FAULT")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
