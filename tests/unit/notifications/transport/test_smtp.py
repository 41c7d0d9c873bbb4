"""Handing over mail: what was before the dot and what was after it is never confused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from notifications.settings import Relay
from notifications.transport.smtp import hushed
from notifications.verdict import Meaning, Phase
from tests.smtpd import EXTENSIONS, Smtpd
from tests.unit.notifications.transport.relays import (
    CONTENT,
    LENIENT,
    SLOWLY,
    WAYS,
    envelope,
    sent,
    session,
    transport,
)

if TYPE_CHECKING:
    from notifications.transport.smtp import SmtpSession


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def extensions(request: pytest.FixtureRequest) -> tuple[str, ...]:
    ways: tuple[str, ...] = request.param
    return ways


async def interrupted(session: SmtpSession) -> None:
    """Wait for something that nobody asked for."""
    while session._talk.interruption() is None:
        session._talk._stirred.clear()
        await session._talk._stirred.wait()


BEFORE_THE_BODY = [
    ("sender_refused", Meaning.RELAY, Phase.MAIL, 550),
    ("552_mail", Meaning.REFUSED, Phase.MAIL, 552),
    ("450_rcpt", Meaning.LATER, Phase.RCPT, 450),
    ("552_rcpt", Meaning.LATER, Phase.RCPT, 552),
    ("550_rcpt", Meaning.REFUSED, Phase.RCPT, 550),
    ("451_data", Meaning.LATER, Phase.DATA, 451),
    ("554_data", Meaning.REFUSED, Phase.DATA, 554),
]
OF_THE_BODY = [
    ("451_body", Meaning.LATER, Phase.BODY, 451),
    ("554_body", Meaning.REFUSED, Phase.BODY, 554),
]


@pytest.mark.failure(43, 44)
@pytest.mark.parametrize(("fault", "meaning", "phase", "code"), BEFORE_THE_BODY + OF_THE_BODY)
async def test_an_answer_is_understood_and_the_session_goes_on(
    fault: str, meaning: Meaning, phase: Phase, code: int, extensions: tuple[str, ...]
) -> None:
    faults = (f"{fault},times=1",)
    async with Smtpd(faults=faults, extensions=extensions) as server, session(server) as one:
        verdict = await sent(one)
        again = await sent(one)
    assert (verdict.meaning, verdict.phase, verdict.code) == (meaning, phase, code)
    assert (verdict.broken, again.meaning, server.connections) == (False, Meaning.ACCEPTED, 1)
    assert [mail.content for mail in server.mails] == [CONTENT]


@pytest.mark.failure(44)
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "body"])
async def test_421_is_the_relays_trouble_in_every_phase(
    phase: str, extensions: tuple[str, ...]
) -> None:
    faults = (f"421:{phase}",)
    async with Smtpd(faults=faults, extensions=extensions) as server, session(server) as one:
        verdict = await sent(one)
    assert (verdict.meaning, verdict.code) == (Meaning.RELAY, 421)
    assert (verdict.phase, verdict.broken) == (phase, True)


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", ["drop", "hang", "gibberish"])
async def test_no_answer_before_the_body_is_as_if_never_tried(
    fault: str, phase: str, extensions: tuple[str, ...]
) -> None:
    faults = (f"{fault}:{phase}",)
    async with (
        Smtpd(faults=faults, extensions=extensions) as server,
        session(server, answer_seconds=0.5 if fault == "hang" else 30) as one,
    ):
        verdict = await one.offer(envelope())
    assert verdict is not None
    assert (verdict.meaning, verdict.phase, verdict.broken) == (Meaning.RELAY, phase, True)
    assert server.mails == []


@pytest.mark.failure(40)
@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ("drop:go", 0),
        ("drop_before_dot", 0),
        ("drop_after_dot", 1),
        ("drop_after_dot_lost", 0),
        ("hang_after_dot", 1),
        ("gibberish", 0),
    ],
)
async def test_no_answer_after_the_body_began_is_unknown(
    fault: str, arrived: int, extensions: tuple[str, ...]
) -> None:
    async with (
        Smtpd(faults=(fault,), extensions=extensions) as server,
        session(server, dot_seconds=0.5 if fault == "hang_after_dot" else 30) as one,
    ):
        verdict = await sent(one)
    assert (verdict.meaning, verdict.phase, verdict.broken) == (Meaning.UNKNOWN, Phase.BODY, True)
    assert len(server.mails) == arrived


async def test_greylisting_is_later_and_then_accepted(extensions: tuple[str, ...]) -> None:
    faults = ("450_then_ok",)
    async with Smtpd(faults=faults, extensions=extensions) as server, session(server) as one:
        meanings = [(await sent(one)).meaning for _ in range(2)]
    assert meanings == [Meaning.LATER, Meaning.ACCEPTED]


async def test_a_lost_quit_changes_nothing() -> None:
    async with Smtpd(faults=("drop_at_quit",)) as server:
        one = await transport(server).connect()
        verdict = await sent(one)
        await one.close()
    assert verdict.meaning is Meaning.ACCEPTED
    assert server.heard[-1] == "QUIT"


async def test_a_quit_that_hangs_ends() -> None:
    async with Smtpd(faults=("hang:quit",)) as server:
        one = await transport(server, answer_seconds=0.1).connect()
        await one.close()
    assert server.heard[-1] == "QUIT"


@pytest.mark.parametrize("fault", ["421:idle", "gibberish:idle", "drop:idle"])
async def test_an_end_while_idle_is_the_relays_trouble_at_the_next_mail(fault: str) -> None:
    async with Smtpd(faults=(fault,)) as server, session(server) as one:
        accepted = await sent(one)
        await interrupted(one)
        verdict = await sent(one)
    assert accepted.meaning is Meaning.ACCEPTED
    assert (verdict.meaning, verdict.phase, verdict.broken) == (Meaning.RELAY, Phase.MAIL, True)


async def test_an_acceptance_that_came_before_the_body_accepts_nothing() -> None:
    async with Smtpd(faults=("surprise",)) as server, session(server) as one:
        await one.offer(envelope())
        await interrupted(one)
        verdict = await one.deliver(CONTENT)
    assert (verdict.meaning, verdict.broken, server.mails) == (Meaning.RELAY, True, [])


async def test_a_refusal_stays_one_when_the_relay_goes_right_after_it() -> None:
    async with Smtpd(faults=("550_rcpt", "421:data")) as server, session(server) as one:
        verdict = await one.offer(envelope())
    assert verdict is not None
    assert (verdict.meaning, verdict.phase, verdict.broken) == (Meaning.REFUSED, Phase.RCPT, True)


async def test_an_answer_that_was_left_behind_is_never_taken_for_that_of_the_next_mail() -> None:
    async with Smtpd(faults=("hang_after_dot",)) as server, session(server) as one:
        await one.offer(envelope())
        handing = asyncio.create_task(one.deliver(CONTENT))
        await asyncio.wait([handing], timeout=0.05)
        handing.cancel()
        await asyncio.wait([handing])
        verdict = await one.offer(envelope("berta@example.org"))
    assert verdict is not None
    assert (verdict.meaning, verdict.broken) == (Meaning.RELAY, True)


async def test_a_withdrawn_offer_hands_nothing_over() -> None:
    async with Smtpd() as server, session(server) as one:
        await one.offer(envelope())
        await one.withdraw()
        verdict = await one.offer(envelope())
    assert verdict is not None
    assert verdict.broken
    assert server.mails == []


async def test_a_session_closed_after_an_offer_does_not_say_quit_into_the_body() -> None:
    async with Smtpd() as server, session(server) as one:
        await one.offer(envelope())
        await one.close()
    assert (server.mails, one._talk._owed) == ([], 0)


async def test_a_refused_recipient_costs_no_body_where_the_relay_awaits_one() -> None:
    faults = ("550_rcpt,times=1",)
    async with Smtpd(faults=faults, extensions=LENIENT) as server, session(server) as one:
        verdict = await one.offer(envelope())
        await sent(one, "berta@example.org")
    assert verdict is not None
    assert (verdict.phase, verdict.broken) == (Phase.RCPT, False)
    assert [mail.rcpt for mail in server.mails] == ["berta@example.org"]


async def test_an_offer_tells_size_and_what_a_bounce_is_to_carry() -> None:
    async with Smtpd(extensions=SLOWLY) as server, session(server) as one:
        await sent(one)
    assert list(server.heard)[1:4] == [
        "MAIL FROM:<bounces+1-a@example.net> SIZE=99 RET=HDRS ENVID=1",
        "RCPT TO:<anna@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;anna@example.org",
        "DATA",
    ]


async def test_an_address_that_needs_smtputf8_goes_where_it_is_offered() -> None:
    async with Smtpd() as server, session(server) as one:
        verdict = await one.offer(envelope("jörg@example.org", utf8=True))
        await one.deliver(CONTENT)
    assert verdict is None
    assert server.mails[0].rcpt == "jörg@example.org"


async def test_an_address_that_needs_smtputf8_is_refused_unasked_elsewhere() -> None:
    async with Smtpd(extensions=("PIPELINING",)) as server, session(server) as one:
        verdict = await one.offer(envelope("jörg@example.org", utf8=True))
        accepted = await sent(one)
    assert verdict is not None
    assert (verdict.meaning, verdict.code, verdict.text) == (Meaning.REFUSED, 553, "smtputf8")
    assert accepted.meaning is Meaning.ACCEPTED


async def test_sessions_of_one_transport_do_not_disturb_each_other() -> None:
    async with Smtpd(extensions=EXTENSIONS) as server:
        sessions = [await transport(server).connect() for _ in range(8)]
        names = [f"r{n}@example.org" for n in range(8)]
        for _ in range(5):
            await asyncio.gather(*map(sent, sessions, names))
        await asyncio.gather(*(one.close() for one in sessions))
    assert sorted(mail.rcpt for mail in server.mails) == sorted(names * 5)
    assert server.connections == 8


@pytest.mark.parametrize("secret", ["relay secret", "list secret"])
def test_a_relay_that_repeats_a_secret_does_not_tell_it_to_people(secret: str) -> None:
    relay = Relay(user="maintbot", password="relay secret", hidden=("list secret",))

    assert hushed(f"550 what is {secret}?", relay) == "550 what is ***?"


def test_without_secrets_nothing_is_taken_out() -> None:
    assert hushed("550 no such user", Relay(hidden=("",))) == "550 no such user"
