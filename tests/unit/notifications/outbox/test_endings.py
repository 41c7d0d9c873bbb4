"""Campaigns end when nothing is left, and stop when the relay is of no use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.outbox import endings
from notifications.states import CampaignState, DeliveryState
from notifications.terms import ChangeEvent
from tests.unit.notifications import planting
from tests.unit.notifications.clock import START

if TYPE_CHECKING:
    from tests.unit.notifications.database import FileDatabase

REASON = {"phase": "auth", "code": 535, "detail": "5.7.8 Wrong password"}


def finish(database: FileDatabase) -> tuple[int, ...]:
    return database.writes(lambda c: endings.finish(c, START, announce=False))


@pytest.mark.parametrize("left", DeliveryState)
def test_a_campaign_is_done_when_each_delivery_has_come_to_an_end(
    database: FileDatabase, left: DeliveryState
) -> None:
    planted = database.writes(planting.plant)
    database.writes(lambda c: planting.put(c, planted, state=DeliveryState.SENT))
    database.writes(lambda c: planting.put(c, planted[:1], state=left))

    ended = left not in {
        DeliveryState.PENDING,
        DeliveryState.CLAIMED,
        DeliveryState.SENDING,
        DeliveryState.DEFERRED,
    }
    assert bool(finish(database)) is ended


def test_the_end_is_told_once(database: FileDatabase) -> None:
    database.writes(lambda c: planting.plant(c, 0))

    assert [finish(database), finish(database)] == [(1,), ()]
    assert database.reads(planting.happened) == [("done", "")]
    assert database.reads(planting.campaign).ended == START


def test_a_stop_pauses_what_is_being_sent_and_says_why(database: FileDatabase) -> None:
    database.writes(planting.plant)

    told = database.writes(lambda c: endings.stop(c, REASON, announce=False))

    row = database.reads(planting.campaign)
    assert (row.state, row.pause) == (CampaignState.PAUSED, "relay")
    assert row.pause_detail == "auth 535 5.7.8 Wrong password"
    assert told == [(1, ChangeEvent.STOPPED, REASON)]


def test_a_stop_of_the_list_leaves_mails_alone(database: FileDatabase) -> None:
    database.writes(planting.plant)

    assert database.writes(lambda c: endings.stop(c, REASON, announce=True)) == []
    assert database.reads(planting.campaign).state is CampaignState.SENDING
