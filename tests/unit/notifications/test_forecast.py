"""The rate, and the time that is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifications.forecast import per_minute, progress, seconds_left
from notifications.states import CampaignState, DeliveryState
from notifications.terms import Campaign, Counts
from tests.unit.notifications.clock import START

D = DeliveryState


def ago(*seconds: float) -> list[object]:
    return [START - timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("sent", "rate"),
    [
        ((), 0),
        ((90,), 0),
        ((90, 30, 20, 10), 3),  # the whole minute
        ((30, 20, 10), 6),  # it began half a minute ago
        ((0.1, 0.2), 120),  # no more than a second can be measured
    ],
)
def test_the_rate_is_that_of_the_last_minute(sent: tuple[float, ...], rate: float) -> None:
    assert per_minute(ago(*sent), START) == pytest.approx(rate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "rate", "left"),
    [
        ({D.PENDING: 8, D.CLAIMED: 1, D.SENDING: 1, D.SENT: 99}, 60.0, 10),
        ({D.PENDING: 8}, 0.0, None),
        ({D.DEFERRED: 1}, 60.0, None),
        ({D.DEFERRED: 1, D.PENDING: 1}, 60.0, 1),
        ({D.SENT: 5}, 60.0, 0),
    ],
)
def test_the_time_left_is_that_of_what_can_go_now(
    of: dict[DeliveryState, int], rate: float, left: float | None
) -> None:
    assert seconds_left(Counts(of=of), rate) == left


@pytest.mark.parametrize(
    ("state", "left"), [(CampaignState.SENDING, 2), (CampaignState.DONE, None)]
)
def test_only_what_is_being_sent_has_time_left(state: CampaignState, left: float | None) -> None:
    campaign = Campaign(number=1, kind="k", state=state, actor="a", created=START)

    said = progress(campaign, Counts(of={D.PENDING: 2}), [], START, pace=60)

    assert said.seconds_left == left


@pytest.mark.parametrize(
    ("of", "seconds", "idle"),
    [
        ({D.DEFERRED: 2, D.SENT: 3, D.UNCERTAIN: 1}, 60, True),
        ({D.DEFERRED: 2, D.PENDING: 1}, 60, False),
        ({D.DEFERRED: 2}, 5, False),  # worth waiting for
        ({D.DEFERRED: 2}, -1, False),
    ],
)
def test_a_next_attempt_is_told_where_nothing_can_go_before_it(
    of: dict[DeliveryState, int],
    seconds: int,
    idle: bool,  # noqa: FBT001 - a row of the table
) -> None:
    campaign = Campaign(number=1, kind="k", state=CampaignState.SENDING, actor="a", created=START)
    due = START + timedelta(seconds=seconds)

    said = progress(campaign, Counts(of=of), [], START, pace=60, due=due)

    assert said.due == (due if idle else None)
