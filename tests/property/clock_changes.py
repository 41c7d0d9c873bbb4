"""Clocks as the standard library knows them: what the tests of times are judged by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
YEAR = 2026
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def wall(at: datetime, zone: str) -> datetime:
    """Return what the clock of *zone* shows at an instant, naive."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@lru_cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return the instants in YEAR at which the clock of *zone* jumps; a quiet one if it never does.

    Changes stand at whole half hours.
    """
    start = datetime(YEAR, 1, 1, tzinfo=UTC)
    halves = (start + number * HOUR / 2 for number in range(366 * 48))
    found = tuple(at for at in halves if wall(at, zone) - wall(at - MINUTE, zone) != MINUTE)
    return found or (datetime(YEAR, 3, 29, 1, tzinfo=UTC),)


@lru_cache(maxsize=4096)
def instants(local: datetime, zone: str) -> tuple[datetime, ...]:
    """Return every instant at which the clock of *zone* shows *local*: none, one or two."""
    guess = local.replace(tzinfo=UTC)
    near = (guess + minutes * 30 * MINUTE for minutes in range(-30, 31))
    return tuple(at for at in near if wall(at, zone) == local)


def readings(local: datetime, zone: str) -> tuple[datetime, ...]:
    """Return what *local* can mean: `instants`; or, if there are none, by either offset."""
    if found := instants(local, zone):
        return found
    change = min(changes(zone), key=lambda at: abs(at - local.replace(tzinfo=UTC)))
    offsets = (wall(at, zone) - at.replace(tzinfo=None) for at in (change - MINUTE, change))
    return tuple(sorted((local - offset).replace(tzinfo=UTC) for offset in offsets))


def first(days: Iterable[date], clock: time, now: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the readings of *clock* on the first of *days* that are not all past."""
    each = (readings(datetime.combine(day, clock), zone) for day in days)
    return next((found for found in each if found[-1] > now), ())
