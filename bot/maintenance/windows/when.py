"""Which instant is meant by a time that was typed, and what clocks show at an instant.

The one module that knows the library of local times. *now* is aware; *zone* is the configured one,
by its name. What comes out is aware UTC, unless said otherwise. Days are reckoned in the zone of
the phrase: `tomorrow 01:00 UTC` is tomorrow as UTC has it.

A local time that a change of the clock leaves out, or shows twice, is never chosen here: it is
refused, with both readings, as long as one of them is to come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache

from whenever import Instant, PlainDateTime, TimeZoneNotFoundError, available_timezones

from bot.rules.errors import BadRequest, Code
from bot.rules.window.days import Near, dates, written
from bot.rules.window.lengths import After
from bot.rules.window.mistyped import TimeProblem, bad_time
from bot.rules.window.phrase import Phrase, Span
from bot.rules.window.zones import offset

_DAY = timedelta(days=1)
_EPOCH = Instant.from_utc(1970, 1, 1)
_UTC = frozenset({"utc", "etc/utc", "uct", "etc/uct", "zulu", "etc/zulu", "universal"})


@dataclass(frozen=True)
class Local:
    """What the clock of *zone* shows *at* an instant; aware, with the offset that holds then."""

    zone: str
    at: datetime


def instant(phrase: Phrase, now: datetime, zone: str) -> datetime:
    """Return the instant that *phrase* means: the first such strictly after *now*.

    `in 2d` is the same local time two days of the calendar later; hours and minutes are exact.

    Raises:
        BadRequest: CLOCK_CHANGE with both readings, each with its offset; TIME_PAST;
            BAD_TIME with ZONE.
    """
    if phrase.after is not None:
        return _later(phrase.after, now, zone)
    place = _place(phrase, zone)
    found = _first(phrase, dates(phrase.day, _wall(now, place).date()), place, now)
    return _to_come(found, now)


def between(span: Span, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the start and the end that *span* means; the end is the first such after the start.

    A day alone is its first instant at the start, and the first of the next day at the end. Such a
    start may lie before *now*, by less than a day.

    Raises:
        BadRequest: as of `instant`; WINDOW_BACKWARDS.
    """
    start, place = _start(span.start, now, zone), _place(span.end, zone)
    today = _wall(now if isinstance(span.end.day, Near) else start, place).date()
    end = _end(span.end, dates(span.end.day, today), place, start)
    if end <= start:
        raise BadRequest(Code.WINDOW_BACKWARDS, start=start, end=end)
    return start, _to_come(end, now)


def each_day(start: datetime, count: int, zone: str) -> tuple[datetime, ...]:
    """Return *start*, and its local time in *zone* on the days that follow: *count* in all.

    Raises:
        BadRequest: CLOCK_CHANGE, of one of the days that follow.
    """
    local = _wall(start, zone)
    later = (_only(local + number * _DAY, zone) for number in range(1, count))
    return (start.astimezone(UTC), *later)[:count]


def echo(at: datetime, zone: str, customers_zone: str) -> tuple[Local, ...]:
    """Return what clocks show *at* an instant: in *zone*, UTC and *customers_zone*, each once."""
    names = dict.fromkeys(map(_canonical, (zone, "UTC", customers_zone)))
    return tuple(Local(name, _shown(at, name)) for name in names)


def zone_of(phrase: Phrase, zone: str) -> str:
    """Return the name of the zone that *phrase* names; the configured one for none or an offset.

    Raises:
        BadRequest: BAD_TIME with ZONE.
    """
    return _canonical(zone) if offset(phrase.zone) else _place(phrase, zone)


def _first(phrase: Phrase, days: Iterable[date], place: str, after: datetime) -> datetime:
    """Return the first moment after *after* that *phrase* has on one of *days*; else the last."""
    readings: tuple[datetime, ...] = ()
    for day in days:
        local = datetime.combine(day, phrase.time or time())
        readings = _readings(local, place)
        if readings[-1] > after:
            return _only(local, place)
    return readings[-1].astimezone(UTC)


def _start(phrase: Phrase, now: datetime, zone: str) -> datetime:
    if phrase.time is not None or phrase.after is not None:
        return instant(phrase, now, zone)
    place = _place(phrase, zone)
    days = list(dates(phrase.day, _wall(now, place).date()))
    coming = (day for day in days if _midnight(day + _DAY, place) > now)
    if (day := next(coming, None)) is None:
        return _to_come(_midnight(days[-1] + _DAY, place), now)
    return _midnight(day, place)


def _end(phrase: Phrase, days: Iterable[date], place: str, start: datetime) -> datetime:
    if phrase.time is not None:
        return _first(phrase, days, place, start)
    ends = [_midnight(day + _DAY, place) for day in days]
    return next((end for end in ends if end > start), ends[-1])


def _later(after: After, now: datetime, zone: str) -> datetime:
    if not after.days:
        return now.astimezone(UTC) + after.exact
    return _only(_wall(now, zone) + after.days * _DAY, zone) + after.exact


def _to_come(found: datetime, now: datetime) -> datetime:
    if found <= now:
        raise BadRequest(Code.TIME_PAST, instant=found, now=now.astimezone(UTC))
    return found


# ---- clocks; a place is the name of a zone, or an offset ----


def _only(local: datetime, place: str) -> datetime:
    """Return the one instant at which *place* has the *local* time; or refuse it."""
    readings = _readings(local, place)
    if len(readings) == 1:
        return readings[0].astimezone(UTC)
    kind = "fold" if readings[0].replace(tzinfo=None) == local else "gap"
    raise BadRequest(Code.CLOCK_CHANGE, local=local, zone=place, kind=kind, readings=readings)


def _readings(local: datetime, place: str) -> tuple[datetime, ...]:
    """Return what *local* can mean in *place*, with offsets: one instant, or two about a change."""
    if fixed := offset(place):
        return (local.replace(tzinfo=fixed),)
    plain = PlainDateTime(local)
    earlier = plain.assume_tz(place, disambiguation="earlier")
    later = plain.assume_tz(place, disambiguation="later")
    both = (each.to_fixed_offset().to_stdlib() for each in (earlier, later))
    return tuple(dict.fromkeys(both))


def _shown(at: datetime, place: str) -> datetime:
    """Return *at* with the offset that *place* has then."""
    if fixed := offset(place):
        return at.astimezone(fixed)
    return Instant(at.astimezone(UTC)).to_tz(place).to_fixed_offset().to_stdlib()


def _wall(at: datetime, place: str) -> datetime:
    return _shown(at, place).replace(tzinfo=None)


def _midnight(day: date, place: str) -> datetime:
    """Return the first instant of *day*, which is not 00:00 where the clock changes then."""
    if fixed := offset(place):
        return datetime.combine(day, time(), fixed).astimezone(UTC)
    noon = PlainDateTime(datetime.combine(day, time(12)))
    zoned = noon.assume_tz(place, disambiguation="earlier").start_of("day")
    return zoned.to_instant().to_stdlib()


def _place(phrase: Phrase, zone: str) -> str:
    """Return where *phrase* is reckoned: its offset, its zone, or the configured one."""
    if offset(phrase.zone):
        return phrase.zone
    try:
        return _canonical(phrase.zone or zone)
    except TimeZoneNotFoundError:
        day = written(phrase.day) if phrase.day else ""
        clock = f"{phrase.time:%H:%M}" if phrase.time else ""
        near = f"{day} {clock} {_like(phrase.zone)}"
        raise bad_time(phrase.zone, TimeProblem.ZONE, near) from None


@lru_cache
def _canonical(name: str) -> str:
    """Return the *name* of a zone as it is written. Raises TimeZoneNotFoundError."""
    return "UTC" if name.lower() in _UTC else _EPOCH.to_tz(name).tz_id or name


def _like(name: str) -> str:
    known = {each.lower(): each for each in available_timezones()}
    near = get_close_matches(name.lower(), known, n=1)
    return known[near[0]] if near else "Europe/London"
