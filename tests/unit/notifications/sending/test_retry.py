"""When a deferred mail is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifications.sending.retry import next_try
from notifications.settings import Pace
from tests.unit.notifications.clock import START

PACE = Pace(retry_minutes=(5, 15, 60), give_up_hours=2)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.failure(43)
@pytest.mark.parametrize(
    ("attempts", "after", "due"),
    [
        (1, 0, 5),
        (2, 5, 20),
        (3, 20, 80),
        (4, 30, 90),  # the last delay again
        (9, 30, 90),
        (4, 80, 120),  # the last attempt is when the time is over
        (5, 119, 120),
        (5, 120, None),  # then it is given up
        (5, 500, None),
    ],
)
def test_the_delay_grows_and_has_an_end(attempts: int, after: float, due: float | None) -> None:
    found = next_try(attempts, START, START + minutes(after), PACE)

    assert found == (None if due is None else START + minutes(due))
