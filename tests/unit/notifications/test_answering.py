"""Answers: a mail that goes out at once, because its reader has just done something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.errors import Problem
from notifications.states import CampaignState, DeliveryState
from notifications.terms import ChangeEvent, Draft
from tests.unit.notifications.front import PEOPLE, Front, front, recipient, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from notifications.terms import Recipient

ALPHA = PEOPLE[:1]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as opened:
        yield opened


def answer(recipients: Sequence[Recipient] = ALPHA, kind: str = "answer", key: str = "k") -> Draft:
    return Draft(kind=kind, actor="pages", request_key=key, recipients=recipients)


async def test_an_answer_is_frozen_and_let_go_as_it_is_recorded(door: Front) -> None:
    made = await door.campaigns.answer(answer())

    head = await door.campaigns.campaign(made.campaign)
    assert (head.state, head.answer, head.approved_by) == (CampaignState.SENDING, True, "pages")
    assert door.states(made.campaign) == {"a@example.org": DeliveryState.PENDING}
    assert door.woken == [1]


async def test_its_bytes_are_those_of_its_template(door: Front) -> None:
    made = await door.campaigns.answer(answer())

    ((_, content),) = [mail async for mail in door.campaigns.mails(made.campaign)]
    assert b"Subject: News of answer" in content
    assert b"alpha" in content


async def test_the_same_key_answers_once(door: Front) -> None:
    first = await door.campaigns.answer(answer())
    again = await door.campaigns.answer(answer())

    assert (again.campaign, again.again) == (first.campaign, True)
    assert len(await door.campaigns.campaigns(tests=True)) == 1


async def test_it_does_not_stand_among_campaigns(door: Front) -> None:
    await door.campaigns.answer(answer())

    assert await door.campaigns.campaigns() == ()
    assert await door.campaigns.heads() == ()


async def test_its_journal_says_that_it_was_made_and_begun(door: Front) -> None:
    made = await door.campaigns.answer(answer())

    events = [change.event for change in await door.told(made.campaign)]
    assert events == [ChangeEvent.DRAFTED, ChangeEvent.STARTED]


@pytest.mark.parametrize("nobody", [(), (recipient("", "alpha"),), (recipient("no address", "x"),)])
async def test_where_nobody_can_be_written_to_nothing_is_recorded(
    door: Front, nobody: tuple[Recipient, ...]
) -> None:
    assert (await door.campaigns.answer(answer(nobody))).campaign == 0
    assert await door.campaigns.campaigns(tests=True) == ()


async def test_it_is_for_one_and_not_for_many(door: Front) -> None:
    refused = await refusal(door.campaigns.answer(answer(PEOPLE)))

    assert refused.problem is Problem.NO_RECIPIENTS


async def test_what_staff_send_cannot_go_out_as_an_answer(door: Front) -> None:
    refused = await refusal(door.campaigns.answer(answer(kind="notice")))

    assert refused.problem is Problem.UNKNOWN_KIND
    assert await door.campaigns.campaigns(tests=True) == ()


async def test_an_answer_in_a_transaction_that_is_given_up_was_never_made(door: Front) -> None:
    work = door.campaigns.answering(answer())

    def fails(connection: Connection) -> None:
        work(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await door.database.write(fails)
    assert await door.campaigns.campaigns(tests=True) == ()


async def test_an_answer_is_tested_to_nobody(door: Front) -> None:
    made = await door.campaigns.answer(answer())

    refused = await refusal(door.campaigns.test(made.campaign, "eve@example.org", "os:eve"))

    assert refused.problem is Problem.ONLY_THEIRS
    assert len(await door.campaigns.campaigns(tests=True)) == 1
