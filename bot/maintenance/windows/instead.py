"""What is told instead when a window is moved or cancelled, and to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.maintenance.windows import letters
from bot.maintenance.windows.letters import Letter, only, without

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.windows.letters import Date, Letters
    from bot.rules.window.terms import Window


async def moved(by: Letters, was: Window, window: Window) -> list[Letter]:
    """Return what is told: that it is moved to those who knew of it, and it to all others.

    Each contact gets one mail, with the date that it knows: one before may not have reached it.
    """
    told, posted = await by.told_by_date(was), await by.posted(was)
    others = await by.gather(letters.SCHEDULED, window, window.changed)
    drafts = []
    for (start, end), guests in told.items():
        facts = await by.gather(letters.RESCHEDULED, was, window.changed)
        theirs = by.of_same_contacts(guests, others.items)
        values = {"was_start": start, "was_end": end}
        drafts.append(Letter(kind=letters.RESCHEDULED, facts=only(facts, theirs), values=values))
        others = without(others, theirs)
    drafts = _told_apart(drafts, list(told), posted)
    if others.items:
        drafts.append(Letter(kind=letters.SCHEDULED, facts=others, announce=posted is None))
    return drafts


async def cancelled(by: Letters, was: Window, reason: str, now: datetime) -> list[Letter]:
    """Return what is told, each of the date that they know; nothing, if nobody knows of it."""
    told, posted = await by.told_by_date(was), await by.posted(was)
    drafts = []
    for (start, end), guests in told.items():
        facts = await by.gather(letters.CANCELLED, was, now)
        items = {guest: {"action": item["action"]} for guest, item in guests.items()}
        values = {"start": start, "end": end} | ({"reason": reason} if reason else {})
        facts = replace(facts, items=items)
        drafts.append(Letter(kind=letters.CANCELLED, facts=facts, values=values))
    return _told_apart(drafts, list(told), posted)


def _told_apart(drafts: list[Letter], dates: list[Date], posted: Date | None) -> list[Letter]:
    """Give each letter its key, and that of the date which the announce list knows a post."""
    known = dates.index(posted) if posted in dates else 0
    return [
        replace(draft, key=str(n) if n else "", announce=posted is not None and n == known)
        for n, draft in enumerate(drafts)
    ]
