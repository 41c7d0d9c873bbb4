"""Slack as a chat: what it is given goes into the database, and is shown from there."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bot.chat.slack.failures import Away
from bot.ports import Audience, Message, Posting

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = 25  # of details at most in one message


class Postings(Protocol):
    """The part of the store (`bot.ports.Store`) that keeps what is to be shown."""

    async def post(self, posting: Posting) -> int:
        """Add a posting and return its number; acts that its message settles are taken away.

        One that has its number is there, and looks like this from now on.
        """

    async def edit(self, number: int, message: Message) -> None:
        """Let a posting look like *message* from now on."""

    async def postings(self, chat: str) -> tuple[Posting, ...]:
        """Return what is not shown as it shall look, oldest first; none that is lost."""

    async def posting(self, chat: str, number: int = 0, reference: str = "") -> Posting | None:
        """Return one posting by its number or by its reference, or None."""

    async def shown(self, number: int, **known: object) -> None:
        """Record of a posting: shown, files_shown, reference, place, doubtful or lost."""


class Board:
    """A chat that takes messages also while Slack is away; their references are our own.

    How far a run is matters only while it is new: such edits of a live message are kept in
    memory, each in place of the one before. What must not be lost is in the database.
    """

    def __init__(self, store: Postings, place: str) -> None:
        """Keep in *store* what is for the channel *place*."""
        self.name = f"slack:{place}"
        self.place = place
        self.fresh: dict[int, Message] = {}  # by number: how live messages are to look now
        self.bells: set[asyncio.Event] = set()  # rung when there is something new to show
        self._store = store
        self._details: dict[int, Posting] = {}  # by thread: what its next detail can be added to

    async def post(self, message: Message) -> str:
        """Take *message* for the channel; return a reference to it."""
        return await self.pin(Posting(chat=self.name, message=message))

    async def reply(self, reference: str, message: Message) -> str:
        """Take *message* for the thread of *reference*; return a reference to it.

        Neighbouring details share a message as long as it waits: else many runs have more to tell
        than Slack takes.
        """
        new = Posting(chat=self.name, message=message, thread=int(reference))
        last = self._details.get(new.thread)
        joined = _joined(last, new) if last else new
        number = await self.pin(joined)
        if joined is new or new.thread in self._details:  # else it was posted meanwhile
            self._details[new.thread] = replace(joined, number=int(number))
        return number

    async def update(self, reference: str, message: Message) -> None:
        """Take *message* in place of the one at *reference*."""
        number = int(reference)
        if message.live and not message.urgent:
            self.fresh[number] = message
        else:
            self.fresh.pop(number, None)
            await self._store.edit(number, message)
        self.ring()

    async def pin(self, posting: Posting) -> str:
        """Take a posting as it is; return a reference to it."""
        number = await self._store.post(posting)
        self.ring()
        return str(number)

    @contextmanager
    def newest(self, posting: Posting) -> Iterator[Posting]:
        """Yield *posting* as it is to look now, for it is about to be shown.

        Nothing is added to it any more; what does not get through stays fresh.
        """
        last = self._details.get(posting.thread)
        if last is not None and last.number == posting.number:
            del self._details[posting.thread]
        fresh = self.fresh.pop(posting.number, None)
        try:
            yield replace(posting, message=fresh) if fresh else posting
        except Away:
            if fresh:
                self.fresh.setdefault(posting.number, fresh)
            raise

    def forget(self) -> None:
        """Take nothing for known: another process may have been told meanwhile."""
        self.fresh.clear()
        self._details.clear()

    def ring(self) -> None:
        """Wake those who show."""
        for bell in self.bells:
            bell.set()


def _joined(last: Posting, new: Posting) -> Posting:
    """Return *last* with *new* below it, if both are mere details and short together."""
    text = f"{last.message.text}\n{new.message.text}"
    mere = all(
        replace(each.message, settles=()) == _detail(each.message.text) for each in (last, new)
    )
    if not mere or text.count("\n") >= LINES:
        return new
    return replace(last, message=replace(new.message, text=text))


def _detail(text: str) -> Message:
    return Message(text=text, audience=Audience.THREAD)
