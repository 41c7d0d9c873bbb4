"""A relay that is away stops campaigns, and lets answers wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.outbox import endings
from notifications.records import changes
from notifications.states import CampaignState
from notifications.terms import ChangeEvent, Draft
from tests.unit.notifications.front import PEOPLE, Front, front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REASON = {"phase": "connect", "code": 0, "detail": "refused"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as opened:
        yield opened


async def answered(door: Front) -> int:
    draft = Draft(kind="answer", actor="pages", request_key="a", recipients=PEOPLE[:1])
    return (await door.campaigns.answer(draft)).campaign


def stop(door: Front) -> list[changes.Entry]:
    return door.database.writes(lambda c: endings.stop(c, REASON, announce=False))


async def test_a_stop_pauses_a_campaign_and_leaves_an_answer_to_go_out(door: Front) -> None:
    campaign, answer = await door.sending(), await answered(door)

    stop(door)

    states = [(await door.campaigns.campaign(number)).state for number in (campaign, answer)]
    assert states == [CampaignState.PAUSED, CampaignState.SENDING]


async def test_that_an_answer_waits_is_told_once(door: Front) -> None:
    answer = await answered(door)

    assert [(number, event) for number, event, _ in stop(door)] == [(answer, ChangeEvent.STOPPED)]
    assert stop(door) == []
