"""How long: `2h`, `90m`, `1h30m`, in one word; and `2d`, where days of the calendar are meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.window.mistyped import TimeProblem, bad_time

LONGEST = timedelta(hours=24)  # of a window, where the caller says nothing else

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_LENGTH = re.compile(r"(?:([0-9]{1,4})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?")
_FIGURE = re.compile(r"([0-9]{1,4})(?:\.[0-9]+)?\s*([hm]?)[a-z]*")


@dataclass(frozen=True, kw_only=True)
class After:
    """So much later: first *days* of the calendar at the same local time, then *exact* time."""

    days: int = 0
    exact: timedelta = timedelta(0)


def duration(word: str, longest: timedelta = LONGEST) -> timedelta:
    """Return the length that *word* says, in hours and minutes.

    Raises:
        BadRequest: BAD_TIME with LENGTH, ZERO or TOO_LONG (more than *longest*).
    """
    read = after(word)
    if read.days:  # a day has 23 hours, once a year: a window says which it means
        near = written(min(24 * read.days * _HOUR, longest))
        raise bad_time(word, TimeProblem.LENGTH, near)
    if read.exact > longest:
        raise bad_time(word, TimeProblem.TOO_LONG, written(longest))
    return read.exact


def after(word: str) -> After:
    """Return how much later `in WORD` is: days, hours and minutes.

    Raises:
        BadRequest: BAD_TIME with LENGTH or ZERO.
    """
    found = _LENGTH.fullmatch(word.lower())
    if not word or found is None:
        raise bad_time(word, TimeProblem.LENGTH, _nearest(word.lower()))
    days, hours, minutes = (int(figure or 0) for figure in found.groups())
    read = After(days=days, exact=hours * _HOUR + minutes * _MINUTE)
    if read == After():
        raise bad_time(word, TimeProblem.ZERO, "2h")
    return read


def written(length: timedelta) -> str:
    """Return a *length* as it is typed: `24h`, `1h30m`, `45m`; seconds are left out."""
    hours, rest = divmod(length, _HOUR)
    minutes = rest // _MINUTE
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or not hours else "")


def _nearest(word: str) -> str:
    """Return `3h` for `3`, `3 hours` and `3.5h`; else an example."""
    found = _FIGURE.fullmatch(word)
    if found is None or not int(found[1]):
        return "1h30m"
    return f"{int(found[1])}{found[2] or 'h'}"
