"""What the relay's own log says of mail that nobody answered for. Postfix's words.

A relay goes on with a mail whose sender vanished after the final dot. Its log then names our
Message-ID, and later, under the same queue id, that the mail is in its queue: only both together
prove it, because the first is written while the mail still comes in. Silence proves nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifications.records import relayed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from notifications.compose.tokens import Tokens
    from notifications.ports import Clock, Transactions

# The first of its kind in a line is the daemon's; what strangers said comes after it.
_LINE = re.compile(rb"/(\w+)\[\d+\]: (\w+): (.*)")
_NAMED = b"message-id="
_ACTIVE = b"(queue active)"
_SENT = b" status=sent "
_LONGEST = 64 * 1024  # bytes of a line that is read


class Trace:
    """Follows some Message-IDs through the lines of a log."""

    def __init__(self, wanted: Iterable[str]) -> None:
        """Follow *wanted*, with <>."""
        self.wanted = frozenset(wanted)
        self._names = {name.encode() for name in self.wanted}
        self._queue: dict[bytes, bytes] = {}  # queue id: Message-ID
        self._taken: defaultdict[bytes, set[bytes]] = defaultdict(set)

    def taken(self, message_id: str) -> int:
        """Return how often the relay took a mail of this name."""
        return len(self._taken[message_id.encode()])

    def read(self, line: bytes) -> None:
        """Take in one line, in the order of the log."""
        found = _LINE.search(line)
        if found is None:
            return
        daemon, queue_id, rest = found.groups()
        if daemon == b"cleanup" and rest.startswith(_NAMED):
            self._named(queue_id, rest[len(_NAMED) :].strip())
        elif queue_id in self._queue and _proves(daemon, rest):
            self._taken[self._queue[queue_id]].add(queue_id)

    def _named(self, queue_id: bytes, name: bytes) -> None:
        if name in self._names:
            self._queue[queue_id] = name
        else:  # queue ids are used again
            self._queue.pop(queue_id, None)


def _proves(daemon: bytes, rest: bytes) -> bool:
    return (daemon == b"qmgr" and rest.rstrip().endswith(_ACTIVE)) or _SENT in rest


@dataclass(frozen=True, kw_only=True)
class Place:
    """How far a log has been read."""

    file: int = 0  # its inode; 0: nothing was read
    offset: int = 0


def read_on(path: Path, place: Place, trace: Trace) -> Place:
    """Let *trace* read what is new in the log *path* after *place*, and say how far that is.

    The file that `path` was before it was rotated last is read too. A log that is not there has
    nothing to say. Raises OSError when it cannot be read.
    """
    for each in (path.with_name(f"{path.name}.1"), path):
        try:
            file = each.open("rb")
        except FileNotFoundError:
            continue
        with file:
            place = _read_file(file, place, trace, last=each == path)
    return place


def _read_file(file: BinaryIO, place: Place, trace: Trace, *, last: bool) -> Place:
    found = _status(file)
    if place.file and not last and found.file != place.file:
        return place  # the older file was read before
    same = found.file == place.file and found.offset >= place.offset
    file.seek(place.offset if same else 0)
    for line in _lines(file):
        trace.read(line)
    return Place(file=found.file, offset=file.tell())


def _status(file: BinaryIO) -> Place:
    status = os.fstat(file.fileno())
    return Place(file=status.st_ino, offset=status.st_size)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the whole lines up to the end, and stay before one that is still being written."""
    begun = True
    while line := file.readline(_LONGEST):
        whole = line.endswith(b"\n")
        if not whole and len(line) < _LONGEST:
            file.seek(-len(line), 1)
            return
        if whole and begun:
            yield line
        begun = whole


class RelayLog:
    """Settles uncertain deliveries from one log."""

    def __init__(
        self, transactions: Transactions, clock: Clock, tokens: Tokens, domain: str, path: Path
    ) -> None:
        """Read *path*; *domain* is that of our Message-IDs."""
        self._transactions = transactions
        self._clock = clock
        self._tokens = tokens
        self._domain = domain
        self._path = path
        self._trace = Trace(())
        self._place = Place()

    async def look(self) -> int:
        """Settle what the log proves, and return how many; the log is not read without a doubt.

        Raises OSError when the log cannot be read; StoreAway.
        """
        doubts = await self._transactions.read(relayed.doubts)
        if not doubts:
            return 0
        names = {
            doubt.delivery: self._tokens.message_id(doubt.campaign, doubt.mailbox, self._domain)
            for doubt in doubts
        }
        if not self._trace.wanted.issuperset(names.values()):
            # What concerns a new doubt may have been read past.
            self._trace, self._place = Trace(names.values()), Place()
        self._place = await asyncio.to_thread(read_on, self._path, self._place, self._trace)
        found = [each for each in doubts if self._trace.taken(names[each.delivery]) >= each.taken]
        now = self._clock.now()
        if not found:
            return 0
        return await self._transactions.write(lambda c: relayed.settle(c, found, now))
