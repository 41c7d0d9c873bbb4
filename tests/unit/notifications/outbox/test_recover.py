"""Workers die: what they had in hand is pending or uncertain, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.outbox import recover
from notifications.states import CampaignState, DeliveryState, Step
from tests.unit.notifications import planting
from tests.unit.notifications.clock import START
from tests.unit.notifications.database import Owners
from tests.unit.notifications.outbox.acts import begins, claims, ids, settles

if TYPE_CHECKING:
    from tests.unit.notifications.database import FileDatabase

ONE, TWO = 1_000_000, 1_000_001


@pytest.fixture
def held(database: FileDatabase) -> FileDatabase:
    """A worker "gone" has claimed two deliveries and begun the first."""
    database.writes(lambda c: planting.plant(c, 2))
    claims(database, owner="gone")
    begins(database, ONE, owner="gone")
    return database


def recovered(database: FileDatabase, *dead: str) -> FileDatabase:
    database.writes(lambda c: recover.recover(c, Owners(dead=set(dead)), START))
    return database


@pytest.mark.failure(41)
def test_p10_what_a_dead_worker_claimed_is_pending_and_what_it_began_uncertain(
    held: FileDatabase,
) -> None:
    recovered(held, "gone")

    expected = {DeliveryState.UNCERTAIN: 1, DeliveryState.PENDING: 1}
    assert held.reads(planting.states) == expected
    assert held.reads(planting.happened) == [("uncertain", planting.address(ONE))]


@pytest.mark.failure(41)
def test_p9_only_what_was_not_begun_is_sent_by_another(held: FileDatabase) -> None:
    recovered(held, "gone")

    assert ids(claims(held)) == [TWO]


def test_what_was_not_begun_was_no_attempt(held: FileDatabase) -> None:
    recovered(held, "gone")

    assert held.reads(lambda c: planting.delivery(c, TWO)).attempts == 0


def test_nothing_is_taken_from_the_living(held: FileDatabase) -> None:
    recovered(held)

    expected = {DeliveryState.SENDING: 1, DeliveryState.CLAIMED: 1}
    assert held.reads(planting.states) == expected


def test_recovering_again_tells_nothing_again(held: FileDatabase) -> None:
    recovered(recovered(held, "gone"), "gone")

    assert len(held.reads(planting.happened)) == 1


def test_one_who_was_not_dead_may_still_say_that_it_was_accepted(held: FileDatabase) -> None:
    recovered(held, "gone")

    settles(held, ONE, Step.ACCEPT, owner="gone")

    assert held.reads(lambda c: planting.delivery(c, ONE)).state is DeliveryState.SENT


def test_one_who_was_not_dead_begins_nothing_more(held: FileDatabase) -> None:
    recovered(held, "gone")

    assert begins(held, TWO, owner="gone") == set()


def test_what_goes_back_into_a_cancelled_campaign_is_cancelled(held: FileDatabase) -> None:
    held.writes(lambda c: planting.move(c, 1, CampaignState.CANCELLED))

    recovered(held, "gone")

    expected = {DeliveryState.UNCERTAIN: 1, DeliveryState.CANCELLED: 1}
    assert held.reads(planting.states) == expected
