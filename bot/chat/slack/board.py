"""Slack as a chat: what it is given goes into the database, and is shown from there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from bot.ports import Posting

if TYPE_CHECKING:
    from bot.ports import Message


class Postings(Protocol):
    """The part of the store (`bot.ports.Store`) that keeps what is to be shown."""

    async def post(self, posting: Posting) -> int:
        """Add a posting and return its number; acts that its message settles are taken away."""

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

    async def post(self, message: Message) -> str:
        """Take *message* for the channel; return a reference to it."""
        return await self.pin(Posting(chat=self.name, message=message))

    async def reply(self, reference: str, message: Message) -> str:
        """Take *message* for the thread of *reference*; return a reference to it."""
        return await self.pin(Posting(chat=self.name, message=message, thread=int(reference)))

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

    def settle(self, reference: str) -> None:
        """Do nothing: what is shown stays."""

    def ring(self) -> None:
        """Wake those who show."""
        for bell in self.bells:
            bell.set()
