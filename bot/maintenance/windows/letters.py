"""Notices of a window: gathered first, then drafted in the transaction that changes the window."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import earlier
from bot.maintenance.notices.audiences import addressed, called
from bot.maintenance.notices.desk import By
from bot.maintenance.notices.gathered import Asked, Gathered
from bot.maintenance.windows.gone import DATED, Date, date_of, gone, went_out
from bot.rules.errors import Code, Precondition
from bot.rules.window.terms import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.notices.desk import Notices
    from bot.maintenance.notices.gathered import Sources
    from bot.rules.window.terms import Window
    from notifications import Recipient

    #: Writes the calendar's text for a window; the flag says that it is cancelled.
    Calendar = Callable[[Window, bool], str]
    #: More work of one transaction; returns what its entry in the journal says of it.
    Work = Callable[[Any, Window], Mapping[str, Any]]

ACTOR = "maintbot"  # who drafts; a person approves
SCHEDULED = "maintenance-scheduled"
REMINDER = "maintenance-reminder"
RESCHEDULED = "maintenance-rescheduled"
CANCELLED = "maintenance-cancelled"
CHANGED = "maintenance-changed"
OVERRUN = "maintenance-overrun"
REASON = "maintenance-reason"
_WITH_CALENDAR = frozenset({SCHEDULED, REMINDER, RESCHEDULED, CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One notice that is to be drafted: its facts, and what makes it unlike others."""

    kind: str
    facts: Gathered
    key: str = ""  # beside kind, window and revision
    announce: bool = True
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class Letters:
    """Gathers notices of windows, and drafts them."""

    def __init__(
        self, notices: Notices, sources: Sources, calendar: Calendar, *, announces: bool
    ) -> None:
        """Draft by *notices* what *sources* tell; *announces*: there is an announce list."""
        self._notices, self._sources = notices, sources
        self._calendar, self._announces = calendar, announces

    async def gather(
        self, kind: str, window: Window, at: datetime, hosts: Sequence[str] = ()
    ) -> Gathered:
        """Return whom a notice of *kind* concerns, and with what; only on *hosts* if there are any.

        A host that has left the inventory concerns nobody any more.

        Raises Precondition: NOT_ANNOUNCED, NOTHING_CHANGED.
        """
        here = tuple(h for h in hosts or window.hosts if h in self._sources.fleet.hosts)
        if not here:
            first = window.hosts[0]
            raise Precondition(Code.NOT_ANNOUNCED, kind=kind, host=first, start=window.start)
        occasion = window.occasion if window.number else ""
        asked = Asked(kind=kind, at=at, about=here, occasion=occasion)
        return await self._notices.gather(kind, asked)

    async def told(self, window: Window) -> Mapping[str, Mapping[str, Any]]:
        """Return by guest what its contact was told last of *window*, by mails that went out.

        Whatever date that was for: a contact may not have heard yet that it was moved.
        """
        dated = await self.told_by_date(window)
        return {guest: item for items in dated.values() for guest, item in items.items()}

    async def told_by_date(self, window: Window) -> Mapping[Date, Mapping[str, Mapping[str, Any]]]:
        """Return the same by start and end that the contact knows, the newest of them first."""
        known: dict[str, tuple[Date, Mapping[str, Any]]] = {}
        mails = await gone(self._sources.mail, window)
        for letter in mails:
            for delivery in (await self._sources.mail.report(letter.number)).deliveries:
                if went_out(delivery):
                    items = ((str(item["guest"]), item) for item in delivery.items)
                    known |= {guest: (date_of(letter), item) for guest, item in items}
        found = {
            told: {guest: item for guest, (of, item) in known.items() if of == told}
            for told in dict.fromkeys(map(date_of, reversed(mails)))
        }
        return {told: items for told, items in found.items() if items}

    async def dates(self, window: Window) -> set[Date]:
        """Return the dates of *window* that mails have given which began to be sent."""
        return {date_of(letter) for letter in await gone(self._sources.mail, window)}

    async def reason(self, window: Window, at: datetime) -> Gathered:
        """Return what everybody hears who was told of *window*, when its reason can be given."""
        dated = self.dated(window, at)
        known = {name: dated[name] for name in ("start", "end", "hosts")}
        values = {**known, "over": window.state is not WindowState.SCHEDULED}
        return Gathered(values=values, items={guest: {} for guest in await self.told(window)})

    async def announced(self, window: Window) -> earlier.Window | None:
        """Return what stands announced of *window*, of its first host that is; None: nothing."""
        before = await self._sources.mail.heads(window.occasion)
        here = (self._sources.fleet.hosts.get(name) for name in window.hosts)
        found = (earlier.of(before, called(host), window.occasion) for host in here if host)
        return next((known for known in found if known), None)

    async def posted(self, window: Window) -> Date | None:
        """Return the date that the announce list knows of *window*; None: it knows of none."""
        for post in reversed(await gone(self._sources.mail, window, announce=True)):
            if any(map(went_out, (await self._sources.mail.report(post.number)).deliveries)):
                return date_of(post)
        return None

    async def record(self, letter: Letter, window: Window, at: datetime) -> int:
        """Draft a letter in a commit of its own; return its number. The same key drafts once."""
        by = self._by(letter, window)
        return (
            await self._notices.record(letter.kind, self._facts(letter, window, at), by)
        ).campaign

    def recipients(self, facts: Gathered) -> tuple[Recipient, ...]:
        """Return whom *facts* concern, with what is said to each; some may have no address."""
        return addressed(self._sources.fleet, facts)

    def contacts(self, facts: Gathered) -> int:
        """Count the contacts with an address whom *facts* concern."""
        return sum(bool(each.address) for each in self.recipients(facts))

    async def drafting(self, letters: Sequence[Letter], at: datetime) -> Work:
        """Return the work that drafts *letters* about the window as it is then.

        A letter that would reach nobody is left out. What is drafted is said as `campaign`,
        `post` and `contacts`, of the first letter, and `campaigns`: all numbers.
        """
        draft = await self._notices.drafting()

        def work(connection: Any, window: Window) -> Mapping[str, Any]:  # noqa: ANN401 - opaque
            said: list[dict[str, int]] = []
            for letter in letters:
                contacts = self.contacts(letter.facts)
                if contacts:
                    facts, by = self._facts(letter, window, at), self._by(letter, window)
                    made = draft(letter.kind, facts, by)(connection)
                    known = {"campaign": made.campaign, "post": made.post}
                    said.append({**known, "contacts": contacts})
            first = said[0] if said else {"campaign": 0, "post": 0, "contacts": 0}
            return {**first, "campaigns": [each["campaign"] for each in said]}

        return work

    def _by(self, letter: Letter, window: Window) -> By:
        key = ":".join(filter(None, (window.occasion, str(window.revision), letter.kind)))
        key = f"{key}:{letter.key}" if letter.key else key
        return By(actor=ACTOR, key=key, announce=letter.announce and self._announces)

    def _facts(self, letter: Letter, window: Window, at: datetime) -> Gathered:
        values = {**letter.facts.values, **letter.values}
        if letter.kind in DATED:
            values |= self.dated(window, at)
        if letter.kind in _WITH_CALENDAR:
            values["calendar"] = self._calendar(window, letter.kind == CANCELLED)
        return replace(letter.facts, values=values, occasion=window.occasion)

    def dated(self, window: Window, at: datetime) -> dict[str, Any]:
        """Return the values that say when, where, and as far as that may be said, why."""
        fleet = self._sources.fleet
        known: dict[str, Any] = {"start": window.start, "end": window.end}
        known["hosts"] = [called(fleet.hosts[h]) if h in fleet.hosts else h for h in window.hosts]
        if reason := window.public_reason(at):
            known["reason"] = reason
        elif window.embargo and window.reason:
            known["reason_at"] = window.embargo
        return known


def only(facts: Gathered, guests: Collection[str]) -> Gathered:
    """Return *facts* as far as they concern *guests*."""
    return replace(facts, items={g: item for g, item in facts.items.items() if g in guests})


def without(facts: Gathered, guests: Collection[str]) -> Gathered:
    """Return *facts* as far as they concern others than *guests*."""
    return only(facts, facts.items.keys() - set(guests))
