"""What can be wrong with words that should be a time, and the nearest form that is one."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.rules.errors import BadRequest, Code
from bot.rules.names import shown

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEARS = range(2000, 2200)  # others are mistyped
EXAMPLE = "sat 01:00"

_TWELVE = re.compile(r"(1[0-2]|0?[1-9])(?:[:.]([0-5][0-9]))?(am|pm)")
_FIGURES = re.compile(r"([01]?[0-9]|2[0-3])[.h:]?([0-5][0-9])(?::[0-9]{2})?")
_SLASHES = re.compile(r"[0-9]{1,4}[/.][0-9]{1,2}(?:[/.][0-9]{1,4})?")
_TO_NOON = {"am": 0, "pm": 12}


class TimeProblem(StrEnum):
    """Why words are not a time; each has a macro in `templates/chat/times.jinja`."""

    NOTHING = "nothing"
    NOT_A_TIME = "not_a_time"
    NO_TIME = "no_time"  # a day alone
    TWELVE_HOURS = "twelve_hours"  # am, pm
    MIDNIGHT = "midnight"  # 24:00
    CLOCK = "clock"  # no time of the day in 24 hours
    NEXT = "next"  # the coming one, or the one of next week
    SLASHES = "slashes"  # day or month first
    NO_DATE = "no_date"  # 31 feb
    YEAR = "year"
    NO_MONTH = "no_month"
    ORDER = "order"  # the day stands behind the time
    OFFSET = "offset"
    ABBREVIATION = "abbreviation"  # of a zone
    ZONE = "zone"  # there is none of this name
    LENGTH = "length"
    ZERO = "zero"
    TOO_LONG = "too_long"
    NO_TO = "no_to"
    LENGTH_AT_END = "length_at_end"  # "to in 3h": from when?


def bad_time(word: str, problem: TimeProblem, nearest: str = EXAMPLE) -> BadRequest:
    """Make the error for *word*; *nearest* is what can be typed instead."""
    near = shown(nearest.strip())
    return BadRequest(Code.BAD_TIME, shown=shown(word), problem=problem.value, nearest=near)


def bad_clock(word: str, following: str, before: str, midnight: str) -> BadRequest:
    """Make the error for a *word* that is no time of the day.

    *following* is the word behind it, *before* its day as typed, *midnight* the end of that day.
    """
    if not word:
        problem = TimeProblem.NO_TIME if before else TimeProblem.NOTHING
        return bad_time(before, problem, f"{before} 01:00" if before else EXAMPLE)
    if twelve := _TWELVE.fullmatch(word):
        hour = int(twelve[1]) % 12 + _TO_NOON[twelve[3]]
        near = f"{before} {hour:02}:{twelve[2] or '00'}"
        return bad_time(word, TimeProblem.TWELVE_HOURS, near)
    if word == "24:00":
        return bad_time(word, TimeProblem.MIDNIGHT, midnight)
    figures = _FIGURES.fullmatch(word)  # 0100, 1.30, 01:00:00
    if not figures and not before:
        return bad_day(word, following)
    near = f"{before} {int(figures[1]):02}:{figures[2]}" if figures else f"{before} 01:00"
    if word[0].isdecimal():
        return bad_time(word, TimeProblem.CLOCK, near)
    return bad_time(before, TimeProblem.NO_TIME, near)


def bad_day(word: str, following: str = "") -> BadRequest:
    """Make the error for a *word* with which no time begins; *following* is the one behind it."""
    if word == "next":
        day = following if following[:3] in WEEKDAYS else "sat"
        return bad_time(f"{word} {following}".strip(), TimeProblem.NEXT, f"{day} 01:00")
    if _SLASHES.fullmatch(word):
        return bad_time(word, TimeProblem.SLASHES, "19 dec 01:00")
    if re.fullmatch(r"[0-9]{1,2}", word):
        month = following[:3] if following[:3] in MONTHS else "dec"
        return bad_time(
            f"{word} {following}".strip(), TimeProblem.NO_MONTH, f"{word} {month} 01:00"
        )
    if word[:1].isdecimal():
        return bad_time(word, TimeProblem.CLOCK, "01:00")
    return bad_time(word, TimeProblem.NOT_A_TIME, f"{_like(word)} 01:00")


def bad_date(word: str, year: int | None, month: int, day: int) -> BadRequest:
    """Make the error for a date that the calendar does not have."""
    if year is not None and year not in YEARS:
        return bad_time(word, TimeProblem.YEAR, f"{day} {_month(month)} 01:00")
    return bad_time(word, TimeProblem.NO_DATE, f"{min(max(day, 1), 28)} {_month(month)} 01:00")


def bad_offset(word: str, before: str) -> BadRequest:
    """Make the error for what begins like an offset from UTC and is none."""
    near = re.fullmatch(r"([+-])(0?[0-9]|1[0-3]):?([0-5][0-9])?", word)
    text = f"{near[1]}{int(near[2]):02}:{near[3] or '00'}" if near else "+01:00"
    return bad_time(word, TimeProblem.OFFSET, f"{before} {text}")


def _month(number: int) -> str:
    return MONTHS[min(max(number, 1), 12) - 1]


def _like(word: str) -> str:
    """Return the day that *word* begins like."""
    known = next((name for name in ("tomorrow", "today") if word[:3] == name[:3]), "")
    return known or next((day for day in WEEKDAYS if word[:2] == day[:2]), "sat")
