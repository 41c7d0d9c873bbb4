"""When a relay is left in peace, and when its campaigns are stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifications.sending.stop import (
    CALM,
    LONGEST,
    Failure,
    Trouble,
    after_failure,
    failure_from,
    failure_of,
    stops,
)
from notifications.verdict import Phase, Verdict
from tests.unit.notifications import scripted
from tests.unit.notifications.clock import START

BUSY = Failure(phase="mail", code=421)
LOST = Failure(phase="body", costs=True)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def after(failures: int) -> Trouble:
    """Return how it stands after so many failures, each at the end of the pause before."""
    trouble, now = CALM, START
    for _ in range(failures):
        trouble = after_failure(trouble, BUSY, now)
        now = trouble.until or now
    return trouble


def test_the_pause_doubles_up_to_a_minute() -> None:
    pauses, now, trouble = [], START, CALM
    for _ in range(8):
        trouble = after_failure(trouble, BUSY, now)
        assert trouble.until is not None
        pauses.append((trouble.until - now).total_seconds())
        now = trouble.until

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST]


def test_connections_that_fail_together_are_one_failure() -> None:
    trouble = after_failure(CALM, BUSY, START)

    assert after_failure(trouble, BUSY, START + seconds(0.5)) == trouble


def test_every_mail_that_is_uncertain_counts() -> None:
    trouble = after_failure(CALM, LOST, START)

    assert after_failure(trouble, LOST, START + seconds(0.5)).failures == 2


@pytest.mark.failure(44)
@pytest.mark.parametrize(("failures", "stop"), [(1, False), (4, False), (5, True), (6, True)])
def test_campaigns_stop_after_some_failures_in_a_row(failures: int, stop: bool) -> None:  # noqa: FBT001 - expected
    assert stops(after(failures), BUSY, 5) is stop


@pytest.mark.parametrize(
    ("failure", "hopeless"),
    [
        (Failure(phase="auth", code=535), True),
        (Failure(phase="auth"), True),
        (Failure(phase="auth", code=454), False),
        (Failure(phase="connect", code=554), True),
        (Failure(phase="connect", code=421), False),
        (Failure(phase="connect"), False),
        (Failure(phase="tls"), True),
        (Failure(phase="sign"), True),
        (Failure(phase="mail", code=550), False),
        (Failure(phase="body"), False),
    ],
)
def test_what_no_repetition_mends_stops_at_once(failure: Failure, hopeless: bool) -> None:  # noqa: FBT001 - expected
    assert stops(after(1), failure, 5) is hopeless


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (scripted.ACCEPTED, None),
        (scripted.GREYLISTED, None),
        (scripted.NO_SUCH_USER, None),
        (scripted.SENDER_REFUSED, Failure(phase="mail", code=550, detail="5.7.1 Not you")),
        (scripted.NO_ANSWER, Failure(phase="body", costs=True)),
    ],
)
def test_what_is_a_failure_of_the_relay(verdict: Verdict, expected: Failure | None) -> None:
    assert failure_of(verdict) == expected


def test_a_clock_that_is_set_back_ends_the_pause_and_counts_what_fails() -> None:
    before = START - timedelta(hours=1)

    assert after(3).pause(before) == 0
    assert after_failure(after(3), BUSY, before).failures == 4


def test_a_relay_that_cannot_be_reached_is_a_failure() -> None:
    error = scripted.down(Phase.AUTH, 535, "no")

    assert failure_from(error) == Failure(phase="auth", code=535, detail="no")
