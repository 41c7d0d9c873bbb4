"""Days as people type them: `sat`, `tomorrow`, `19 dec`, `dec 19 2026`, `2026-12-19`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from bot.rules.window.mistyped import MONTHS, WEEKDAYS, YEARS, bad_date
from bot.rules.window.reader import Reader

LEAP_YEAR = 2000  # a date without a year may be the 29th of February

_DAY = timedelta(days=1)
_YEARS = range(9)  # the 29th of February comes again after eight years, at most
_DAYS = range(-1, 9)  # from yesterday, as a clock can go back over midnight
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})t(.+)")


class Weekday(Enum):
    """A day of the week, numbered as `datetime.date.weekday` does."""

    MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


class Near(Enum):
    """A day as seen from today; its value is how many days later it is."""

    TODAY, TOMORROW = range(2)


@dataclass(frozen=True)
class Dated:
    """A date; without a *year*, the next one of that name."""

    month: int
    day: int
    year: int | None = None


Day = Weekday | Near | Dated


def take_day(reader: Reader) -> Day | None:
    """Take a day, if one is next. Raises BadRequest(BAD_TIME): no such date."""
    if stamp := _STAMP.fullmatch(reader.word()):
        reader.split(stamp[1], stamp[2])
    if iso := _ISO.fullmatch(reader.word()):
        year, month, day = map(int, iso.groups())
        return _dated(reader, 1, Dated(month, day, year))
    word = reader.word()
    if word in _WEEKDAYS or word in _NEAR:
        reader.take()
        return _WEEKDAYS.get(word) or _NEAR[word]
    return _month_and_day(reader)


def dates(day: Day | None, today: date) -> Iterator[date]:
    """Return the dates that *day* can mean, the earliest first; None is every day."""
    match day:
        case Near():
            yield today + day.value * _DAY
        case Dated(year=int(year)):
            yield date(year, day.month, day.day)
        case Dated():
            yield from filter(None, (_in_year(day, today.year + later) for later in _YEARS))
        case _:
            about = (today + number * _DAY for number in _DAYS)
            yield from (each for each in about if day is None or each.weekday() == day.value)


def _month_and_day(reader: Reader) -> Day | None:
    """Take `19 dec`, `dec 19`, or either with a year."""
    first, second, year = (reader.word(ahead) for ahead in range(3))
    if second in _MONTHS:
        first, second = second, first
    if first not in _MONTHS or not re.fullmatch(r"[0-9]{1,2}", second):
        return None
    if re.fullmatch(r"[0-9]{4}", year):
        return _dated(reader, 3, Dated(_MONTHS[first], int(second), int(year)))
    return _dated(reader, 2, Dated(_MONTHS[first], int(second)))


def _dated(reader: Reader, count: int, dated: Dated) -> Dated:
    if _date(dated) is None:
        raise bad_date(reader.typed(count), dated.year, dated.month, dated.day)
    reader.take(count)
    return dated


def _date(dated: Dated) -> date | None:
    year = LEAP_YEAR if dated.year is None else dated.year
    return _in_year(dated, year) if year in YEARS else None


def _in_year(dated: Dated, year: int) -> date | None:
    try:
        return date(year, dated.month, dated.day)
    except ValueError:
        return None


def midnight(day: Day | None) -> str:
    """Return the end of *day* as it is typed: that is 00:00 of the next."""
    match day:
        case Weekday():
            return f"{written(Weekday((day.value + 1) % 7))} 00:00"
        case Dated() if found := _date(day):
            after = found + _DAY
            year = None if day.year is None else after.year
            return f"{written(Dated(after.month, after.day, year))} 00:00"
        case Near.TODAY:
            return "tomorrow 00:00"
        case Near.TOMORROW:
            return "tomorrow 23:59"
        case _:
            return "00:00"


def written(day: Day) -> str:
    """Return *day* as it is typed: `sat`, `today`, `19 dec`, `19 dec 2026`."""
    if isinstance(day, Dated):
        return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if day.year else "")
    return day.name.lower()


def _names(short: Sequence[str], full: str) -> dict[str, int]:
    return {name: short.index(name[:3]) for name in (*short, *full.split())}


_WEEKDAYS = {
    name: Weekday(number)
    for name, number in _names(
        WEEKDAYS,
        "monday tues tuesday weds wednesday thur thurs thursday friday saturday sunday",
    ).items()
}
_NEAR = {near.name.lower(): near for near in Near}
_MONTHS = {
    name: number + 1
    for name, number in _names(
        MONTHS,
        "january february march april june july august sept september october november december",
    ).items()
}
