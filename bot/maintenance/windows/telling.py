"""Tells chats what the journal of windows says. It only reads.

A chat that is down is told later, in order, from where it was; one that is new, from now on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.maintenance.telling import acts, card_of
from bot.maintenance.windows.news import deeds, fields
from bot.maintenance.windows.offered import offered
from bot.maintenance.windows.times import name, times
from bot.ports import Message
from bot.rules.errors import TryAgain
from bot.rules.window.terms import Entry, Window, WindowEvent

if TYPE_CHECKING:
    from bot.maintenance.words import Words
    from bot.ports import Chat, Cursor

logger = logging.getLogger(__name__)

RUN = "windows"  # the name under which cursors are kept

#: A person must act, or customers stand to be surprised.
LOUD = frozenset(
    {
        WindowEvent.ASKED,
        WindowEvent.NOT_ASKED,
        WindowEvent.OVERRUN,
        WindowEvent.CHANGED,
        WindowEvent.MISSED,
        WindowEvent.LATE,
        WindowEvent.NOT_REMINDED,
    }
)
#: Chats hear of these elsewhere.
SILENT = frozenset({WindowEvent.TOLD})
#: Who asked for these was answered.
ANSWERED = frozenset({WindowEvent.SCHEDULED, WindowEvent.RESCHEDULED, WindowEvent.CANCELLED})
#: A start that was offered for the hour of a window is offered no more.
_OVER = frozenset(
    {
        WindowEvent.RESCHEDULED,
        WindowEvent.CANCELLED,
        WindowEvent.OVERRUN,
        WindowEvent.COMPLETED,
        WindowEvent.MISSED,
    }
)


class Journal(Protocol):
    """The part of the store that is told, and that remembers what was told."""

    async def window(self, number: int) -> Window:
        """Return one window."""

    async def entries(self, after: int = 0, window: int = 0) -> tuple[Entry, ...]:
        """Return the journal of windows after a number, oldest first; some hundred at most."""

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*; number 0 if it has told nothing."""

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""


@dataclass(frozen=True, kw_only=True)
class WindowProjection:
    """Tells chats about windows; several chats and processes do not disturb each other."""

    store: Journal
    words: Words

    async def tell(self, chat: Chat, *, answered: str = "") -> None:
        """Tell *chat* what is new, save what the actor *answered* was answered here.

        Repeating it tells nothing twice, save what a chat took just before a crash. While the
        chat or the store is away it tells nothing, and moves no cursor.
        """
        try:
            cursor = await self.store.cursor(chat.name, RUN)
            while entries := await self.store.entries(cursor.number):
                for entry in entries:
                    if not _quiet(entry, answered):
                        await chat.post(await self._told(entry))
                    cursor = replace(cursor, number=entry.number)
                    await self.store.move(cursor)
        except TryAgain:
            return  # the next look tells it, from the cursor

    async def _told(self, entry: Entry) -> Message:
        """Return what *entry* says; one that cannot be told is said so, and hides no other."""
        window = await self.store.window(entry.window)
        over = await offered(self.store, entry) if entry.event in _OVER else ()
        try:
            told = self.message(window, entry)
            for host in over:
                told = told.settling(card_of(host))
        except Exception as defect:
            logger.exception("a defect, while telling entry %d of windows", entry.number)
            return Message(
                text=self.words.say("answers", "defect", problem=repr(defect)), loud=True
            )
        return told

    async def skip(self, chat: Chat) -> None:
        """Tell *chat* only what happens from now on."""
        cursor = await self.store.cursor(chat.name, RUN)
        while entries := await self.store.entries(cursor.number):
            cursor = replace(cursor, number=entries[-1].number)
        await self.store.move(cursor)

    def message(self, window: Window, entry: Entry) -> Message:
        """Return what *entry* has to say of *window*, as that is now.

        A question settles the one before it for its host.
        """
        known = {
            "name": name(self.words, window),
            "times": times(self.words, window.start, window.end, window.zone),
            "actor": entry.actor,
            **fields(self.words, window, entry),
        }
        told = Message(
            text=self.words.say("windows", entry.event, **known),
            acts=acts(self.words, deeds(entry)),
            loud=entry.event in LOUD,
        )
        asks = entry.event is WindowEvent.ASKED
        return told.settling(card_of(str(entry.data["host"]))) if asks else told


def _quiet(entry: Entry, answered: str) -> bool:
    here = bool(answered) and entry.actor == answered and entry.event in ANSWERED
    return here or entry.event in SILENT
