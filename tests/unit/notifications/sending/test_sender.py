"""The whole worker: what it makes of a campaign, whatever the relay does."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from notifications.records import suppressions
from notifications.settings import Pace
from notifications.states import CampaignState, DeliveryState
from notifications.tables import CAMPAIGN, RECIPIENT
from notifications.terms import Omission, Scope, Suppression
from notifications.verdict import Meaning, Phase, Verdict
from tests.unit.notifications import planting, scripted
from tests.unit.notifications.clock import turn
from tests.unit.notifications.scripted import ScriptedTransport, down

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifications.ports import Envelope
    from tests.unit.notifications.sending.office import Office

    Opened = Callable[..., Office]

ONE, TWO, THREE = (1_000_000 + number for number in range(3))
FIRST = planting.address(ONE)


async def test_p9_p10_each_recipient_gets_one_mail_and_the_campaign_is_done(
    office: Office,
) -> None:
    office.plant(50)

    await office.until_at_rest()

    assert set(office.transport.counts().values()) == {1}
    assert office.see(planting.states) == {DeliveryState.SENT: 50}
    assert office.state() is CampaignState.DONE


async def test_p11_what_goes_out_is_what_was_kept_with_a_date(office: Office) -> None:
    office.plant(1)

    await office.until_at_rest()

    ((_, content),) = office.transport.taken
    date, _, rest = content.partition(b"\r\n")
    assert date.startswith(b"Date: Wed, 01 Sep 2021 ")
    assert rest == planting.BASE + b"this is mail %d.\r\n" % ONE


async def test_posts_go_by_the_transport_of_the_list(office: Office) -> None:
    office.plant(1, announce=True)

    await office.until_at_rest()

    assert (len(office.posts.taken), len(office.transport.taken)) == (1, 0)


async def test_many_campaigns_are_sent_one_after_the_other(office: Office) -> None:
    for number in range(1, 13):
        office.plant(3, number=number)

    await office.until_at_rest(12)

    assert len(office.transport.counts()) == 36


async def test_two_workers_send_each_mail_once(office: Office) -> None:
    office.plant(60)
    other = asyncio.create_task(office.worker("other").serve(office.stop))

    await office.until_at_rest()
    await other

    assert Counter(office.transport.counts().values()) == {1: 60}


@pytest.mark.failure(43)
async def test_a_greylisted_mail_is_tried_again_later(opened: Opened) -> None:
    office = opened(ScriptedTransport({FIRST: [scripted.GREYLISTED]}))
    office.plant(3)

    await office.until_at_rest()

    row = office.see(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)
    assert row.at - row.first >= office.minutes(5)


@pytest.mark.failure(43)
async def test_a_mail_that_is_deferred_for_ever_is_given_up(opened: Opened) -> None:
    pace = Pace(per_minute=0, retry_minutes=(1,), give_up_hours=0.1)
    office = opened(ScriptedTransport({FIRST: [scripted.GREYLISTED] * 99}), pace)
    office.plant(1)

    await office.until_at_rest()

    row = office.see(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.code) == (DeliveryState.REFUSED, "given_up")
    assert row.reply == "450 4.2.0 Greylisted, come back"


@pytest.mark.failure(44)
@pytest.mark.parametrize("verdict", [scripted.NO_SUCH_USER, scripted.TOO_BIG])
async def test_a_refused_recipient_is_refused_and_the_others_get_their_mail(
    opened: Opened, verdict: Verdict
) -> None:
    office = opened(ScriptedTransport({FIRST: [verdict]}))
    office.plant(3)

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState.REFUSED: 1, DeliveryState.SENT: 2}
    assert ("refused", FIRST) in office.see(planting.happened)


@pytest.mark.failure(40)
async def test_a_mail_without_an_answer_is_uncertain_and_never_sent_again(opened: Opened) -> None:
    office = opened(ScriptedTransport({FIRST: [scripted.NO_ANSWER]}))
    office.plant(3)

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState.UNCERTAIN: 1, DeliveryState.SENT: 2}
    assert office.transport.counts()[FIRST] == 1


@pytest.mark.failure(44)
@pytest.mark.parametrize("verdict", [scripted.SENDER_REFUSED, scripted.GOING_DOWN])
async def test_a_relay_that_refuses_us_stops_the_campaign_and_refuses_nobody(
    opened: Opened, verdict: Verdict
) -> None:
    everybody = {planting.address(ONE + each): [verdict] * 99 for each in range(30)}
    office = opened(ScriptedTransport(everybody))
    office.plant(30)

    await office.until_at_rest()

    row = office.see(planting.campaign)
    assert (row.state, row.pause) == (CampaignState.PAUSED, "relay")
    assert office.see(planting.states) == {DeliveryState.PENDING: 30}
    assert office.see(planting.happened) == [("stopped", "")]


@pytest.mark.failure(44)
async def test_a_wrong_password_stops_the_campaign_at_once(opened: Opened) -> None:
    refusals = [down(Phase.AUTH, 535, "5.7.8 Wrong password")]
    office = opened(ScriptedTransport(refusals=refusals))
    office.plant(3)

    await office.until_at_rest()

    assert office.see(planting.campaign).pause_detail == "auth 535 5.7.8 Wrong password"
    assert office.see(planting.states) == {DeliveryState.PENDING: 3}


async def test_a_relay_that_is_away_for_a_moment_stops_nothing(opened: Opened) -> None:
    office = opened(ScriptedTransport(refusals=[down(Phase.CONNECT)] * 4))
    office.plant(3)

    await office.until_at_rest()

    assert office.state() is CampaignState.DONE
    assert office.see(lambda c: planting.delivery(c, ONE)).attempts == 1


@pytest.mark.failure(40)
async def test_a_relay_that_never_answers_makes_few_mails_uncertain(opened: Opened) -> None:
    everybody = {planting.address(ONE + each): [scripted.NO_ANSWER] for each in range(30)}
    office = opened(ScriptedTransport(everybody))
    office.plant(30)

    await office.until_at_rest()

    uncertain = office.see(planting.states)[DeliveryState.UNCERTAIN]
    assert office.state() is CampaignState.PAUSED
    assert uncertain <= office.pace.stop_after + office.pace.connections


async def test_a_relay_that_dies_after_the_body_and_says_so_gets_it_again(opened: Opened) -> None:
    dying = Verdict(meaning=Meaning.RELAY, phase=Phase.BODY, code=421, broken=True)
    office = opened(ScriptedTransport({FIRST: [dying]}))
    office.plant(1)

    await office.until_at_rest()

    row = office.see(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.attempts, row.handed, row.denied) == (DeliveryState.SENT, 1, 2, 1)


async def test_a_connection_carries_no_more_mails_than_it_may(opened: Opened) -> None:
    office = opened(ScriptedTransport(), Pace(per_minute=0, connections=1, per_connection=5))
    office.plant(20)

    await office.until_at_rest()

    assert office.transport.connects == 4


async def test_there_are_no_more_connections_than_may_be(opened: Opened) -> None:
    office = opened(ScriptedTransport(), Pace(per_minute=0, connections=3))
    office.plant(90)

    await office.until_at_rest()

    assert (office.transport.most_open, office.transport.open) == (3, 0)


async def test_the_pace_is_kept(opened: Opened) -> None:
    office = opened(ScriptedTransport(), Pace(per_minute=60, burst=2))
    office.plant(12)

    await office.until_at_rest()

    row = office.see(planting.campaign)
    assert row.ended - row.started >= office.minutes(10 / 60)


async def test_a_campaign_that_is_paused_hands_nothing_over_any_more(office: Office) -> None:
    async def pause(_: Envelope) -> None:
        office.database.writes(lambda c: planting.move(c, 1, CampaignState.PAUSED))

    office.transport.in_body = pause
    office.plant(30)

    await office.until(office.rests)

    assert len(office.transport.taken) <= office.pace.connections
    assert set(office.see(planting.states)) == {DeliveryState.SENT, DeliveryState.PENDING}


async def test_a_campaign_that_is_cancelled_leaves_nothing_in_hand(office: Office) -> None:
    async def cancel(_: Envelope) -> None:
        office.database.writes(lambda c: planting.move(c, 1, CampaignState.CANCELLED))

    office.transport.in_body = cancel
    office.plant(4)

    await office.until(office.rests)

    assert set(office.see(planting.states)) <= {DeliveryState.SENT, DeliveryState.CANCELLED}


async def test_the_first_stop_finishes_what_is_in_flight_and_gives_back_the_rest(
    office: Office,
) -> None:
    async def end(_: Envelope) -> None:
        office.stop.set()
        await turn()

    office.transport.in_body = end
    office.plant(30)

    await office.until(office.stop.is_set)

    found = office.see(planting.states)
    assert found == {DeliveryState.SENT: 2, DeliveryState.PENDING: 28}
    assert office.transport.open == 0


@pytest.mark.failure(41)
async def test_one_who_is_cancelled_leaves_what_was_begun_uncertain(office: Office) -> None:
    begun = asyncio.Event()

    async def hang(_: Envelope) -> None:
        begun.set()
        await asyncio.Event().wait()

    office.transport.in_body = hang
    office.plant(3)
    serving = asyncio.create_task(office.sender.serve(office.stop))
    await begun.wait()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    states = office.see(planting.states)
    assert set(states) <= {DeliveryState.UNCERTAIN, DeliveryState.PENDING}
    assert states[DeliveryState.UNCERTAIN] >= 1


@pytest.mark.failure(41)
async def test_p9_what_a_dead_worker_began_is_not_sent_by_the_next(office: Office) -> None:
    office.plant(3)
    held = {"owner": "gone", "attempts": 1}
    office.database.writes(lambda c: planting.put(c, [ONE], state=DeliveryState.SENDING, **held))
    office.database.writes(lambda c: planting.put(c, [TWO], state=DeliveryState.CLAIMED, **held))
    office.living.dead.add("gone")

    await office.until_at_rest()

    assert set(office.transport.counts()) == {planting.address(TWO), planting.address(THREE)}
    assert office.see(planting.states) == {DeliveryState.UNCERTAIN: 1, DeliveryState.SENT: 2}


async def test_p10_a_database_that_is_away_for_a_while_loses_nothing(office: Office) -> None:
    async def away(_: Envelope) -> None:
        office.database.refuses = 5

    office.transport.in_body = away
    office.plant(10)

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState.SENT: 10}
    assert set(office.transport.counts().values()) == {1}


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_p9_p10_a_database_whose_answers_are_lost_loses_and_repeats_nothing(
    office: Office, lost: int
) -> None:
    async def away(_: Envelope) -> None:
        office.database.losing, office.transport.in_body = [True] * lost, None

    office.transport.in_body = away
    office.plant(10)

    await office.until_at_rest()

    found = office.see(planting.states)
    assert office.state() is CampaignState.DONE
    assert set(office.transport.counts().values()) == {1}
    assert found.get(DeliveryState.UNCERTAIN, 0) <= office.pace.connections
    assert found[DeliveryState.SENT] == len(office.transport.counts())


async def test_p10_what_was_claimed_without_an_answer_is_claimed_anew(office: Office) -> None:
    office.plant(3)
    office.database.losing = [False, True, True]  # the proof of life, and a claim of each line

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState.SENT: 3}


@pytest.mark.parametrize("content", [b"", b"damaged"])
async def test_p10_a_mail_that_was_damaged_is_refused_and_the_others_go_out(
    office: Office, content: bytes
) -> None:
    office.plant(3)
    damaged = update(RECIPIENT).where(RECIPIENT.c.id == ONE).values(content=content)
    office.database.writes(lambda c: c.execute(damaged))

    await office.until_at_rest()

    row = office.see(lambda c: planting.delivery(c, ONE))
    assert (row.state, row.code) == (DeliveryState.REFUSED, "damaged")
    assert office.see(planting.states)[DeliveryState.SENT] == 2


@pytest.mark.parametrize(("kind", "after"), [("offer", "suppressed"), ("news", "sent")])
async def test_who_does_not_want_it_while_it_is_out_does_not_get_it_later(
    opened: Opened, kind: str, after: str
) -> None:
    later = Verdict(meaning=Meaning.LATER, phase=Phase.BODY, code=451, text="4.3.0 Not now")
    office = opened(ScriptedTransport({FIRST: [later]}))
    wish = Suppression(
        address=FIRST, scope=Scope.OFFERS, why=Omission.UNSUBSCRIBED, at=office.clock.now()
    )

    async def unsubscribe(_: Envelope) -> None:
        offers = frozenset({"offer"})
        office.database.writes(lambda c: suppressions.add(c, FIRST, wish, offers))

    office.transport.in_body = unsubscribe
    office.plant(1)
    office.database.writes(lambda c: c.execute(update(CAMPAIGN).values(kind=kind)))

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState(after): 1}
    assert (("suppressed", FIRST) in office.see(planting.happened)) is (after == "suppressed")


async def test_a_post_that_cannot_be_signed_stops_and_is_kept(office: Office) -> None:
    office.unsigned = down(Phase.AUTH, detail="no agent")
    office.plant(1, announce=True)

    await office.until_at_rest()

    assert office.see(planting.states) == {DeliveryState.PENDING: 1}
    assert office.state() is CampaignState.PAUSED
