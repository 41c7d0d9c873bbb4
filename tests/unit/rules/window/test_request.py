"""Windows, moves and freezes as people type them: what is read, and what does not fit."""

from contextlib import suppress
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.splitting import split
from bot.rules.errors import BadRequest, Code
from bot.rules.window.days import Dated, Weekday
from bot.rules.window.lengths import After
from bot.rules.window.phrase import Phrase, Span
from bot.rules.window.request import (
    Form,
    Frozen,
    Moved,
    Scheduled,
    read_freeze,
    read_move,
    read_reason,
    read_schedule,
)

FORM = Form("schedule", "schedule HOST[,HOST] WHEN")
SAT = Phrase(day=Weekday.SAT, time=time(1, 0))
MON = Phrase(day=Weekday.MON, time=time(20, 0))
IN_3H = Phrase(after=After(exact=timedelta(hours=3)))
TWO, FOUR = timedelta(hours=2), timedelta(hours=4)
ONE, THREE = ("hobgoblin",), ("h1", "h2", "h3")

SCHEDULED = {
    "hobgoblin sat 01:00": Scheduled(hosts=ONE, start=SAT),
    "hobgoblin from sat 01:00": Scheduled(hosts=ONE, start=SAT),
    "hobgoblin SAT 01:00 FOR 2H": Scheduled(hosts=ONE, start=SAT, length=TWO),
    "hobgoblin in 3h for 1h30m": Scheduled(hosts=ONE, start=IN_3H, length=timedelta(minutes=90)),
    "h1,h2,h3 sat 01:00": Scheduled(hosts=THREE, start=SAT),
    "h1, h2 ,h3 sat 01:00": Scheduled(hosts=THREE, start=SAT),
    "h1,h2,h3,h1 sat 01:00": Scheduled(hosts=THREE, start=SAT),
    "h1,h2,h3 from mon 20:00 for 4h each day": Scheduled(
        hosts=THREE, start=MON, length=FOUR, each_day=True
    ),
    "h1,h2,h3 mon 20:00 daily for 4h": Scheduled(
        hosts=THREE, start=MON, length=FOUR, each_day=True
    ),
    "hobgoblin sat 01:00 auto for 2h": Scheduled(hosts=ONE, start=SAT, length=TWO, auto=True),
    "hobgoblin sat 01:00 --auto": Scheduled(hosts=ONE, start=SAT, auto=True),
    'hobgoblin sat 01:00 reason "a new kernel"': Scheduled(
        hosts=ONE, start=SAT, reason="a new kernel"
    ),
    'hobgoblin sat 01:00 --reason "a new kernel" auto': Scheduled(
        hosts=ONE, start=SAT, reason="a new kernel", auto=True
    ),
    "hobgoblin sat 01:00 for 2h reason a new kernel for Xen": Scheduled(
        hosts=ONE, start=SAT, length=TWO, reason="a new kernel for Xen"
    ),
    "hobgoblin sat 01:00 reason kernel for 2h": Scheduled(
        hosts=ONE, start=SAT, length=TWO, reason="kernel"
    ),
    "hobgoblin sat 01:00 reason kernel": Scheduled(hosts=ONE, start=SAT, reason="kernel"),
    'hobgoblin sat 01:00 embargo mon 20:00 reason "XSA-1"': Scheduled(
        hosts=ONE, start=SAT, embargo=MON, reason="XSA-1"
    ),
    'hobgoblin sat 01:00 reason "XSA 1" embargo until mon 20:00': Scheduled(
        hosts=ONE, start=SAT, embargo=MON, reason="XSA 1"
    ),
}
UNFIT = {
    "hobgoblin sat 01:00 fro 2h": "fro",
    "hobgoblin sat 01:00 2h": "2h",
    "hobgoblin sat 01:00 for 2h for 3h": "for",
    "hobgoblin sat 01:00 auto auto": "auto",
    "hobgoblin sat 01:00 each day": "each day",
    "h1,h2 sat 01:00 each week": "week",
    "h1,h2 sat 01:00 each": "",
    "h1,h2 sat 01:00 daily each day": "each",
    "hobgoblin sat 01:00 for": "",
    "hobgoblin sat 01:00 reason": "",
    "hobgoblin sat 01:00 reason ''": "",
    'hobgoblin sat 01:00 "a new kernel"': "a new kernel",
    "hobgoblin sat 01:00 to 03:00": "to",
}
OTHERS = {
    "": Code.BAD_TIME,
    ",": Code.BAD_NAME,
    "hobgoblin": Code.BAD_TIME,
    "hobgoblin, sat": Code.BAD_TIME,
    "hobgoblin sat": Code.BAD_TIME,
    "hobgoblin sat 1am": Code.BAD_TIME,
    "hobgoblin sat 01:00 for 2 hours": Code.BAD_TIME,
    "hobgoblin sat 01:00 for 9999h": Code.BAD_TIME,
    "hobgoblin sat 01:00 embargo": Code.BAD_TIME,
    "hob/goblin sat 01:00": Code.BAD_NAME,
    "hobgoblin clockwork sat 01:00": Code.BAD_TIME,
}


def refusal(line: str) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read_schedule(split(line), FORM)
    return caught.value


@pytest.mark.parametrize("line", SCHEDULED)
def test_a_window_is_read_as_it_was_meant(line: str) -> None:
    assert read_schedule(split(line), FORM) == SCHEDULED[line]


@pytest.mark.parametrize("line", UNFIT)
def test_what_does_not_fit_is_named_with_the_whole_form(line: str) -> None:
    error = refusal(line)

    assert (error.code, error.fields["word"]) == (Code.SCHEDULE_FORM, UNFIT[line])
    assert error.fields["usage"] == FORM.usage


@pytest.mark.parametrize("line", OTHERS)
def test_names_and_times_are_refused_as_everywhere(line: str) -> None:
    assert refusal(line).code == OTHERS[line]


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("sat 01:00", Moved(start=SAT)),
        ("to sat 01:00 for 2h", Moved(start=SAT, length=TWO)),
        ("in 3h", Moved(start=IN_3H)),
    ],
)
def test_a_move_is_read(line: str, moved: Moved) -> None:
    assert read_move(line.split(), FORM) == moved


@pytest.mark.parametrize(
    "line", ["sat 01:00 auto", "sat 01:00 for 2h 3h", "sat 01:00 2h", "sat 01:00 for"]
)
def test_a_move_takes_nothing_but_a_time_and_a_length(line: str) -> None:
    with pytest.raises(BadRequest, match="schedule_form"):
        read_move(line.split(), FORM)


@pytest.mark.parametrize("lead", ["", "from "])
@pytest.mark.parametrize("why", ['"the holidays"', "the holidays", 'reason "the holidays"'])
def test_a_freeze_is_read_with_its_reason(lead: str, why: str) -> None:
    span = Span(Phrase(day=Dated(12, 20)), Phrase(day=Dated(1, 2)))

    words = split(f"{lead}20 dec to 2 jan {why}")

    assert read_freeze(words, FORM) == Frozen(span=span, reason="the holidays")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("20 dec to 2 jan", Code.SCHEDULE_FORM),
        ("20 dec to 2 jan reason", Code.SCHEDULE_FORM),
        ("20 dec", Code.BAD_TIME),
        ("holidays", Code.BAD_TIME),
    ],
)
def test_a_freeze_needs_two_times_and_a_reason(line: str, code: Code) -> None:
    with pytest.raises(BadRequest) as caught:
        read_freeze(line.split(), FORM)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("line", "why"),
    [("reason no need", "no need"), ("no need", "no need"), ("reason", ""), ("", "")],
)
def test_a_reason_may_have_its_word_before_it(line: str, why: str) -> None:
    assert read_reason(line.split()) == why


_SAID = ("hobgoblin", "h1,h2", ",", "sat", "01:00", "in", "3h", "for", "2h", "each", "day", "to")
_MORE = ("auto", "—auto", "embargo", "until", "reason", "a new kernel", "20", "dec", "", '"', "\0")
_PARTS = st.sampled_from(_SAID + _MORE)


@given(st.lists(_PARTS, max_size=12))
def test_whatever_is_typed_is_read_or_refused(words: list[str]) -> None:
    read: Any
    for read in (read_schedule, read_move, read_freeze):
        with suppress(BadRequest):
            read(words, FORM)
