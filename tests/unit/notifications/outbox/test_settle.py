"""Beginning and settling: by the owner, from the states that allow it, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.states import CampaignState, DeliveryState, Step
from tests.unit.notifications import planting
from tests.unit.notifications.outbox.acts import after, begins, claims, settles

if TYPE_CHECKING:
    from tests.unit.notifications.database import FileDatabase

ONE = 1_000_000


@pytest.fixture
def claimed(database: FileDatabase) -> FileDatabase:
    """A database with one delivery, which "me" has claimed."""
    database.writes(lambda c: planting.plant(c, 1))
    claims(database)
    return database


@pytest.fixture
def begun(claimed: FileDatabase) -> FileDatabase:
    """The same, and its body has begun."""
    begins(claimed, ONE)
    return claimed


def state(database: FileDatabase) -> DeliveryState:
    found: DeliveryState = database.reads(lambda c: planting.delivery(c, ONE)).state
    return found


def test_what_is_begun_is_sending_and_counted(claimed: FileDatabase) -> None:
    assert begins(claimed, ONE) == {ONE}

    row = claimed.reads(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.handed) == (DeliveryState.SENDING, 1)


def test_nothing_is_begun_twice(begun: FileDatabase) -> None:
    assert begins(begun, ONE) == set()


def test_nobody_begins_what_another_has_in_hand(claimed: FileDatabase) -> None:
    assert begins(claimed, ONE, owner="other") == set()


@pytest.mark.parametrize("now", [CampaignState.PAUSED, CampaignState.CANCELLED])
def test_pause_and_cancel_hold_from_the_next_body_on(
    claimed: FileDatabase, now: CampaignState
) -> None:
    claimed.writes(lambda c: planting.move(c, 1, now))

    assert begins(claimed, ONE) == set()


@pytest.mark.parametrize(
    ("step", "expected", "told"),
    [
        (Step.ACCEPT, DeliveryState.SENT, []),
        (Step.DEFER, DeliveryState.DEFERRED, []),
        (Step.REFUSE, DeliveryState.REFUSED, [("refused", planting.address(ONE))]),
        (Step.LOSE, DeliveryState.UNCERTAIN, [("uncertain", planting.address(ONE))]),
    ],
)
def test_each_answer_has_its_state_and_what_staff_must_know_is_told(
    begun: FileDatabase, step: Step, expected: DeliveryState, told: list[tuple[str, str]]
) -> None:
    settles(begun, ONE, step)

    assert state(begun) is expected
    assert begun.reads(planting.happened) == told


def test_a_settlement_keeps_the_words_of_the_relay(begun: FileDatabase) -> None:
    settles(begun, ONE, Step.DEFER, due=after(60), reply="451 later", denied=True)

    row = begun.reads(lambda c: planting.delivery(c, ONE))
    assert (row.reply, row.due, row.denied, row.owner) == ("451 later", after(60), 1, "")


def test_what_goes_back_is_as_if_never_tried(claimed: FileDatabase) -> None:
    settles(claimed, ONE, Step.RELEASE, untried=True)

    row = claimed.reads(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.attempts, row.first) == (DeliveryState.PENDING, 0, None)


@pytest.mark.parametrize("step", [Step.RELEASE, Step.DEFER])
def test_what_would_be_sent_again_follows_its_campaign_when_that_is_cancelled(
    claimed: FileDatabase, step: Step
) -> None:
    claimed.writes(lambda c: planting.move(c, 1, CampaignState.CANCELLED))

    settles(claimed, ONE, step)

    assert state(claimed) is DeliveryState.CANCELLED


@pytest.mark.parametrize("step", [Step.ACCEPT, Step.DEFER, Step.REFUSE, Step.LOSE, Step.RELEASE])
def test_nobody_settles_what_another_has_in_hand(begun: FileDatabase, step: Step) -> None:
    settles(begun, ONE, step, owner="other")

    assert state(begun) is DeliveryState.SENDING
    assert begun.reads(planting.happened) == []


@pytest.mark.parametrize("step", [Step.ACCEPT, Step.DEFER, Step.REFUSE, Step.LOSE])
def test_p9_a_late_answer_about_one_body_says_nothing_of_the_next(
    begun: FileDatabase, step: Step
) -> None:
    again = {"state": DeliveryState.PENDING, "owner": ""}  # lost, and a person has it sent again
    begun.writes(lambda c: planting.put(c, [ONE], **again))
    claims(begun)
    begins(begun, ONE)

    settles(begun, ONE, step, handed=1)

    assert state(begun) is DeliveryState.SENDING


@pytest.mark.parametrize("step", [Step.DEFER, Step.REFUSE])
def test_p9_an_answer_from_before_the_body_says_nothing_of_the_body(
    begun: FileDatabase, step: Step
) -> None:
    settles(begun, ONE, step, handed=0)

    assert state(begun) is DeliveryState.SENDING


def test_a_late_refusal_leaves_an_uncertain_delivery_to_people(begun: FileDatabase) -> None:
    begun.writes(lambda c: planting.put(c, [ONE], state=DeliveryState.UNCERTAIN))

    settles(begun, ONE, Step.REFUSE)

    assert state(begun) is DeliveryState.UNCERTAIN


def test_a_worker_that_was_thought_dead_may_say_that_it_was_accepted(begun: FileDatabase) -> None:
    begun.writes(lambda c: planting.put(c, [ONE], state=DeliveryState.UNCERTAIN))

    settles(begun, ONE, Step.ACCEPT)

    assert state(begun) is DeliveryState.SENT
