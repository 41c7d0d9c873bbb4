"""Times as people type them: what is read, how much is taken, and what is offered instead."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.errors import BadRequest, Code
from bot.rules.window.days import Dated, Near, Weekday, dates, midnight
from bot.rules.window.lengths import After, duration, written
from bot.rules.window.mistyped import TimeProblem
from bot.rules.window.phrase import Phrase, Span, read, read_span
from bot.rules.window.zones import offset

ONE = time(1, 0)
NIGHT = time(23, 0)
DECEMBER = Dated(12, 19)

READ = {
    "sat 01:00": Phrase(day=Weekday.SAT, time=ONE),
    "Saturday 1:00": Phrase(day=Weekday.SAT, time=ONE),
    "THURS 23:00": Phrase(day=Weekday.THU, time=NIGHT),
    "tomorrow 01:00": Phrase(day=Near.TOMORROW, time=ONE),
    "Today 23:00": Phrase(day=Near.TODAY, time=NIGHT),
    "23:00": Phrase(time=NIGHT),
    "00:00": Phrase(time=time()),
    "2026-12-19 01:00": Phrase(day=Dated(12, 19, 2026), time=ONE),
    "2026-12-19T01:00": Phrase(day=Dated(12, 19, 2026), time=ONE),
    "2026-12-19t01:00z": Phrase(day=Dated(12, 19, 2026), time=ONE, zone="UTC"),
    "2026-10-25T01:30+01:00": Phrase(day=Dated(10, 25, 2026), time=time(1, 30), zone="+01:00"),
    "19 dec 01:00": Phrase(day=DECEMBER, time=ONE),
    "19 December 01:00": Phrase(day=DECEMBER, time=ONE),
    "dec 19 01:00": Phrase(day=DECEMBER, time=ONE),
    "19 dec 2026 01:00": Phrase(day=Dated(12, 19, 2026), time=ONE),
    "dec 19 2026 01:00": Phrase(day=Dated(12, 19, 2026), time=ONE),
    "29 feb 01:00": Phrase(day=Dated(2, 29), time=ONE),
    "sat 01:00 Europe/London": Phrase(day=Weekday.SAT, time=ONE, zone="Europe/London"),
    "sat 01:00 America/Argentina/Salta": Phrase(
        day=Weekday.SAT, time=ONE, zone="America/Argentina/Salta"
    ),
    "sat 01:00 utc": Phrase(day=Weekday.SAT, time=ONE, zone="UTC"),
    "sat 01:00 Z": Phrase(day=Weekday.SAT, time=ONE, zone="UTC"),
    "sat 01:00 +02:00": Phrase(day=Weekday.SAT, time=ONE, zone="+02:00"),
    "01:00-09:30": Phrase(time=ONE, zone="-09:30"),
    "in 3h": Phrase(after=After(exact=timedelta(hours=3))),
    "IN 90M": Phrase(after=After(exact=timedelta(minutes=90))),
    "in 1h30m": Phrase(after=After(exact=timedelta(minutes=90))),
    "in 2d": Phrase(after=After(days=2)),
    "in 1d12h": Phrase(after=After(days=1, exact=timedelta(hours=12))),
}
NEAREST = [
    ("", TimeProblem.NOTHING, "sat 01:00"),
    ("for 2h", TimeProblem.NOT_A_TIME, "sat 01:00"),
    ("satuday 01:00", TimeProblem.NOT_A_TIME, "sat 01:00"),
    ("tomorow 01:00", TimeProblem.NOT_A_TIME, "tomorrow 01:00"),
    ("sat", TimeProblem.NO_TIME, "sat 01:00"),
    ("19 dec for 2h", TimeProblem.NO_TIME, "19 dec 01:00"),
    ("sat 1am", TimeProblem.TWELVE_HOURS, "sat 01:00"),
    ("sat 12am", TimeProblem.TWELVE_HOURS, "sat 00:00"),
    ("tomorrow 1:30pm", TimeProblem.TWELVE_HOURS, "tomorrow 13:30"),
    ("sat 24:00", TimeProblem.MIDNIGHT, "sun 00:00"),
    ("sun 24:00", TimeProblem.MIDNIGHT, "mon 00:00"),
    ("24:00", TimeProblem.MIDNIGHT, "00:00"),
    ("today 24:00", TimeProblem.MIDNIGHT, "tomorrow 00:00"),
    ("31 dec 24:00", TimeProblem.MIDNIGHT, "1 jan 00:00"),
    ("2026-12-31 24:00", TimeProblem.MIDNIGHT, "1 jan 2027 00:00"),
    ("sat 25:00", TimeProblem.CLOCK, "sat 01:00"),
    ("sat 12:60", TimeProblem.CLOCK, "sat 01:00"),
    ("sat 0130", TimeProblem.CLOCK, "sat 01:30"),
    ("sat 1.30", TimeProblem.CLOCK, "sat 01:30"),
    ("01:00:00", TimeProblem.CLOCK, "01:00"),
    ("next sat 01:00", TimeProblem.NEXT, "sat 01:00"),
    ("next week", TimeProblem.NEXT, "sat 01:00"),
    ("19/12/2026 01:00", TimeProblem.SLASHES, "19 dec 01:00"),
    ("19.12.2026 01:00", TimeProblem.SLASHES, "19 dec 01:00"),
    ("31 feb 01:00", TimeProblem.NO_DATE, "28 feb 01:00"),
    ("29 feb 2026 01:00", TimeProblem.NO_DATE, "28 feb 01:00"),
    ("2026-13-01 01:00", TimeProblem.NO_DATE, "1 dec 01:00"),
    ("0 jan 01:00", TimeProblem.NO_DATE, "1 jan 01:00"),
    ("19 dec 1026 01:00", TimeProblem.YEAR, "19 dec 01:00"),
    ("9999-12-31 23:00", TimeProblem.YEAR, "31 dec 01:00"),
    ("19 01:00", TimeProblem.NO_MONTH, "19 dec 01:00"),
    ("19 janvier 01:00", TimeProblem.NO_MONTH, "19 jan 01:00"),
    ("01:00 sat", TimeProblem.ORDER, "sat 01:00"),
    ("01:00 UTC 19 dec", TimeProblem.ORDER, "19 dec 01:00"),
    ("sat 01:00 +2:00", TimeProblem.OFFSET, "sat 01:00 +02:00"),
    ("sat 01:00+0200", TimeProblem.OFFSET, "sat 01:00 +02:00"),
    ("sat 01:00 -5", TimeProblem.OFFSET, "sat 01:00 -05:00"),
    ("sat 01:00 +15:00", TimeProblem.OFFSET, "sat 01:00 +01:00"),
    ("sat 01:00 BST", TimeProblem.ABBREVIATION, "sat 01:00 Europe/London"),
    ("sat 01:00 est", TimeProblem.ABBREVIATION, "sat 01:00 Europe/London"),
    ("23:00 IST", TimeProblem.ABBREVIATION, "23:00 Europe/London"),
    ("in", TimeProblem.LENGTH, "1h30m"),
    ("in 3", TimeProblem.LENGTH, "3h"),
    ("in 3hours", TimeProblem.LENGTH, "3h"),
    ("in 45min", TimeProblem.LENGTH, "45m"),
    ("in 0h", TimeProblem.ZERO, "2h"),
    ("in 99999999999h", TimeProblem.LENGTH, "1h30m"),
]
SPANS = {
    "20 dec to 2 jan": Span(Phrase(day=Dated(12, 20)), Phrase(day=Dated(1, 2))),
    "2026-12-20 to 2027-01-02 12:00": Span(
        Phrase(day=Dated(12, 20, 2026)), Phrase(day=Dated(1, 2, 2027), time=time(12))
    ),
    "today UTC TO sun 06:00 Asia/Kolkata": Span(
        Phrase(day=Near.TODAY, zone="UTC"),
        Phrase(day=Weekday.SUN, time=time(6), zone="Asia/Kolkata"),
    ),
    "now to mon": Span(Phrase(after=After()), Phrase(day=Weekday.MON)),
    "in 3h to mon": Span(Phrase(after=After(exact=timedelta(hours=3))), Phrase(day=Weekday.MON)),
    "20:00 to 22:00": Span(Phrase(time=time(20)), Phrase(time=time(22))),
}
BAD_SPANS = [
    ("20 dec", TimeProblem.NO_TO, "20 dec to 2 jan"),
    ("20 dec until 2 jan", TimeProblem.NO_TO, "20 dec to 2 jan"),
    ("20 dec to", TimeProblem.NOTHING, "sat 01:00"),
    ("20 dec to in 3h", TimeProblem.LENGTH_AT_END, "20 dec to 2 jan"),
    ("20 dec 1am to 2 jan", TimeProblem.TWELVE_HOURS, "20 dec 01:00"),
    ("20 to 27 dec", TimeProblem.NO_MONTH, "20 dec 01:00"),
]
LENGTHS = {"2h": 120, "90m": 90, "1h30m": 90, "1H30M": 90, "24h": 1440, "1440m": 1440, "0h5m": 5}
BAD_LENGTHS = [
    ("", TimeProblem.LENGTH, "1h30m"),
    ("2", TimeProblem.LENGTH, "2h"),
    ("2hours", TimeProblem.LENGTH, "2h"),
    ("30m1h", TimeProblem.LENGTH, "1h30m"),
    ("-2h", TimeProblem.LENGTH, "1h30m"),
    ("1d", TimeProblem.LENGTH, "24h"),
    ("٢h", TimeProblem.LENGTH, "1h30m"),
    ("0h", TimeProblem.ZERO, "2h"),
    ("0m", TimeProblem.ZERO, "2h"),
    ("25h", TimeProblem.TOO_LONG, "24h"),
    ("1441m", TimeProblem.TOO_LONG, "24h"),
]
#: Words that lead far into the grammar, in any order.
PIECES = [
    *("sat", "next", "tomorrow", "19", "dec", "may", "feb", "30", "2026", "01:00", "24:00", "in"),
    *("3h", "2d", "to", "now", "UTC", "+01:00", "+99:99", "Europe/London", "bst", "2026-12-19"),
    *("2026-12-19T01:30+01:00", "2026-02-30t", "01:30z", "1am", "for", "9999-12-31", "", "0000"),
]


@pytest.mark.parametrize("text", READ)
def test_a_time_is_read_as_it_was_typed(text: str) -> None:
    assert read(text.split()) == (READ[text], ())


@pytest.mark.parametrize("text", READ)
@pytest.mark.parametrize("behind", ["for 2h", "each day", "a/b.c", "EVERY", "x" * 99, ""])
def test_what_stands_behind_a_time_is_left_as_it_is(text: str, behind: str) -> None:
    assert read([*text.split(), *behind.split()]) == (READ[text], tuple(behind.split()))


@pytest.mark.parametrize(("text", "problem", "near"), NEAREST)
def test_what_is_no_time_is_refused_with_the_nearest_that_is(
    text: str, problem: TimeProblem, near: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        read(text.split())

    assert refused.value.code is Code.BAD_TIME
    assert (refused.value.fields["problem"], refused.value.fields["nearest"]) == (problem, near)


@pytest.mark.parametrize("near", sorted({near for _, _, near in NEAREST if ":" in near}))
def test_what_is_offered_instead_is_a_time(near: str) -> None:
    assert read(near.split())[1] == ()


@pytest.mark.parametrize("text", SPANS)
def test_a_span_is_read_as_it_was_typed(text: str) -> None:
    assert read_span([*text.split(), "moving house"]) == (SPANS[text], ("moving house",))


@pytest.mark.parametrize(("text", "problem", "near"), BAD_SPANS)
def test_what_is_no_span_is_refused_with_the_nearest_that_is(
    text: str, problem: TimeProblem, near: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        read_span(text.split())

    assert (refused.value.fields["problem"], refused.value.fields["nearest"]) == (problem, near)


@pytest.mark.parametrize("word", LENGTHS)
def test_a_length_is_read_in_hours_and_minutes(word: str) -> None:
    assert duration(word) == timedelta(minutes=LENGTHS[word])


@pytest.mark.parametrize(("word", "problem", "near"), BAD_LENGTHS)
def test_what_is_no_length_is_refused_with_the_nearest_that_is(
    word: str, problem: TimeProblem, near: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        duration(word)

    assert (refused.value.fields["problem"], refused.value.fields["nearest"]) == (problem, near)


def test_the_caller_says_how_long_a_length_may_be() -> None:
    assert duration("30h", timedelta(hours=30)) == timedelta(hours=30)
    with pytest.raises(BadRequest) as refused:
        duration("2h", timedelta(minutes=90))
    assert refused.value.fields["nearest"] == "1h30m"


@given(st.integers(1, 24 * 60))
def test_a_length_that_is_written_is_read_again(minutes: int) -> None:
    assert duration(written(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@pytest.mark.parametrize("today", [date(2026, 11, 28), date(2027, 12, 31), date(2096, 3, 1)])
@pytest.mark.parametrize("day", [*Weekday, *Near, None, Dated(2, 29), Dated(1, 1)])
def test_every_day_has_a_date_that_is_not_past(today: date, day: Weekday) -> None:
    assert max(dates(day, today)) >= today
    assert list(dates(day, today)) == sorted(dates(day, today))


@pytest.mark.parametrize("day", [*Weekday, *Near, None, Dated(12, 31), Dated(2, 28, 2028)])
def test_the_end_of_a_day_can_be_typed(day: Weekday) -> None:
    assert read(midnight(day).split())[1] == ()


@pytest.mark.parametrize(
    ("zone", "minutes"), [("+00:00", 0), ("-09:30", -570), ("+14:00", 840), ("-00:30", -30)]
)
def test_an_offset_is_that_much_ahead(zone: str, minutes: int) -> None:
    found = offset(zone)

    assert found is not None
    assert found.utcoffset(None) == timedelta(minutes=minutes)


@pytest.mark.parametrize("zone", ["", "UTC", "Europe/London", "+14:30", "+1:00", "+01:00\n"])
def test_what_is_no_offset_is_none(zone: str) -> None:
    assert offset(zone) is None


word = st.sampled_from(PIECES) | st.text(max_size=80) | st.from_regex(r"[0-9T:+./hdm-]{1,20}")


@given(st.lists(word, max_size=8))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    for reader in (read, read_span):
        try:
            _, rest = reader(words)
        except BadRequest as refused:
            code, shown = refused.code, str(refused.fields["shown"])
            assert code is Code.BAD_TIME
            assert shown.isprintable()
        else:
            assert rest == tuple(words[len(words) - len(rest) :])


@given(word)
def test_any_word_is_a_length_or_refused(text: str) -> None:
    try:
        assert timedelta(0) < duration(text) <= timedelta(hours=24)
    except BadRequest as refused:
        code = refused.code
        assert code is Code.BAD_TIME


@pytest.mark.parametrize("piece", [*PIECES, "1", "é", "a/", "+", "\x00"])
@pytest.mark.parametrize("long", [True, False], ids=["one word", "many words"])
def test_a_flood_is_read_or_refused(piece: str, *, long: bool) -> None:
    words = [piece * 300_000] if long else [piece] * 300_000
    for reader in (read, read_span):
        try:
            reader(words)
        except BadRequest as refused:
            fields = str(refused.fields)
            assert len(fields) < 1_000
