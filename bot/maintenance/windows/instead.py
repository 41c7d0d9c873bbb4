"""What is told instead when a window is moved or cancelled, and to whom.

What was told is void for those who read it: they hear so at the address at which they did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.gathered import Gathered
from bot.maintenance.windows import letters
from bot.maintenance.windows.known import knowers
from bot.maintenance.windows.letters import Letter, without
from notifications import Recipient, same_mailbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.maintenance.windows.gone import Date
    from bot.maintenance.windows.known import Knower
    from bot.maintenance.windows.letters import Letters
    from bot.rules.window.terms import Window
    from notifications import Campaigns

_KEPT = ("downtime", "page", "reason")  # what a person may have set, and is true of another date


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Gathers it: by what went out before, and by whose guests there are now."""

    letters: Letters
    mail: Campaigns

    async def moved(self, was: Window, window: Window) -> list[Letter]:
        """Return what is told: that it is moved to those who knew of it, and it to all others.

        Each address gets one mail, with the date that it knows: one before may not have reached
        it. Who knows the new date already is told nothing.
        """
        told, posted = await knowers(self.mail, was), await self.letters.posted(was)
        others = await self.letters.gather(letters.SCHEDULED, window, window.changed)
        contacts, now = self.letters.recipients(others), (window.start, window.end)
        drafts = {}
        for date, knowing in told.items():
            others = without(others, _heard(knowing, contacts, again=date != now))
            if date != now:
                drafts[date] = _moved(date, knowing, contacts)
        told_anew = _told_apart(drafts, posted if posted != now else None)
        letter = Letter(kind=letters.SCHEDULED, facts=others, announce=posted is None)
        return [*told_anew, letter] if others.items else told_anew

    async def cancelled(self, was: Window, reason: str) -> list[Letter]:
        """Return what is told, each of the date that they know; nothing, if nobody knows of it.

        Also those whose guests, or whose host, have left the inventory.
        """
        told, posted = await knowers(self.mail, was), await self.letters.posted(was)
        drafts = {date: _cancelled(date, knowing, reason) for date, knowing in told.items()}
        return _told_apart(drafts, posted)


def _heard(knowing: Iterable[Knower], contacts: Iterable[Recipient], *, again: bool) -> set[str]:
    """Return the guests of *contacts* about which *knowing* know all.

    *again*: they get a mail now, in which all of theirs are.
    """
    known = {same_mailbox(knower.address): knower for knower in knowing}
    mine = ((known.get(same_mailbox(contact.address)), contact) for contact in contacts)
    pairs = ((knower, str(item["guest"])) for knower, c in mine if knower for item in c.items)
    return {guest for knower, guest in pairs if again or guest in knower.items}


def _moved(date: Date, knowing: Sequence[Knower], contacts: Sequence[Recipient]) -> Letter:
    """Tell it with what is intended for what they were told of, and for what else is theirs."""
    newest = knowing[-1].values
    values = {name: newest[name] for name in _KEPT if name in newest}
    values |= {"was_start": date[0], "was_end": date[1]}
    lists = ((knower, _theirs(knower, contacts)) for knower in knowing)
    to = tuple(_written(knower, items) for knower, items in lists if items)
    return Letter(kind=letters.RESCHEDULED, facts=Gathered(values=values, items={}, recipients=to))


def _theirs(knower: Knower, contacts: Iterable[Recipient]) -> list[Mapping[str, Any]]:
    here = same_mailbox(knower.address)
    listed = (
        (same_mailbox(contact.address), item) for contact in contacts for item in contact.items
    )
    return [item for at, item in listed if at == here or item["guest"] in knower.items]


def _cancelled(date: Date, knowing: Sequence[Knower], reason: str) -> Letter:
    newest = knowing[-1].values
    values: dict[str, Any] = {"start": date[0], "end": date[1], "hosts": newest["hosts"]}
    values |= {"page": newest["page"]} if "page" in newest else {}
    values |= {"reason": reason} if reason else {}
    to = tuple(_written(knower, map(_was, knower.items.values())) for knower in knowing)
    return Letter(kind=letters.CANCELLED, facts=Gathered(values=values, items={}, recipients=to))


def _was(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: item[name] for name in ("guest", "host", "action")}


def _written(knower: Knower, items: Iterable[Mapping[str, Any]]) -> Recipient:
    return Recipient(address=knower.address, name=knower.name, items=tuple(items))


def _told_apart(drafts: Mapping[Date, Letter], posted: Date | None) -> list[Letter]:
    """Give each letter its key, and that of the date which the announce list knows a post."""
    dates = list(drafts)
    known = dates.index(posted) if posted in dates else 0
    return [
        replace(draft, key=str(n) if n else "", announce=posted is not None and n == known)
        for n, draft in enumerate(drafts.values())
    ]
