"""The front door: sending, and what a person does then."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from notifications.compose.letters import message_id
from notifications.compose.mailbox import parse
from notifications.compose.packing import unpack
from notifications.errors import BadCampaign, CampaignRefused, Problem
from notifications.records import contents, suppressions, trials
from notifications.records.commands import Ask
from notifications.states import CAMPAIGN as MOVES
from notifications.states import CampaignState, DeliveryState, Verb
from notifications.tables import CAMPAIGN, RECIPIENT
from notifications.terms import Omission, Scope, Suppression
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import ANNA, BORIS, front, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.unit.notifications.front import Front

A, B = "a@example.org", "b@example.org"
C, D = CampaignState, DeliveryState


@pytest.fixture
def f(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as made:
        yield made


def put(f: Front, number: int, state: CampaignState) -> None:
    f.database.writes(
        lambda c: c.execute(update(CAMPAIGN).where(CAMPAIGN.c.number == number).values(state=state))
    )


def asked(f: Front, number: int) -> dict[Verb, Callable[[], Awaitable[object]]]:
    c = f.campaigns
    return {
        Verb.REVISE: lambda: c.revise(number, {"x": 1}, ANNA),
        Verb.PREVIEW: lambda: c.preview(number, ANNA),
        Verb.APPROVE: lambda: c.approve(number, ANNA),
        Verb.SEND: lambda: c.send(number, ANNA),
        Verb.PAUSE: lambda: c.pause(number, ANNA),
        Verb.RESUME: lambda: c.resume(number, ANNA),
        Verb.CANCEL: lambda: c.cancel(number, ANNA),
        Verb.RESEND: lambda: c.resend(number, A, ANNA),
    }


@pytest.mark.parametrize("state", CampaignState)
async def test_a_verb_is_refused_where_the_table_has_none_and_leaves_all_as_it_was(
    f: Front, state: CampaignState
) -> None:
    number = await f.previewed()
    put(f, number, state)
    before = (await f.campaigns.campaign(number), f.states(number), await f.told(number))

    for verb, ask in asked(f, number).items():
        if (state, verb) not in MOVES:
            error = await refusal(ask())
            assert (error.problem, error.fields["verb"]) == (Problem.NOT_NOW, verb)
            assert error.fields["state"] is state
            assert not {Verb.STOP, Verb.FINISH} & set(error.fields["can"])  # type: ignore[call-overload]

    assert (await f.campaigns.campaign(number), f.states(number), await f.told(number)) == before


async def test_an_unknown_campaign_is_said_to_be_unknown(f: Front) -> None:
    looking: list[Callable[[], Awaitable[object]]] = [
        lambda: f.campaigns.report(7),
        lambda: f.campaigns.progress(7),
    ]
    for ask in [*asked(f, 7).values(), *looking]:
        error = await refusal(ask())
        assert isinstance(error, BadCampaign)
        assert (error.problem, error.fields) == (Problem.UNKNOWN_CAMPAIGN, {"number": 7})


async def test_a_campaign_that_is_sent_is_being_sent_and_the_sender_is_told(f: Front) -> None:
    number = await f.sending()

    sent = await f.campaigns.campaign(number)
    assert (sent.state, sent.started, f.woken) == (C.SENDING, START, [1])
    assert [change.event for change in await f.told(number)] == [
        "drafted",
        "previewed",
        "approved",
        "started",
    ]


async def test_who_unsubscribes_after_approval_is_not_written_to(f: Front) -> None:
    number = await f.previewed("offer")
    await f.campaigns.approve(number, BORIS)
    await f.campaigns.unsubscribe(f.parts.tokens.unsubscribe(A))
    await f.campaigns.send(number, ANNA)

    assert f.states(number) == {A: D.SUPPRESSED, B: D.PENDING}
    (told,) = [change for change in await f.told(number) if change.event == "suppressed"]
    assert told.fields == {"address": A, "why": "unsubscribed"}


async def test_what_came_too_late_for_the_preview_is_heeded_when_it_is_sent(f: Front) -> None:
    number = await f.previewed("offer")
    await f.campaigns.approve(number, BORIS)
    wish = Suppression(address=A, scope=Scope.OFFERS, why=Omission.UNSUBSCRIBED, at=START)
    f.database.writes(partial(suppressions.add, mailbox=A, suppression=wish, offers=frozenset()))

    await f.campaigns.send(number, ANNA)

    assert f.states(number)[A] is D.SUPPRESSED


async def test_a_pause_says_that_it_was_a_person_and_ends_with_resume(f: Front) -> None:
    number = await f.sending()

    assert (await f.campaigns.pause(number, ANNA)).pause == "person"
    assert (await f.campaigns.resume(number, ANNA)).pause == ""


async def test_cancelling_cancels_what_waits_and_leaves_what_is_in_hand(f: Front) -> None:
    number = await f.sending()
    f.become(number, A, D.CLAIMED, owner="worker")

    await f.campaigns.cancel(number, ANNA)

    assert f.states(number) == {A: D.CLAIMED, B: D.CANCELLED}
    assert (await f.campaigns.campaign(number)).ended == START


@pytest.mark.parametrize("state", [D.SENT, D.REFUSED, D.UNCERTAIN, D.SUPPRESSED])
async def test_resending_reopens_a_campaign_and_begins_anew(f: Front, state: DeliveryState) -> None:
    number = await f.sending()
    f.become(number, A, state, attempts=7, first=START, reply="451", code="given_up", owner="x")
    put(f, number, C.DONE)

    reopened = await f.campaigns.resend(number, "A@Example.org", ANNA)

    delivery = (await f.campaigns.report(number)).deliveries[0]
    assert (reopened.state, reopened.ended) == (C.SENDING, None)
    assert (delivery.state, delivery.resends, delivery.attempts) == (D.PENDING, 1, 0)
    assert (await f.told(number))[-1].fields == {"address": A}


async def test_resending_leaves_a_paused_campaign_paused(f: Front) -> None:
    number = await f.sending()
    f.become(number, A, D.SENT)
    await f.campaigns.pause(number, ANNA)

    assert (await f.campaigns.resend(number, A, ANNA)).state is C.PAUSED


@pytest.mark.parametrize("state", [D.PENDING, D.CLAIMED, D.SENDING, D.DEFERRED])
async def test_what_has_not_come_to_an_end_is_not_sent_again(
    f: Front, state: DeliveryState
) -> None:
    number = await f.sending()
    f.become(number, A, state)

    error = await refusal(f.campaigns.resend(number, A, ANNA))

    assert (error.problem, error.fields["state"]) == (Problem.NOT_TO_RESEND, state)


async def test_resending_to_somebody_else_is_refused(f: Front) -> None:
    error = await refusal(f.campaigns.resend(await f.sending(), "c@example.org", ANNA))

    assert error.problem is Problem.UNKNOWN_RECIPIENT


@pytest.mark.failure(40)
@pytest.mark.parametrize(("sent", "after"), [(True, D.SENT), (False, D.PENDING)])
async def test_a_person_settles_what_is_uncertain(
    f: Front,
    sent: bool,  # noqa: FBT001 - a parameter of pytest
    after: DeliveryState,
) -> None:
    number = await f.sending()
    f.become(number, A, D.UNCERTAIN, handed=1, owner="gone")
    put(f, number, C.DONE)

    settled = await f.campaigns.settle(number, A, ANNA, sent=sent)

    assert f.states(number)[A] is after
    assert settled.state is (C.DONE if sent else C.SENDING)
    assert (await f.told(number))[-1].fields["by"] == ANNA


async def test_only_what_is_uncertain_is_settled(f: Front) -> None:
    number = await f.sending()

    error = await refusal(f.campaigns.settle(number, A, ANNA, sent=True))

    assert isinstance(error, CampaignRefused)
    assert (error.problem, error.fields["state"]) == (Problem.NOT_SETTLED, D.PENDING)


async def test_in_a_cancelled_campaign_a_doubt_ends_as_sent_and_nothing_goes_out_again(
    f: Front,
) -> None:
    number = await f.sending()
    f.become(number, A, D.UNCERTAIN)
    await f.campaigns.cancel(number, ANNA)

    lost = await refusal(f.campaigns.settle(number, A, ANNA, sent=False))
    await f.campaigns.settle(number, A, ANNA, sent=True)

    assert lost.problem is Problem.NOT_NOW
    assert f.states(number)[A] is D.SENT


def kept(f: Front, number: int) -> bytes:
    query = select(CAMPAIGN.c.base, RECIPIENT.c.content).join(
        RECIPIENT, RECIPIENT.c.campaign == CAMPAIGN.c.number
    )
    row = f.database.reads(lambda c: c.execute(query.where(CAMPAIGN.c.number == number)).one())
    return unpack(row.content, row.base)


async def test_a_test_mail_is_a_campaign_of_its_own_that_is_sent_at_once(f: Front) -> None:
    number = await f.drafted("offer")
    made = await f.campaigns.test(number, "me@example.net", ANNA)

    test = await f.campaigns.campaign(made.campaign)
    assert (test.state, test.test_of) == (C.SENDING, number)
    assert f.states(made.campaign) == {"me@example.net": D.PENDING}
    assert [each.campaign.number for each in await f.campaigns.campaigns()] == [number]
    assert len(await f.campaigns.campaigns(tests=True)) == 2


async def test_a_test_mail_is_the_sample_marked_and_with_its_own_id(f: Front) -> None:
    number = await f.drafted("offer")
    made = await f.campaigns.test(number, "me@example.net", ANNA)

    mail = kept(f, made.campaign)
    assert b"Subject: [Test] News of offer" in mail
    assert b"To: me@example.net" in mail
    assert message_id(mail) == f.parts.tokens.message_id(2, "me@example.net", "example.net")
    assert b"List-Unsubscribe" not in mail


async def test_what_is_being_rendered_is_not_tested(f: Front) -> None:
    number = await f.previewed()

    def rendering(connection: Connection) -> None:
        contents.begin(connection, number, "rendering:other")
        ask = Ask(number=number, actor=ANNA, at=START)
        trials.record(connection, ask, parse("me@example.net"), lambda content, _: content)

    with pytest.raises(CampaignRefused, match="changed"):
        f.database.writes(rendering)


async def test_the_test_of_a_post_is_no_post(f: Front) -> None:
    """Only a post gets the moderator's password."""
    made = await f.campaigns.test(await f.drafted("word"), "me@example.net", ANNA)

    assert not (await f.campaigns.campaign(made.campaign)).announce
    assert b"To: me@example.net" in kept(f, made.campaign)


async def test_a_test_leaves_the_campaign_as_it_was_but_for_the_journal(f: Front) -> None:
    number = await f.previewed()
    before = await f.campaigns.campaign(number)

    made = await f.campaigns.test(number, "me@example.net", ANNA)

    assert await f.campaigns.campaign(number) == before
    fields = {"address": "me@example.net", "test": made.campaign}
    assert [c.fields for c in await f.told(number)][-1] == fields


async def test_progress_counts_and_foretells(f: Front) -> None:
    number = await f.sending()
    f.become(number, A, D.SENT, at=START)
    f.clock.advance(30)

    said = await f.campaigns.progress(number)

    assert (said.counts[D.SENT], said.counts[D.PENDING], said.counts.total) == (1, 1, 2)
    assert (said.per_minute, said.seconds_left) == (2.0, 30.0)
    assert await f.campaigns.campaigns() == (said,)


async def test_heads_are_told_newest_first_of_all_or_of_an_occasion(f: Front) -> None:
    first = await f.drafted(request_key="1", occasion="window:1")
    second = await f.drafted(request_key="2", occasion="window:12")
    third = await f.drafted(request_key="3", occasion="window:1")
    await f.campaigns.test(third, "me@example.net", ANNA)

    heads = await f.campaigns.heads()

    assert [head.number for head in heads] == [third, second, first]
    assert heads[0] == await f.campaigns.campaign(third)
    assert await f.campaigns.heads("window:1") == (heads[0], heads[2])


async def test_a_report_says_what_became_of_everybody(f: Front) -> None:
    number = await f.sending()
    later = START + timedelta(hours=1)
    f.become(number, A, D.DEFERRED, due=later, attempts=2, reply="451 later")
    f.become(number, B, D.SENT, at=START, bounce="hard")

    report = await f.campaigns.report(number)

    first, second = report.deliveries
    assert (first.address, first.due, first.reply, first.attempts) == (A, later, "451 later", 2)
    assert (second.state, second.items[1]["guest"]) == (D.SENT, "gamma")
    assert report.bounces == {"hard": 1}
