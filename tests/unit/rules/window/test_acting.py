"""What a due row comes to, when somebody looks in time, late, or after a while away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.plan.terms import Remark
from bot.rules.policy.terms import Reason
from bot.rules.window.acting import NotByItself, obstacle, passed, superseded, within
from bot.rules.window.agenda import agenda
from bot.rules.window.terms import Due, DueKind, WindowSettings
from tests.builders import plan_of
from tests.unit.rules import plans
from tests.unit.rules.window.windows import NOW, due, hours, window

SETTINGS = WindowSettings()
HOUR = window(start=0, length=2)
PLAN = plan_of([plans.step("a"), plans.shut("b")])
ALL = agenda(window(reason="XSA", embargo=hours(99)), SETTINGS, NOW).dues


@pytest.mark.parametrize(
    ("kind", "still", "no_more"),
    [
        ("show", -0.01, 0),
        ("remind", -0.01, 0),
        ("ask", -0.01, 0),
        ("start", 1.99, 2),
        ("ending", 1.99, 2),
        ("end", 99, None),
        ("reveal", 99, None),
    ],
)
def test_there_is_a_time_after_which_it_has_no_sense(
    kind: str, still: float, no_more: float | None
) -> None:
    assert not passed(due(kind), HOUR, hours(still))
    assert no_more is None or passed(due(kind), HOUR, hours(no_more))


@pytest.mark.parametrize(
    ("first", "second", "says_more"),
    [
        (due("show", 1, 7), due("remind", 2, 7), True),
        (due("show", 1, 7), due("show", 2, 1), False),
        (due("remind", 1, 7), due("remind", 2, 1), True),
        (due("remind", 2, 1), due("remind", 1, 7), False),
        (due("ask", 1, 15), due("start", 2), True),
        (due("start", 1), due("end", 2), False),
        (due("ending", 1, 30), due("ending", 2, 10), True),
        (due("ending", 1, 30), due("end", 2), True),
        (due("reveal", 1), due("remind", 2, 1), False),
        (due("start", 1), due("ask", 2, 15), False),
    ],
)
def test_what_is_due_too_may_say_the_same_and_more(
    first: Due,
    second: Due,
    says_more: bool,  # noqa: FBT001 - of a table
) -> None:
    assert superseded(first, [first, second], hours(2)) is says_more
    assert not superseded(first, [first, second], hours(1.5))


@given(st.integers(0, 60 * 24 * 20))
def test_after_a_while_away_each_sort_is_done_once_at_most(minutes: int) -> None:
    now, made = NOW + timedelta(minutes=minutes), window(reason="XSA", embargo=hours(99))
    dues = [each for each in ALL if each.at <= now]

    done = [d.kind for d in dues if not passed(d, made, now) and not superseded(d, dues, now)]

    assert len(done) == len(set(done))
    assert not {DueKind.ASK, DueKind.START} <= set(done)
    assert not {DueKind.ENDING, DueKind.END} <= set(done)


def test_a_plan_that_is_in_order_may_start_by_itself_in_time() -> None:
    assert obstacle(HOUR, PLAN, NOW, SETTINGS) is None
    assert obstacle(HOUR, PLAN, NOW + timedelta(seconds=90), SETTINGS) is None


@pytest.mark.parametrize("seconds", [90.1, 3600, 7200, 86400])
def test_late_nothing_starts_by_itself(seconds: float) -> None:
    now = NOW + timedelta(seconds=seconds)

    assert obstacle(HOUR, PLAN, now, SETTINGS) is NotByItself.LATE


def test_after_the_window_nothing_starts_however_patient_the_settings_are() -> None:
    patient = replace(SETTINGS, punctual_seconds=1e6)

    assert obstacle(HOUR, PLAN, hours(1.99), patient) is None
    assert obstacle(HOUR, PLAN, hours(2), patient) is NotByItself.LATE


def test_under_a_hold_that_decides_for_a_guest_nothing_starts_by_itself() -> None:
    held = plan_of([plans.step("a"), plans.shut("b", reason=Reason.HELD)])

    assert obstacle(HOUR, held, NOW, SETTINGS) is NotByItself.HELD


def test_a_plan_with_problems_does_not_start_by_itself() -> None:
    bad = replace(PLAN, problems=(Remark(code="autostart"),))

    assert obstacle(HOUR, bad, NOW, SETTINGS) is NotByItself.PROBLEMS


@pytest.mark.parametrize(
    ("at", "inside"), [(-0.51, False), (-0.5, True), (0, True), (1.99, True), (2, False)]
)
def test_a_run_belongs_to_a_window_in_which_it_began_or_shortly_before(
    at: float,
    inside: bool,  # noqa: FBT001 - of a table
) -> None:
    assert within(HOUR, hours(at), SETTINGS) is inside
