"""What every Transport promises, whoever keeps the port."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import pytest_asyncio

from notifications.errors import Problem, TransportDown
from notifications.ports import Envelope
from notifications.settings import Relay
from notifications.transport.folder import FolderTransport
from notifications.transport.smtp import SmtpTransport
from notifications.verdict import Meaning, Phase
from tests.smtpd import Smtpd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from notifications.ports import Transport

CONTENT = b".dot\r\nSubject: =?utf-8?q?=C3=BC?=\r\n\r\n.\r\n..\r\nFrom here\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One implementation, one that cannot be reached, and all that arrived: (recipient, bytes)."""

    transport: Transport
    away: Transport
    arrived: Callable[[], list[tuple[str, bytes]]]


@asynccontextmanager
async def folder(path: Path) -> AsyncIterator[Subject]:
    (path / "file").write_text("")
    yield Subject(
        transport=FolderTransport(path / "outbox"),
        away=FolderTransport(path / "file"),
        arrived=lambda: sorted(
            (unquote(mail.parent.name), mail.read_bytes())
            for mail in (path / "outbox").rglob("*.eml")
        ),
    )


@asynccontextmanager
async def smtp(_: Path) -> AsyncIterator[Subject]:
    async with Smtpd(faults=("slow_banner",)) as away, Smtpd() as server:
        relay = Relay(port=server.port, security="none", greeting="bot.example.net")
        yield Subject(
            transport=SmtpTransport(relay),
            away=SmtpTransport(replace(relay, port=away.port, connect_seconds=0.1)),
            arrived=lambda: sorted((mail.rcpt, mail.content) for mail in server.mails),
        )


@pytest_asyncio.fixture(params=[folder, smtp])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    made: AbstractAsyncContextManager[Subject] = request.param(tmp_path)
    async with made as one:
        yield one


def envelope(number: int = 1, recipient: str = "") -> Envelope:
    name = recipient or f"r{number}@example.org"
    sender = f"bounces+{number}-x@example.net"
    return Envelope(sender=sender, recipient=name, utf8=not name.isascii(), id=f"d{number}")


async def test_what_is_accepted_arrives_byte_for_byte(subject: Subject) -> None:
    session = await subject.transport.connect()
    offered = await session.offer(envelope())
    verdict = await session.deliver(CONTENT)
    assert (offered, verdict.meaning, verdict.phase) == (None, Meaning.ACCEPTED, Phase.BODY)
    assert subject.arrived() == [("r1@example.org", CONTENT)]
    await session.close()


async def test_a_session_carries_mail_after_mail(subject: Subject) -> None:
    session = await subject.transport.connect()
    for number in range(5):
        await session.offer(envelope(number))
        await session.deliver(b"%d\r\n" % number)
    await session.close()
    assert subject.arrived() == [(f"r{n}@example.org", b"%d\r\n" % n) for n in range(5)]


async def test_sessions_keep_their_mails_apart(subject: Subject) -> None:
    sessions = [await subject.transport.connect() for _ in range(4)]
    await asyncio.gather(*(one.offer(envelope(n)) for n, one in enumerate(sessions)))
    await asyncio.gather(*(one.deliver(b"%d\r\n" % n) for n, one in enumerate(sessions)))
    await asyncio.gather(*(one.close() for one in sessions))
    assert subject.arrived() == [(f"r{n}@example.org", b"%d\r\n" % n) for n in range(4)]


async def test_nothing_arrives_of_an_offer_that_is_withdrawn(subject: Subject) -> None:
    session = await subject.transport.connect()
    await session.offer(envelope())
    await session.withdraw()
    await session.close()
    assert subject.arrived() == []


async def test_nothing_arrives_of_an_offer_that_is_abandoned(subject: Subject) -> None:
    session = await subject.transport.connect()
    await session.offer(envelope())
    await session.close()
    assert subject.arrived() == []


async def test_closing_again_does_nothing(subject: Subject) -> None:
    session = await subject.transport.connect()
    await session.close()
    await session.close()
    assert subject.arrived() == []


@pytest.mark.parametrize("recipient", ["jörg@example.org", "o'neil/x%y@example.org", "a+b@c.d"])
async def test_an_unusual_address_gets_its_mail(subject: Subject, recipient: str) -> None:
    session = await subject.transport.connect()
    await session.offer(envelope(1, recipient))
    await session.deliver(CONTENT)
    await session.close()
    assert subject.arrived() == [(recipient, CONTENT)]


async def test_one_that_cannot_be_reached_says_so(subject: Subject) -> None:
    with pytest.raises(TransportDown) as caught:
        await subject.away.connect()
    assert caught.value.problem is Problem.RELAY
    assert set(caught.value.fields) == {"phase", "code", "detail"}
