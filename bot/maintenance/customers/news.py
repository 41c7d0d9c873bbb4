"""Tells chats what customers have said on their pages: opt-ins by the hour, trials at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.maintenance.customers.counting import back
from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.failures import translated
from bot.maintenance.telling import Deed, acts
from bot.ports import Message
from bot.rules.errors import TryAgain
from bot.rules.optin import standing
from notifications import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.maintenance.words import Words
    from bot.ports import Chat, Clock, Cursor
    from bot.rules.fleet import Fleet
    from bot.rules.optin import OptIn, TrialWish
    from notifications import Campaign, Change

# The names under which cursors are kept.
OPT_INS, TRIALS, ANSWERS, HOURS = "optins", "trials", "answers", "trial hours"
HOUR = timedelta(hours=1)
#: Ways in which a customer speaks for themselves; the others were answered where they were typed.
THEIRS = frozenset({"link", "undo"})


#: What keeps an answer from its reader, who waits for it.
FAILED = frozenset(
    {ChangeEvent.REFUSED, ChangeEvent.UNCERTAIN, ChangeEvent.BOUNCED, ChangeEvent.STOPPED}
)


class Mail(Protocol):
    """The part of campaigns that is looked at."""

    async def campaign(self, number: int) -> Campaign:
        """Return the head of one."""

    async def changes(self, after: int, campaign: int = 0) -> tuple[Change, ...]:
        """Return what happened after a number, oldest first."""


class Journal(Protocol):
    """The part of the store that is told, and that remembers what was told."""

    async def statements(
        self, *, guest: str = "", how: str = "", after: int = 0
    ) -> tuple[OptIn, ...]:
        """Return statements about opt-ins after a number, oldest first."""

    async def trial_statements(self, after: int = 0) -> tuple[TrialWish, ...]:
        """Return statements about trials after a number, oldest first."""

    async def trial_wishes(self) -> Mapping[str, TrialWish]:
        """Return the newest statement about a trial of each guest."""

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*; number 0 if it has told nothing."""

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""


@dataclass(frozen=True, kw_only=True)
class CustomerProjection:
    """Tells chats about customers; several chats and processes do not disturb each other."""

    store: Journal
    mail: Mail
    words: Words
    fleet: Fleet
    world: Clock
    machine: Callable[[], datetime]  # the time of chats: world time may go faster

    async def tell(self, chat: Chat) -> None:
        """Tell *chat* what is new. While it or the store is away, nothing, and no cursor moves."""
        try:
            with translated():
                await self._trials(chat)
                await self._hours(chat)
                await self._opt_ins(chat)
                await self._answers(chat)
        except TryAgain:
            return  # the next look tells it, from the cursors

    async def skip(self, chat: Chat) -> None:
        """Tell *chat* only what happens from now on."""
        said, wishes = await self.store.statements(), await self.store.trial_statements()
        for run, rows in ((OPT_INS, said), (TRIALS, wishes)):
            if rows:
                cursor = await self.store.cursor(chat.name, run)
                await self.store.move(replace(cursor, number=rows[-1].number))
        cursor = await self.store.cursor(chat.name, ANSWERS)
        with translated():
            while changes := await self.mail.changes(cursor.number):
                cursor = replace(cursor, number=changes[-1].number)
        await self.store.move(cursor)

    async def _trials(self, chat: Chat) -> None:
        cursor = await self.store.cursor(chat.name, TRIALS)
        for wish in await self.store.trial_statements(cursor.number):
            if wish.how in THEIRS:
                await chat.post(self._wished(wish))
            cursor = replace(cursor, number=wish.number)
            await self.store.move(cursor)

    async def _hours(self, chat: Chat) -> None:
        """Say that the time has come that was agreed for a trial; a person begins it."""
        now = self.world.now()
        cursor = await self.store.cursor(chat.name, HOURS)
        if not cursor.message:  # what was agreed for a time before this chat was there is not asked
            await self.store.move(replace(cursor, message=now.isoformat()))
            return
        since, wishes = _instant(cursor.message), (await self.store.trial_wishes()).values()
        agreed = [
            (w.agreed, w) for w in wishes if w.wanted and w.agreed and since < w.agreed <= now
        ]
        for at, wish in sorted(agreed, key=lambda pair: (pair[0], pair[1].number)):
            await chat.post(self._due(wish))
            await self.store.move(replace(cursor, message=at.isoformat()))

    def _due(self, wish: TrialWish) -> Message:
        text = self.words.say("customers", "trial_due", guest=wish.guest, at=wish.agreed)
        deeds = (Deed(code="trial", command=f"trial {wish.guest}", guest=wish.guest),)
        return Message(text=text, acts=acts(self.words, deeds), loud=True)

    def _wished(self, wish: TrialWish) -> Message:
        known = self.fleet.guests.get(wish.guest)
        fields = {"guest": wish.guest, "host": known.host if known else "", "note": wish.note}
        macro = "trial_wished" if wish.wanted else "trial_withdrawn"
        text = self.words.say("customers", macro, kernel=wish.kernel, who=wish.who, **fields)
        deeds = (Deed(code="trial", command=f"trial {wish.guest}", guest=wish.guest),)
        return Message(text=text, acts=acts(self.words, deeds if wish.wanted else ()))

    async def _opt_ins(self, chat: Chat) -> None:
        """Tell how many are back in: one line an hour at most, so the first at once."""
        cursor = await self.store.cursor(chat.name, OPT_INS)
        new = await self.store.statements(after=cursor.number)
        theirs = [row for row in new if row.how in THEIRS]
        now = self.machine()
        if not theirs or (cursor.message and now - _instant(cursor.message) < HOUR):
            return
        await chat.post(Message(text=await self._counted(standing(theirs))))
        await self.store.move(replace(cursor, number=new[-1].number, message=now.isoformat()))

    async def _answers(self, chat: Chat) -> None:
        """Tell of answers that did not reach their reader; of all others nobody needs to hear."""
        cursor = await self.store.cursor(chat.name, ANSWERS)
        while changes := await self.mail.changes(cursor.number):
            failed = [change for change in changes if change.event in FAILED]
            answers = [c for c in failed if (await self.mail.campaign(c.campaign)).answer]
            waiting = [c for c in answers if c.event is ChangeEvent.STOPPED]
            for change in (c for c in answers if c not in waiting):
                await chat.post(await self._failed(change))
            if waiting:
                known = {"count": len(waiting), "reason": waiting[0].fields.get("detail", "")}
                text = self.words.say("customers", "answers_wait", **known)
                await chat.post(Message(text=text, loud=True))
            cursor = replace(cursor, number=changes[-1].number)
            await self.store.move(cursor)

    async def _failed(self, change: Change) -> Message:
        kind = (await self.mail.campaign(change.campaign)).kind
        known = {"campaign": change.campaign, "kind": kind, "event": change.event.value}
        address = str(change.fields.get("address", ""))
        return Message(text=self.words.say("customers", "unanswered", address=address, **known))

    async def _counted(self, newest: Mapping[str, OptIn]) -> str:
        guests = self.fleet.guests
        ours = frozenset(guest for guest in guests if is_customer(self.fleet, guest))
        now = back(await self.store.statements(), ours)
        ins = sum(row.wanted for row in newest.values())
        moves = {"ins": ins, "outs": len(newest) - ins}
        return str(self.words.say("customers", "counted", back=now, **moves))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
