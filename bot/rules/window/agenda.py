"""What is due for a window, and when; what there is no time for any more. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.window.terms import Due, DueKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.window.terms import Window, WindowSettings


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """The due rows of a window, and the reminders that there is no time for."""

    dues: tuple[Due, ...]
    too_late: tuple[int, ...] = ()  # days before the start


def agenda(window: Window, settings: WindowSettings, now: datetime) -> Agenda:
    """Return what is due for *window*, which is scheduled or moved *now*.

    A reminder that would go before, or too soon after, the notice that goes now is left out.
    """
    fits = {
        days: reminded_at(window, days) >= now + timedelta(hours=settings.apart_hours)
        for days in settings.reminder_days
    }
    reminders = [
        due for days, fit in fits.items() if fit for due in _reminder(window, days, settings)
    ]
    hour = [due for due in _hour(window, settings) if due.at > now or due.kind in _MUST]
    dues = sorted([*reminders, *hour, *_reveal(window, now)], key=lambda due: due.at)
    return Agenda(dues=tuple(dues), too_late=tuple(days for days, fit in fits.items() if not fit))


#: A window that begins in a moment is still asked about at its start.
_MUST = frozenset({DueKind.START, DueKind.END})


def reminded_at(window: Window, days: int) -> datetime:
    """Return when the reminder of *days* before the start goes."""
    return window.start - timedelta(days=days)


def _reminder(window: Window, days: int, settings: WindowSettings) -> Iterator[Due]:
    at = reminded_at(window, days)
    before = timedelta(hours=settings.show_hours)
    yield Due(kind=DueKind.SHOW, about=days, at=at - before)
    yield Due(kind=DueKind.REMIND, about=days, at=at)


def _hour(window: Window, settings: WindowSettings) -> Iterator[Due]:
    early = timedelta(minutes=settings.ask_minutes)
    yield Due(kind=DueKind.ASK, about=settings.ask_minutes, at=window.start - early)
    yield Due(kind=DueKind.START, at=window.start)
    for minutes in settings.ending_minutes:
        at = window.end - timedelta(minutes=minutes)
        if at > window.start:
            yield Due(kind=DueKind.ENDING, about=minutes, at=at)
    yield Due(kind=DueKind.END, at=window.end)


def _reveal(window: Window, now: datetime) -> Iterator[Due]:
    if window.embargo and window.embargo > now and window.reason:
        yield Due(kind=DueKind.REVEAL, at=window.embargo)
