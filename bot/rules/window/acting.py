"""What a due row comes to at the moment that somebody looks at it. Pure.

Instants are in world time, which may have jumped, and the bot may have been away.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.policy.terms import Reason
from bot.rules.window.terms import DueKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.rules.plan.terms import Plan
    from bot.rules.window.terms import Due, Window, WindowSettings


class NotByItself(StrEnum):
    """Why a run that should start by itself is asked about instead."""

    LATE = "late"  # the bot was not there in time
    HELD = "held"  # a hold decides for a guest of it
    PROBLEMS = "problems"  # its plan may not be started
    UNTOLD = "untold"  # not every contact was told of this very time
    ALONE = "alone"  # a start needs a second person here


class NotReminded(StrEnum):
    """Why a reminder does not go."""

    NOT_APPROVED = "not_approved"  # no notice of its date has reached anybody
    TOO_SOON = "too_soon"  # another notice went out just now
    LATE = "late"  # its window has begun
    NOBODY = "nobody"  # no contact is concerned
    CANCELLED = "cancelled"  # a person has cancelled it
    REFUSED = "refused"  # the campaign cannot be sent: problem


def passed(due: Due, window: Window, now: datetime) -> bool:
    """Say whether there is no sense any more in doing what was due.

    A reminder after the start, the question before the start after it, a warning of the end after
    the end. What is due at the start is asked until the end; the end itself never passes.
    """
    if due.kind in {DueKind.SHOW, DueKind.REMIND, DueKind.ASK}:
        return now >= window.start
    return due.kind in {DueKind.ENDING, DueKind.START} and now >= window.end


def superseded(due: Due, others: Iterable[Due], now: datetime) -> bool:
    """Say whether one of *others*, due by *now* too, says the same and more.

    After a while away the channel is asked once, warned once, and a reminder goes once.
    """
    later = _SUPERSEDED_BY.get(due.kind, frozenset())
    return any(other.kind in later and due.at < other.at <= now for other in others)


_SUPERSEDED_BY = {
    DueKind.SHOW: frozenset({DueKind.REMIND}),
    DueKind.REMIND: frozenset({DueKind.REMIND}),
    DueKind.ASK: frozenset({DueKind.START}),
    DueKind.ENDING: frozenset({DueKind.ENDING, DueKind.END}),
}


def obstacle(
    window: Window, plan: Plan, now: datetime, settings: WindowSettings
) -> NotByItself | None:
    """Say why the run of *plan* does not start by itself now; None: it may.

    Never after the window, after downtime of the bot, or under a hold that decides for a guest.
    """
    if now - window.start > timedelta(seconds=settings.punctual_seconds) or now >= window.end:
        return NotByItself.LATE
    if any(step.reason is Reason.HELD for step in plan.steps):
        return NotByItself.HELD
    return NotByItself.PROBLEMS if plan.problems else None


def within(window: Window, started: datetime, settings: WindowSettings) -> bool:
    """Say whether a run that *started* then belongs to *window*; a little earlier is in it too."""
    early = timedelta(minutes=settings.grace_minutes)
    return window.start - early <= started < window.end
