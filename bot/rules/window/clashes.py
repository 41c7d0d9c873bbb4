"""What a window may not be beside: another window of a host, a freeze. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.errors import Code, Precondition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.rules.window.terms import Freeze, Window


def refuse_clash(window: Window, others: Iterable[Window], freezes: Iterable[Freeze]) -> None:
    """Raise Precondition if *window* cannot stand beside *others* and *freezes*.

    WINDOW_OVERLAPS, with the other window; FROZEN, with the freeze. *others* stand.
    """
    for other in others:
        shared = [host for host in window.hosts if host in other.hosts]
        if shared and other.number != window.number and _meet(window, other.start, other.end):
            raise Precondition(Code.WINDOW_OVERLAPS, hosts=shared, **_named(other))
    for freeze in freezes:
        if _meet(window, freeze.start, freeze.end):
            raise Precondition(Code.FROZEN, start=window.start, freeze=freeze)


def windows_in(freeze: Freeze, windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return those of *windows* that a new *freeze* meets; they stand all the same."""
    return tuple(window for window in windows if _meet(window, freeze.start, freeze.end))


def _meet(window: Window, start: datetime, end: datetime) -> bool:
    return window.start < end and start < window.end


def _named(other: Window) -> dict[str, object]:
    return {
        "number": other.number,
        "start": other.start,
        "end": other.end,
        "who": other.actor,
        "reason": other.reason,
    }
