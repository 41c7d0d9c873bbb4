"""Tells chats how campaigns are sent: one live message each, and a line for what happens.

It only reads: a chat that is down is told later, in order, from where it was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.mail_news import (
    TURNS,
    about_campaign,
    portions,
    settled,
    shown,
)
from bot.maintenance.telling import acts
from bot.ports import Chat, Cursor, Message
from bot.rules.errors import TryAgain
from notifications import Campaign, CampaignState, Change, ChangeEvent, DeliveryState, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.maintenance.notices.mail_news import Portion
    from bot.maintenance.words import Words

LIVE_PACE = 2.0  # seconds of machine time between two edits of a live message
GATHER = 3.0  # seconds of machine time in which recipients of one fate share a message


class Mail(Protocol):
    """The part of campaigns that is told."""

    async def campaign(self, number: int) -> Campaign:
        """Return its head."""

    async def progress(self, number: int) -> Progress:
        """Say how it stands."""

    async def changes(self, after: int, campaign: int = 0) -> tuple[Change, ...]:
        """Return what happened after a number, oldest first."""


class Cursors(Protocol):
    """The part of the store that remembers what was told."""

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*; number 0 if it has told nothing."""

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""


@dataclass(kw_only=True)
class _Told:
    """How far one chat has told one campaign."""

    campaign: int
    cursor: Cursor
    shown: Message | None = None
    state: CampaignState | None = None
    edited: float = 0.0  # machine time
    waits: float | None = None  # machine time since which news is kept back for more of its sort


class MailProjection:
    """Tells chats about campaigns. Chats, processes and campaigns do not disturb each other."""

    def __init__(
        self,
        mail: Mail,
        store: Cursors,
        words: Words,
        *,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read *mail*, remember in *store*; *machine* paces edits, in seconds."""
        self._mail = mail
        self._store = store
        self._words = words
        self._machine = machine
        self._told: dict[tuple[str, int], _Told] = {}

    async def tell(self, chat: Chat, campaign: int, *, whole: bool = False) -> bool:
        """Tell *chat* what is new; return whether the campaign is at rest and all is told.

        While it is sent, what can share a message is kept back for a moment, unless *whole*.

        Repeating it tells nothing twice, save what a chat took just before a crash. While the
        chat or the store is away it tells nothing, moves no cursor, and returns False.

        Raises BadRequest(MAIL: UNKNOWN_CAMPAIGN).
        """
        try:
            with translated():
                return await self._tell(chat, campaign, whole=whole)
        except TryAgain:
            # What happened is read again from the cursor, which stands behind what was taken.
            self._told.pop((chat.name, campaign), None)
            return False

    def forget(self, chat: Chat) -> None:
        """Read anew how far *chat* is told: another process may have told it meanwhile."""
        self._told = {key: told for key, told in self._told.items() if key[0] != chat.name}

    async def skip(self, chat: Chat, campaign: int) -> None:
        """Tell *chat* only what happens from now on."""
        told = await self._known(chat, campaign)
        with translated():
            while changes := await self._mail.changes(told.cursor.number, campaign):
                told.cursor = replace(told.cursor, number=changes[-1].number)
        await self._store.move(told.cursor)

    async def _tell(self, chat: Chat, campaign: int, *, whole: bool) -> bool:
        told = await self._known(chat, campaign)
        # The head first: the changes that led to its state are then among those read after it.
        state = (await self._mail.campaign(campaign)).state
        changes = await self._mail.changes(told.cursor.number, campaign)
        sending = state is CampaignState.SENDING
        if (changes or sending) and not told.cursor.message:
            await self._begin(chat, told)
        while changes := self._ripe(told, changes, gathers=sending and not whole):
            for portion in portions(changes):
                await self._say(chat, told, portion)
            changes = await self._mail.changes(told.cursor.number, campaign)
        await self._refresh(chat, told, state)
        return not sending

    def _ripe(self, told: _Told, changes: Sequence[Change], *, gathers: bool) -> tuple[Change, ...]:
        """Return those of *changes* that are told now: what shares a message is waited for."""
        ripe, rest = settled(changes)
        now = self._machine()
        if not gathers or not rest:
            told.waits = None
            return tuple(changes)
        told.waits = now if told.waits is None else told.waits
        if now - told.waits < GATHER:
            return ripe
        told.waits = None
        return tuple(changes)

    async def _known(self, chat: Chat, campaign: int) -> _Told:
        key = (chat.name, campaign)
        if key not in self._told:
            cursor = await self._store.cursor(chat.name, f"mail:{campaign}")
            self._told[key] = _Told(campaign=campaign, cursor=cursor)
        return self._told[key]

    async def _begin(self, chat: Chat, told: _Told) -> None:
        message = self._live(await self._mail.progress(told.campaign))
        reference = await chat.post(message)
        told.cursor = replace(told.cursor, message=reference)
        told.shown, told.edited = message, self._machine()
        await self._store.move(told.cursor)

    async def _say(self, chat: Chat, told: _Told, portion: Portion) -> None:
        known = dict(portion.fields)
        if portion.macro == ChangeEvent.DONE:
            known |= await self._totals(told.campaign)
        message = Message(
            text=self._words.say("mail_events", portion.macro, **known),
            acts=acts(self._words, portion.deeds),
            audience=portion.audience,
            loud=portion.loud,
        )
        if portion.macro in TURNS:
            message = message.settling(about_campaign(told.campaign))
        await chat.reply(told.cursor.message, message)
        told.cursor = replace(told.cursor, number=portion.number)
        await self._store.move(told.cursor)

    async def _refresh(self, chat: Chat, told: _Told, state: CampaignState) -> None:
        """Edit the live message: at once when the campaign's state has changed, else paced."""
        now = self._machine()
        if not told.cursor.message or (state is told.state and now - told.edited < LIVE_PACE):
            return
        if state is told.state and state is not CampaignState.SENDING:
            return  # nothing moves
        message = self._live(await self._mail.progress(told.campaign))
        if message != told.shown:
            await chat.update(told.cursor.message, message)
        told.shown, told.edited, told.state = message, now, state

    async def _totals(self, campaign: int) -> dict[str, object]:
        progress = await self._mail.progress(campaign)
        fields = shown(progress)
        counted = self._words.say("mail", "counted", counts=fields["counts"])
        return {
            "total": fields["total"],
            "counted": counted,
            "refused": progress.counts[DeliveryState.REFUSED],
        }

    def _live(self, progress: Progress) -> Message:
        return Message(text=self._words.say("mail", "live", **shown(progress)), live=True)
