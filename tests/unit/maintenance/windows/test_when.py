"""Which instant a typed time means: London in the autumn of 2026, unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.maintenance.windows.when import between, each_day, echo, instant, zone_of
from bot.maintenance.words import Words
from bot.rules.errors import BadRequest, Code
from bot.rules.window.mistyped import TimeProblem
from bot.rules.window.phrase import read, read_span

LONDON = "Europe/London"
NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)  # a Saturday
SPRING = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)  # the Friday before the clocks go forward
AUTUMN = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)  # the Friday before they go back

MEANT = {
    "sat 01:00": "2026-12-05T01:00",
    "sat 14:30": "2026-12-05T14:30",  # strictly after now
    "sat 14:31": "2026-11-28T14:31",
    "sun 01:00": "2026-11-29T01:00",
    "fri 23:00": "2026-12-04T23:00",
    "tomorrow 01:00": "2026-11-29T01:00",
    "today 23:00": "2026-11-28T23:00",
    "23:00": "2026-11-28T23:00",
    "01:00": "2026-11-29T01:00",
    "2026-12-19T01:00": "2026-12-19T01:00",
    "19 dec 01:00": "2026-12-19T01:00",
    "28 nov 14:00": "2027-11-28T14:00",
    "1 jan 01:00": "2027-01-01T01:00",
    "29 feb 01:00": "2028-02-29T01:00",
    "1 jul 01:00": "2027-07-01T00:00",  # London is an hour ahead
    "1 jul 01:00 UTC": "2027-07-01T01:00",
    "sun 01:00 +02:00": "2026-11-28T23:00",
    "sat 23:00 America/New_York": "2026-11-29T04:00",
    "sun 00:30 Asia/Kolkata": "2026-11-28T19:00",
    "sun 00:30 asia/KOLKATA": "2026-11-28T19:00",
    "tomorrow 01:00 Asia/Kolkata": "2026-11-28T19:30",
    "in 3h": "2026-11-28T17:30",
    "in 1h30m": "2026-11-28T16:00",
    "in 2d": "2026-11-30T14:30",
}
PAST = {
    "today 14:30": "2026-11-28T14:30",
    "2026-11-28 14:00": "2026-11-28T14:00",
    "2020-03-29 01:30": "2020-03-29T01:30",  # it did not exist either
    "2020-10-25 01:30": "2020-10-25T01:30",  # it was there twice
    "today 01:00 Asia/Kolkata": "2026-11-27T19:30",
}
GAP = ("2026-03-29T00:30+00:00", "2026-03-29T02:30+01:00")
FOLD = ("2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00")
CHANGES = [
    (SPRING, "sun 01:30", "gap", GAP),
    (SPRING, "29 mar 01:30", "gap", GAP),
    (SPRING + timedelta(days=1), "tomorrow 01:30", "gap", GAP),
    (SPRING + timedelta(days=1), "01:30", "gap", GAP),
    (SPRING.replace(hour=1, minute=30), "in 2d", "gap", GAP),
    (SPRING, "sun 01:30 Europe/London", "gap", GAP),
    (AUTUMN, "sun 01:30", "fold", FOLD),
    (AUTUMN, "2026-10-25 01:30", "fold", FOLD),
    (AUTUMN.replace(hour=0, minute=30), "in 2d", "fold", FOLD),
    # Between the two, only one of them is still to come: nobody guesses all the same.
    (datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "01:30", "fold", FOLD),
]
SPANS = {
    "20 dec to 2 jan": ("2026-12-20T00:00", "2027-01-03T00:00"),
    "2026-12-20 to 2027-01-02 12:00": ("2026-12-20T00:00", "2027-01-02T12:00"),
    "20 dec 18:00 to 20 dec": ("2026-12-20T18:00", "2026-12-21T00:00"),
    "1 jun to 30 jun": ("2027-05-31T23:00", "2027-06-30T23:00"),
    "28 nov to 2 dec": ("2026-11-28T00:00", "2026-12-03T00:00"),
    "today to tomorrow": ("2026-11-28T00:00", "2026-11-30T00:00"),
    "sat to sun": ("2026-11-28T00:00", "2026-11-30T00:00"),
    "sun to sat": ("2026-11-29T00:00", "2026-12-06T00:00"),
    "sun to sun": ("2026-11-29T00:00", "2026-11-30T00:00"),
    "now to mon": ("2026-11-28T14:30", "2026-12-01T00:00"),
    "in 3h to mon": ("2026-11-28T17:30", "2026-12-01T00:00"),
    "20:00 to 06:00": ("2026-11-28T20:00", "2026-11-29T06:00"),
    "fri 20:00 to mon 06:00": ("2026-12-04T20:00", "2026-12-07T06:00"),
    "20 dec UTC to 2 jan Asia/Kolkata": ("2026-12-20T00:00", "2027-01-02T18:30"),
    "20 dec to 29 feb": ("2026-12-20T00:00", "2028-03-01T00:00"),
}
BAD_SPANS = [
    ("2026-12-20 to 2026-12-10", Code.WINDOW_BACKWARDS),
    ("tomorrow to today", Code.WINDOW_BACKWARDS),
    ("20 dec to 2026-12-10 12:00", Code.WINDOW_BACKWARDS),
    ("2026-11-01 to 2 dec", Code.TIME_PAST),
    ("today to today 12:00", Code.TIME_PAST),
    ("today 12:00 to 2 dec", Code.TIME_PAST),
    ("20 mar to 2027-03-28 01:30", Code.CLOCK_CHANGE),
    ("20 dec 01:00 to 2 jan 01:00 Europe/Nowhere", Code.BAD_TIME),
]
WORDS = Words(Path(__file__).resolve().parents[4] / "templates" / "chat")


def meant(text: str, now: datetime = NOW, zone: str = LONDON) -> datetime:
    phrase, rest = read(text.split())
    assert not rest
    return instant(phrase, now, zone)


def refusal(text: str, now: datetime = NOW, zone: str = LONDON) -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        meant(text, now, zone)
    return refused.value


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", MEANT)
def test_a_time_means_the_first_such_instant_after_now(text: str) -> None:
    assert meant(text) == utc(MEANT[text])


@pytest.mark.parametrize("text", PAST)
def test_what_is_past_is_refused_with_both_instants(text: str) -> None:
    refused = refusal(text)

    assert refused.code is Code.TIME_PAST
    assert refused.fields == {"instant": utc(PAST[text]), "now": NOW}


@pytest.mark.failure(56)
@pytest.mark.parametrize(("now", "text", "kind", "readings"), CHANGES)
def test_a_time_that_a_change_of_the_clock_makes_unclear_is_refused_with_both_readings(
    now: datetime, text: str, kind: str, readings: tuple[str, ...]
) -> None:
    refused = refusal(text, now)

    assert refused.code is Code.CLOCK_CHANGE
    assert (refused.fields["kind"], refused.fields["zone"]) == (kind, LONDON)
    assert f"{refused.fields['local']:%H:%M}" == "01:30"
    found: tuple[datetime, ...] = refused.fields["readings"]  # type: ignore[assignment]
    assert tuple(each.isoformat(timespec="minutes") for each in found) == readings


@pytest.mark.parametrize("reading", [*GAP, *FOLD])
def test_a_reading_is_accepted_as_it_was_shown(reading: str) -> None:
    assert meant(reading, SPRING) == datetime.fromisoformat(reading)


@pytest.mark.parametrize(("text", "hour"), [("sun 01:30+01:00", 0), ("sun 01:30 +00:00", 1)])
def test_an_offset_says_which_of_two_is_meant(text: str, hour: int) -> None:
    assert meant(text, AUTUMN) == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_the_words_of_a_refusal_can_be_typed_back() -> None:
    refused = refusal("sun 01:30", AUTUMN)
    said = WORDS.say("errors", refused.code, **refused.fields)

    assert said == (
        "2026-10-25 01:30 exists twice in Europe/London, because the clock changes there. Nothing"
        f" was done. Type the one that is meant: {FOLD[0]} or {FOLD[1]}"
    )


def test_a_time_is_past_on_the_day_of_the_change_once_both_readings_are() -> None:
    assert meant("sun 01:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)).day == 1


@pytest.mark.parametrize(
    ("name", "near"),
    [("Europe/Londin", "Europe/London"), ("x/y", "Europe/London"), ("us/easter", "US/Eastern")],
)
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest_that_does(
    name: str, near: str
) -> None:
    refused = refusal(f"sat 01:00 {name}")

    assert refused.fields == {
        "shown": name,
        "problem": TimeProblem.ZONE,
        "nearest": f"sat 01:00 {near}",
    }


def test_hours_are_exact_and_days_are_those_of_the_calendar() -> None:
    start = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # 13:00 there; a day later it is 12:00 UTC

    assert meant("in 24h", start) == start + timedelta(hours=24)
    assert meant("in 1d", start) == start + timedelta(hours=25)
    assert meant("in 1d2h", start) == start + timedelta(hours=27)


@pytest.mark.parametrize("text", SPANS)
def test_a_day_alone_is_whole_in_a_span(text: str) -> None:
    span, _ = read_span(text.split())

    assert between(span, NOW, LONDON) == tuple(map(utc, SPANS[text]))


@pytest.mark.parametrize(("text", "code"), BAD_SPANS)
def test_a_span_that_cannot_be_is_refused(text: str, code: Code) -> None:
    span, _ = read_span(text.split())

    with pytest.raises(BadRequest) as refused:
        between(span, NOW, LONDON)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Beirut", "29 mar", "2026-03-28T22:00", 23),  # there is no 00:00
        ("America/Havana", "1 nov", "2026-11-01T04:00", 25),  # 00:00 is there twice
        ("+05:30", "29 mar", "2026-03-28T18:30", 24),
    ],
)
def test_a_whole_day_begins_at_its_first_instant(
    zone: str, day: str, start: str, hours: int
) -> None:
    behind = zone if zone.startswith("+") else ""
    span, _ = read_span(f"{day} {behind} to {day} {behind}".split())

    begins, ends = between(span, SPRING, LONDON if behind else zone)

    assert (begins, ends - begins) == (utc(start), timedelta(hours=hours))


def test_a_series_keeps_its_local_time_over_a_change_of_the_clock() -> None:
    start = datetime(2026, 10, 23, 19, 0, tzinfo=UTC)

    assert each_day(start, 4, LONDON) == tuple(
        datetime(2026, 10, day, hour, 0, tzinfo=UTC)
        for day, hour in [(23, 19), (24, 19), (25, 20), (26, 20)]
    )


@pytest.mark.parametrize(("count", "days"), [(1, 1), (0, 0), (3, 3)])
def test_a_series_has_as_many_starts_as_are_asked_for(count: int, days: int) -> None:
    assert len(each_day(NOW, count, LONDON)) == days


@pytest.mark.failure(56)
def test_a_series_over_a_time_that_exists_twice_is_refused() -> None:
    with pytest.raises(BadRequest) as refused:
        each_day(datetime(2026, 10, 24, 0, 30, tzinfo=UTC), 2, LONDON)
    assert refused.value.fields["kind"] == "fold"


def test_a_series_may_begin_at_a_reading_that_was_chosen() -> None:
    start = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert each_day(start, 2, LONDON) == (start, start + timedelta(days=1))


def test_an_echo_is_what_the_clocks_show() -> None:
    shown = echo(datetime(2026, 7, 1, 0, 0, tzinfo=UTC), LONDON, "Asia/Kolkata")

    assert [(each.zone, each.at.isoformat(timespec="minutes")) for each in shown] == [
        ("Europe/London", "2026-07-01T01:00+01:00"),
        ("UTC", "2026-07-01T00:00+00:00"),
        ("Asia/Kolkata", "2026-07-01T05:30+05:30"),
    ]


@pytest.mark.parametrize(
    ("zone", "customers", "names"),
    [
        (LONDON, LONDON, [LONDON, "UTC"]),
        (LONDON, "europe/london", [LONDON, "UTC"]),
        ("UTC", "UTC", ["UTC"]),
        ("Etc/UTC", LONDON, ["UTC", LONDON]),
        (LONDON, "Zulu", [LONDON, "UTC"]),
    ],
)
def test_an_echo_names_no_zone_twice(zone: str, customers: str, names: list[str]) -> None:
    assert [each.zone for each in echo(NOW, zone, customers)] == names


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("sat 01:00", LONDON),
        ("sat 01:00 +05:30", LONDON),
        ("sat 01:00 Z", "UTC"),
        ("sat 01:00 asia/kolkata", "Asia/Kolkata"),
        ("in 3h", LONDON),
    ],
)
def test_a_window_is_kept_in_the_zone_that_was_named(text: str, zone: str) -> None:
    assert zone_of(read(text.split())[0], LONDON) == zone


@pytest.mark.parametrize("name", ["right/Europe/London", "posix/UTC", "Europe/../Rome", "../etc"])
def test_a_file_that_is_no_zone_is_not_read_as_one(name: str) -> None:
    _, rest = read(["sat", "01:00", name])

    assert rest == (name,)
