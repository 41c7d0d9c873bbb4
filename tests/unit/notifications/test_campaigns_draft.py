"""The front door: drafts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from notifications.compose.letters import message_id
from notifications.errors import BadCampaign, Problem
from notifications.states import CampaignState
from notifications.tables import CAMPAIGN, RECIPIENT
from notifications.terms import Draft, Drafted
from tests.unit.notifications.front import ANNA, HOUSE, PEOPLE, front, recipient, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from tests.unit.notifications.front import Front


@pytest.fixture
def f(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as made:
        yield made


def rows(f: Front, table: Table = CAMPAIGN) -> int:
    return f.database.reads(
        lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()
    )


async def test_a_draft_has_its_recipients_and_is_told(f: Front) -> None:
    number = await f.drafted(values={"paragraph": "one\ntwo"})

    assert (await f.campaigns.campaign(number)).values == {"paragraph": "one\ntwo"}
    assert list(f.states(number)) == ["a@example.org", "b@example.org"]
    assert [(c.event, c.actor) for c in await f.told(number)] == [("drafted", ANNA)]


@pytest.mark.failure(33)
async def test_the_same_request_makes_one_campaign_and_its_post(f: Front) -> None:
    draft = Draft(
        kind="offer",
        actor=ANNA,
        request_key="k",
        recipients=PEOPLE,
        announce=True,
        values={"why": "x"},
    )
    made = await asyncio.gather(*(f.campaigns.draft(draft) for _ in range(5)))

    assert [each.again for each in made].count(False) == 1
    assert len({(each.campaign, each.post) for each in made}) == 1
    assert (rows(f), rows(f, RECIPIENT)) == (2, 3)


async def test_a_campaign_and_its_post_know_each_other(f: Front) -> None:
    await f.drafted("offer", announce=True)

    letter, post = await f.campaigns.campaign(1), await f.campaigns.campaign(2)
    assert (letter.post, post.post, letter.announce, post.announce) == (2, 1, False, True)
    assert list(f.states(2)) == [HOUSE.list]


async def test_a_kind_without_a_letter_is_only_a_post_also_when_repeated(f: Front) -> None:
    draft = Draft(kind="word", actor=ANNA, request_key="k", values={"why": "x"})

    assert await f.campaigns.draft(draft) == Drafted(campaign=0, post=1)
    assert await f.campaigns.draft(draft) == Drafted(campaign=0, post=1, again=True)


async def test_a_follow_up_continues_the_thread_of_the_post_it_names(f: Front) -> None:
    first = await f.previewed("word")
    kept = [content async for _, content in f.campaigns.mails(first)]
    number = await f.drafted("word", request_key="more", follows=first)

    said = await f.campaigns.preview(number, ANNA)

    assert f"In-Reply-To: {message_id(kept[0])}".encode() in said.sample


@pytest.mark.failure(46)
async def test_equal_mailboxes_are_merged_over_all_batches(f: Front) -> None:
    many = [recipient(f"{number % 700}@example.org", str(number)) for number in range(1500)]
    number = await f.drafted(recipients=many)

    report = await f.campaigns.report(number)

    assert len(report.deliveries) == 700
    assert [item["guest"] for item in report.deliveries[0].items] == ["0", "700", "1400"]
    assert (len(report.merged), len(report.merged[0].names)) == (700, 3)


async def test_staff_are_written_to_first(f: Front) -> None:
    number = await f.drafted(recipients=[*PEOPLE, recipient("Boss@example.net", "x")])

    assert next(iter(f.states(number))) == "Boss@example.net"


@pytest.mark.parametrize(
    ("change", "problem", "field", "value"),
    [
        ({"kind": "offfer"}, Problem.UNKNOWN_KIND, "nearest", "offer"),
        ({"values": {}}, Problem.MISSING_VALUES, "names", ("why",)),
        ({"values": {"why": "a\nb"}}, Problem.BAD_VALUE, "name", "why"),
        ({"recipients": [recipient("nobody")]}, Problem.NO_RECIPIENTS, "left_out", 1),
        ({"kind": "notice", "announce": True}, Problem.NO_ANNOUNCE, "kind", "notice"),
        ({"announce": True, "follows": 7}, Problem.UNKNOWN_CAMPAIGN, "number", 7),
    ],
)
async def test_a_draft_that_cannot_be_a_campaign_leaves_nothing_behind(
    f: Front, change: dict[str, Any], problem: Problem, field: str, value: object
) -> None:
    asked: dict[str, Any] = {"kind": "offer", "recipients": PEOPLE, "values": {"why": "x"}}
    draft = Draft(**{**asked, "actor": ANNA, "request_key": "k"} | change)

    with pytest.raises(BadCampaign) as refused:
        await f.campaigns.draft(draft)

    assert (refused.value.problem, refused.value.fields[field]) == (problem, value)
    assert (rows(f), rows(f, RECIPIENT)) == (0, 0)


async def test_a_follow_up_to_what_is_no_post_is_refused(f: Front) -> None:
    letter = await f.drafted()

    error = await refusal(f.drafted("word", request_key="more", follows=letter))

    assert (error.problem, error.fields) == (Problem.NO_ANNOUNCE, {"number": letter})


async def test_a_draft_is_one_commit_with_what_its_caller_does(f: Front) -> None:
    work = f.campaigns.drafting(
        Draft(kind="notice", actor=ANNA, request_key="k", recipients=PEOPLE)
    )

    def reset(connection: Connection) -> None:
        work(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await f.database.write(reset)
    assert rows(f) == 0


async def test_a_revised_campaign_is_a_draft_with_other_values(f: Front) -> None:
    number = await f.previewed("offer")

    revised = await f.campaigns.revise(number, {"paragraph": "Sorry.\nReally."}, ANNA)

    assert revised.state is CampaignState.DRAFT
    assert revised.values == {"why": "to test", "paragraph": "Sorry.\nReally."}
    assert (await f.told(number))[-1].fields["values"] == ["paragraph"]
