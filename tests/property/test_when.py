"""What was echoed is when it happens: typed times about both changes of the clock in four zones."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.executors.system_clock import SystemClock
from bot.maintenance.windows.when import between, each_day, echo, instant
from bot.rules.errors import BadRequest, Code
from bot.rules.window.lengths import duration
from bot.rules.window.phrase import read, read_span
from tests.property.clock_changes import DAY, HOUR, MINUTE, ZONES, changes, first, readings, wall

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Wish(NamedTuple):
    """A time that somebody types, and what it may mean."""

    text: str
    zone: str  # in which it is meant
    configured: str
    now: datetime
    clock: time
    days: tuple[date, ...]

    def meant(self) -> datetime:
        """Ask at *now*, on a machine whose own clock shows the time of the zone."""
        with at(self.now, self.zone):
            return instant(read(self.text.split())[0], SystemClock().now(), self.configured)


def at(now: datetime, zone: str) -> time_machine.travel:
    return time_machine.travel(now.astimezone(ZoneInfo(zone)), tick=False)


def typed(text: str, now: datetime, zone: str) -> datetime:
    return instant(read(text.split())[0], now, zone)


@st.composite
def nows(draw: st.DrawFn, zone: str) -> datetime:
    """Draw an instant within nine days of a change, often within hours."""
    change = draw(st.sampled_from(changes(zone)))
    far = draw(st.sampled_from([3 * 3600, 30 * 3600, 9 * 86400]))
    return change + timedelta(seconds=draw(st.integers(-far, far)))


@st.composite
def times(draw: st.DrawFn, zone: str) -> time:
    """Draw a time of the day, often one that a change leaves out or shows twice."""
    shown = wall(draw(st.sampled_from(changes(zone))), zone)
    near = st.integers(-90, 90).map(lambda minutes: (shown + minutes * MINUTE).time())
    return draw(near | st.times().map(lambda any_time: any_time.replace(second=0, microsecond=0)))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    zone = draw(st.sampled_from(ZONES))
    now, clock = draw(nows(zone)), draw(times(zone))
    today = wall(now, zone).date()
    day = draw(st.integers(0, 12).map(lambda days: today + days * DAY))
    word, days = draw(st.sampled_from(forms(day, today)))
    configured, named = draw(st.sampled_from([(zone, ""), ("Pacific/Auckland", f" {zone}")]))
    return Wish(f"{word} {clock:%H:%M}{named}", zone, configured, now, clock, days)


def forms(day: date, today: date) -> list[tuple[str, tuple[date, ...]]]:
    """Return the ways to name *day*, each with the dates it may mean."""
    two_weeks = [today + number * DAY for number in range(15)]
    name = WEEKDAYS[day.weekday()]
    same = tuple(each for each in two_weeks if each.weekday() == day.weekday())
    yearly = (day, day.replace(year=day.year + 1))
    dated = [(day.isoformat(), (day,)), (f"{day.day} {day:%b} {day.year}", (day,))]
    yearless = [(f"{day.day} {day:%b}", yearly), (f"{day:%B} {day.day}", yearly)]
    near = [("", tuple(two_weeks)), ("today", (today,)), ("tomorrow", (today + DAY,))]
    return [*dated, *yearless, *near, (name, same), (name[:3].upper(), same)]


def every(
    search: settings, strategy: st.SearchStrategy[Wish], check: Callable[[Wish], None]
) -> None:
    """Check many of *strategy*, five times as many as a machine has nights: each is short."""
    many = settings(search, max_examples=5 * search.max_examples)
    many(given(strategy)(check))()


def test_a_typed_time_is_the_first_that_the_clock_shows_or_is_refused_with_both_readings(
    search: settings,
) -> None:
    def check(wish: Wish) -> None:
        wanted = first(wish.days, wish.clock, wish.now, wish.zone)
        try:
            found = wish.meant()
        except BadRequest as refused:
            judge(refused, wanted, wish)
        else:
            assert (found,) == wanted
            assert found > wish.now
            assert wall(found, wish.zone).time() == wish.clock

    every(search, wishes(), check)


def judge(refused: BadRequest, wanted: tuple[datetime, ...], wish: Wish) -> None:
    """Check that a refusal was right: the time is past, or there are two readings."""
    if refused.code is Code.TIME_PAST:
        assert not wanted
        assert refused.fields["now"] == wish.now
        return
    assert refused.code is Code.CLOCK_CHANGE
    assert len(wanted) == 2
    assert refused.fields["readings"] == wanted
    local = refused.fields["local"]
    shown = [wall(each, wish.zone) == local for each in wanted]
    assert shown == ([True, True] if refused.fields["kind"] == "fold" else [False, False])


@st.composite
def unclear(draw: st.DrawFn) -> Wish:
    """Draw a time that does not exist, or exists twice, some hours or days before."""
    zone = draw(st.sampled_from([zone for zone in ZONES if len(changes(zone)) > 1]))
    change = draw(st.sampled_from(changes(zone)))
    # What the clock shows just before a change, and just behind it, lies around both.
    lost = max(wall(change, zone), wall(change - MINUTE, zone) + MINUTE)
    shift = abs(wall(change, zone) - wall(change - MINUTE, zone) - MINUTE)
    local = lost - draw(st.integers(1, shift // MINUTE)) * MINUTE
    now = change - draw(st.integers(0, 9 * 24 * 60)) * MINUTE - 2 * HOUR
    return Wish(f"{local:%Y-%m-%dT%H:%M}", zone, zone, now, local.time(), (local.date(),))


def test_a_time_that_is_unclear_is_always_refused_and_each_reading_typed_back_is_accepted(
    search: settings,
) -> None:
    def check(wish: Wish) -> None:
        with pytest.raises(BadRequest) as refused:
            wish.meant()
        offered = refused.value.fields["readings"]
        wanted = readings(datetime.combine(wish.days[0], wish.clock), wish.zone)
        assert offered == wanted
        assert isinstance(offered, tuple)
        for reading in offered:
            text = reading.isoformat(timespec="minutes")
            assert wall(reading, wish.zone) == reading.replace(tzinfo=None)
            assert typed(text, wish.now, wish.zone) == reading
            assert typed(text.replace("T", " "), wish.now, wish.zone) == reading

    every(search, unclear(), check)


def test_what_was_echoed_is_what_the_clock_shows_when_it_happens(search: settings) -> None:
    def check(wish: Wish) -> None:
        try:
            found = wish.meant()
        except BadRequest:
            return
        shown = echo(found, wish.zone, "Asia/Tokyo")
        assert shown[0].zone == wish.zone
        assert [each.at for each in shown] == [found] * len(shown)
        with at(found, wish.zone):  # the C library's clock is a third that has to agree
            local = clocks.strftime("%Y-%m-%d %H:%M", clocks.localtime())
        assert local == f"{shown[0].at:%Y-%m-%d} {wish.clock:%H:%M}"
        for each in shown:
            back = each.at.replace(tzinfo=None)
            assert wall(found, each.zone) == back
            assert found in readings(back.replace(second=0), each.zone)

    every(search, wishes(), check)


def test_an_echo_typed_back_with_its_offset_is_the_same_instant(search: settings) -> None:
    def check(wish: Wish) -> None:
        start = wish.now.replace(second=0)
        for each in echo(start, wish.zone, "America/St_Johns"):
            text = f"{each.at:%d %b %Y %H:%M} {each.at.isoformat()[-6:]}"
            assert typed(text, start - MINUTE, wish.configured) == start

    every(search, wishes(), check)


def test_a_series_keeps_its_local_time_on_every_day_or_is_refused(search: settings) -> None:
    def check(wish: Wish) -> None:
        start = wish.now
        local = wall(start, wish.zone)
        wanted = [readings(local.replace(second=0) + n * DAY, wish.zone) for n in range(1, 9)]
        try:
            days = each_day(start, 9, wish.zone)
        except BadRequest as refused:
            code = refused.code
            assert code is Code.CLOCK_CHANGE
            assert any(len(each) == 2 for each in wanted)
        else:
            assert all(len(each) == 1 for each in wanted)
            assert [wall(each, wish.zone) for each in days] == [local + n * DAY for n in range(9)]
            assert days[0] == start

    every(search, wishes(), check)


@pytest.mark.parametrize("zone", ZONES)
def test_hours_and_minutes_from_now_are_exact_whatever_the_clock_does(
    search: settings, zone: str
) -> None:
    @search
    @given(nows(zone), st.integers(0, 30), st.integers(1, 59))
    def check(now: datetime, hours: int, minutes: int) -> None:
        with at(now, zone):
            asked = SystemClock().now()
            found = typed(f"in {hours}h{minutes}m", asked, zone)
        assert found - now == timedelta(hours=hours, minutes=minutes)
        assert duration(f"{hours}h{minutes}m", 31 * HOUR) == found - now

    check()


@pytest.mark.parametrize("zone", ZONES)
def test_days_from_now_are_days_of_the_calendar(search: settings, zone: str) -> None:
    @search
    @given(nows(zone), st.integers(1, 12))
    def check(now: datetime, days: int) -> None:
        local = wall(now, zone) + days * DAY
        seconds = timedelta(seconds=local.second)
        wanted = [each + seconds for each in readings(local - seconds, zone)]
        try:
            found = [typed(f"in {days}d", now, zone)]
        except BadRequest as refused:
            found = list(refused.fields["readings"])  # type: ignore[call-overload]
        assert found == wanted

    check()


@pytest.mark.parametrize("zone", ZONES)
def test_a_span_of_days_is_whole_and_reaches_into_what_is_to_come(
    search: settings, zone: str
) -> None:
    @search
    @given(nows(zone), st.integers(0, 14), st.integers(0, 60))
    def check(now: datetime, ahead: int, length: int) -> None:
        begins = wall(now, zone).date() + ahead * DAY
        ends = begins + length * DAY
        span, _ = read_span(f"{begins.day} {begins:%b} to {ends.day} {ends:%b}".split())
        start, end = between(span, now, zone)
        assert wall(start, zone) == datetime.combine(begins, time())
        assert wall(end, zone) == datetime.combine(ends + DAY, time())
        assert start < end
        assert now < end

    check()


def test_the_changes_are_where_they_are_known_to_be() -> None:
    assert {zone: [f"{change:%m-%d %H:%M}" for change in changes(zone)] for zone in ZONES} == {
        "Europe/London": ["03-29 01:00", "10-25 01:00"],
        "America/New_York": ["03-08 07:00", "11-01 06:00"],
        "Asia/Kolkata": ["03-29 01:00"],  # quiet
        "Australia/Lord_Howe": ["04-04 15:00", "10-03 15:30"],
    }
    assert wall(datetime(2026, 4, 4, 15, tzinfo=UTC), "Australia/Lord_Howe").time() == time(1, 30)
