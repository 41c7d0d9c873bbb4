"""What is due for a window, by when it starts; what there is no time for is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.window.agenda import Agenda, agenda
from bot.rules.window.terms import DueKind, Window, WindowSettings
from tests.unit.rules.window.windows import NOW, hours, window

SETTINGS = WindowSettings()
DAY = 24
LAST = ["ask 15", "start", "ending 30", "ending 10", "end"]
REMINDERS = ["show 7", "remind 7", "show 1", "remind 1"]

minutes = st.integers(min_value=1, max_value=60 * DAY * 30)
windows = st.builds(
    lambda start, length: window(start=start / 60, length=length / 60), minutes, minutes
)
settings = st.builds(
    WindowSettings,
    reminder_days=st.lists(st.integers(1, 30), unique=True, max_size=4).map(tuple),
    show_hours=st.floats(0, 48),
    apart_hours=st.floats(0, 48),
    ask_minutes=st.integers(0, 120),
    ending_minutes=st.lists(st.integers(1, 120), unique=True, max_size=4).map(tuple),
)


def made(of: Window, more: WindowSettings = SETTINGS) -> Agenda:
    return agenda(of, more, NOW)


def said(found: Agenda) -> list[str]:
    return [f"{due.kind} {due.about}".removesuffix(" 0") for due in found.dues]


def at(found: Agenda, kind: str, about: int = 0) -> float:
    """Return in how many hours something is due."""
    (due,) = (each for each in found.dues if (each.kind, each.about) == (kind, about))
    return (due.at - NOW) / timedelta(hours=1)


def test_in_two_weeks_all_is_due_in_its_order() -> None:
    found = made(window(start=DAY * 14))

    assert (said(found), found.too_late) == (REMINDERS + LAST, ())


def test_what_is_due_is_due_before_the_start_or_the_end() -> None:
    found = made(window(start=DAY * 14, length=2))

    assert [at(found, "show", 7), at(found, "remind", 7)] == [DAY * 7 - 12, DAY * 7]
    assert [at(found, "ask", 15), at(found, "start")] == [DAY * 14 - 0.25, DAY * 14]
    assert [at(found, "ending", 30), at(found, "end")] == [DAY * 14 + 1.5, DAY * 14 + 2]


@pytest.mark.parametrize(
    ("start", "too_late", "first"),
    [
        (DAY * 7 + 12, (), "show 7"),  # the first notice now, and the reminder in 12 hours
        (DAY * 7 + 11.9, (7,), "show 1"),
        (DAY * 3, (7,), "show 1"),
        (DAY * 1 + 12, (7,), "show 1"),
        (DAY * 1 + 11, (7, 1), "ask 15"),
        (1, (7, 1), "ask 15"),
        (0.25, (7, 1), "start"),
        (0.001, (7, 1), "start"),
    ],
)
def test_a_reminder_that_there_is_no_time_for_is_said_and_not_sent(
    start: float, too_late: tuple[int, ...], first: str
) -> None:
    found = made(window(start=start))

    assert (found.too_late, said(found)[0]) == (too_late, first)


@pytest.mark.parametrize(
    ("length", "warnings"),
    [(2, ["ending 30", "ending 10"]), (0.5, ["ending 10"]), (0.4, ["ending 10"]), (0.1, [])],
)
def test_a_short_window_is_not_said_to_end_before_it_begins(
    length: float, warnings: list[str]
) -> None:
    found = said(made(window(length=length)))

    assert [each for each in found if each.startswith("ending")] == warnings


def test_a_reason_under_embargo_is_due_when_it_can_be_given() -> None:
    found = made(window(start=DAY * 14, reason="XSA", embargo=hours(50)))

    assert at(found, "reveal") == 50


def test_a_reason_that_can_be_given_already_is_not_revealed_any_more() -> None:
    assert "reveal" not in said(made(window(reason="XSA", embargo=hours(0))))


def test_without_a_reason_there_is_nothing_to_reveal() -> None:
    assert "reveal" not in said(made(window(embargo=hours(50))))


@given(windows, settings)
def test_only_the_start_and_the_end_may_be_due_in_the_past(
    of: Window, more: WindowSettings
) -> None:
    late = of.start + timedelta(minutes=7)  # it is moved while it goes on

    for now in (NOW, late):
        past = {due.kind for due in agenda(of, more, now).dues if due.at < now}
        assert past <= {DueKind.SHOW, DueKind.START, DueKind.END}


@given(windows, settings)
def test_a_reminder_goes_or_is_said_to_be_too_late(of: Window, more: WindowSettings) -> None:
    found = made(of, more)

    goes = [due.about for due in found.dues if due.kind is DueKind.REMIND]
    assert sorted([*goes, *found.too_late]) == sorted(more.reminder_days)


@given(windows, settings)
def test_a_reminder_is_apart_from_the_notice_that_goes_now(
    of: Window, more: WindowSettings
) -> None:
    apart = timedelta(hours=more.apart_hours)

    for due in made(of, more).dues:
        assert due.kind is not DueKind.REMIND or NOW + apart <= due.at <= of.start


@given(windows, settings)
def test_the_agenda_is_in_order_and_has_one_start_and_one_end(
    of: Window, more: WindowSettings
) -> None:
    dues = made(of, more).dues

    assert [due.at for due in dues] == sorted(due.at for due in dues)
    assert [d.at for d in dues if d.kind is DueKind.START] == [of.start]
    assert [d.at for d in dues if d.kind is DueKind.END] == [of.end]
