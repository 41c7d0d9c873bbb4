"""The pace: even over time, with a burst after a rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.outbox.pace import allowance, spent
from notifications.settings import Pace

PACE = Pace(per_minute=60, burst=10)


@pytest.mark.parametrize(
    ("due", "now", "mails", "wait"),
    [
        (0, 1000, 10, 1),  # after a rest: a burst, and no more
        (1000, 1000, 10, 1),
        (1004, 1000, 6, 1),  # four are ahead
        (1010, 1000, 0, 1),
        (1010.5, 1000, 0, 1.5),
        (1009.5, 1000, 0, 0.5),
        (1030, 1000, 0, 21),
    ],
)
def test_what_may_go_now_and_when_one_more_may(
    due: float, now: float, mails: int, wait: float
) -> None:
    allowed = allowance(due, now, PACE)

    assert (allowed.mails, round(allowed.wait, 3)) == (mails, wait)


def test_a_clock_that_is_set_back_holds_up_nothing() -> None:
    due = spent(0, 10_000, PACE.burst, PACE)

    assert allowance(due, 5_000, PACE).mails == PACE.burst
    assert spent(due, 5_000, 1, PACE) == 5_001


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 20))
def test_no_minute_has_more_than_its_mails_and_a_burst(pauses: list[float], burst: int) -> None:
    pace = Pace(per_minute=60, burst=burst)
    due, now, went = 0.0, 1000.0, []
    for pause in pauses:
        now += pause
        mails = allowance(due, now, pace).mails
        due = spent(due, now, mails, pace)
        went += [now] * mails

    assert all(sum(start <= each < start + 60 for each in went) <= 61 + burst for start in went)
