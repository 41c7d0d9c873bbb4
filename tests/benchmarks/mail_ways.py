"""Ways to send the same mails to the same relay, and what each of them costs."""

import asyncio
import shutil
import smtplib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event

from bot.storage import DatabaseStore
from notifications import Campaign, CampaignState
from notifications.compose.letters import dated
from notifications.compose.mailbox import parse
from notifications.ports import Envelope, Session
from tests.benchmarks.mail_house import (
    COMPOSER,
    HOUSE,
    KIND,
    VALUES,
    office,
    opened,
    recipients,
    relay,
)
from tests.benchmarks.mail_sink import HOST, Sink
from tests.integration.patience import until

NOW = datetime(2021, 8, 29, tzinfo=UTC)
CAMPAIGN = Campaign(
    number=1, kind=KIND.name, state=CampaignState.DRAFT, actor="", created=NOW, values=VALUES
)


@dataclass(kw_only=True)
class Cost:
    """What one round of a way took."""

    mails: int
    seconds: float = 0.0
    cpu: float = 0.0  # seconds, of this process
    writer: float = 0.0  # of it, of the thread that writes to the database
    sink: float = 0.0
    commits: int = 0


@contextmanager
def measured(cost: Cost, sink: Sink) -> Iterator[None]:
    began, cpu, theirs = time.monotonic(), time.process_time(), sink.cpu()
    yield
    cost.seconds = time.monotonic() - began
    cost.cpu = time.process_time() - cpu
    cost.sink = sink.cpu() - theirs


def rendered(mails: int) -> list[bytes]:
    """Compose so many mails."""
    return [
        COMPOSER.letter(KIND, CAMPAIGN, each, parse(each.address)) for each in recipients(mails)
    ]


def composing(sink: Sink, mails: int) -> Cost:
    cost = Cost(mails=mails)
    with measured(cost, sink):
        rendered(mails)
    return cost


def naive(sink: Sink, mails: int) -> Cost:
    """Connect, build and send, each mail by itself."""
    text, cost = COMPOSER.sample_parts(rendered(1)[0])[1], Cost(mails=mails)
    with measured(cost, sink):
        for each in recipients(mails):
            with smtplib.SMTP(HOST, sink.port, local_hostname="bench") as client:
                client.send_message(_built(each.name, each.address, text))
    return cost


def keeping(sink: Sink, mails: int) -> Cost:
    """Do the same over one connection."""
    text, cost = COMPOSER.sample_parts(rendered(1)[0])[1], Cost(mails=mails)
    with measured(cost, sink), smtplib.SMTP(HOST, sink.port, local_hostname="bench") as client:
        for each in recipients(mails):
            client.send_message(_built(each.name, each.address, text))
    return cost


def _built(name: str, address: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Date"] = formatdate()
    mail["From"] = f"{HOUSE.name} <{HOUSE.address}>"
    mail["Reply-To"] = f"{HOUSE.name} <{HOUSE.address}>"
    mail["To"] = f"{name} <{address}>"
    mail["Subject"] = f"[{HOUSE.name}] Suspend+restore: all guests set back to opted out"
    mail["Message-ID"] = f"<1.{address.replace('@', '.')}@{HOUSE.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail.set_content(text)
    return mail


def bare(sink: Sink, mails: int, connections: int) -> Cost:
    """Hand over what is prepared, by our transport without a database."""
    prepared = [
        (COMPOSER.envelope(number, f"contact{number}@example.org", len(content)), content)
        for number, content in enumerate((dated(each, NOW) for each in rendered(mails)), 1)
    ]
    return asyncio.run(_bare(sink, prepared, connections))


async def _bare(sink: Sink, mails: Sequence[tuple[Envelope, bytes]], connections: int) -> Cost:
    cost, transport = Cost(mails=len(mails)), relay(sink.port)
    with measured(cost, sink):
        waiting = iter(mails)
        sessions = [await transport.connect() for _ in range(connections)]
        async with asyncio.TaskGroup() as group:
            for session in sessions:
                group.create_task(_empty(session, waiting))
    return cost


async def _empty(session: Session, mails: Iterable[tuple[Envelope, bytes]]) -> None:
    for envelope, content in mails:
        assert await session.offer(envelope) is None
        await session.deliver(content)
    await session.close()


def durable(sink: Sink, prepared: Path, connections: int) -> Cost:
    """Send a copy of the campaign that was *prepared*, as the bot does."""
    with TemporaryDirectory() as folder:
        copy = shutil.copytree(prepared, Path(folder) / "copy")
        return asyncio.run(_durable(sink, copy, connections))


async def _durable(sink: Sink, folder: Path, connections: int) -> Cost:
    async with opened(folder, "bench") as store:
        assert await pragma(store, "synchronous") == "2", "not FULL"
        campaigns = (desk := office(store, sink.port, connections)).campaigns
        (progress,) = await campaigns.campaigns()
        number, cost = progress.campaign.number, Cost(mails=progress.counts.total)
        stop = asyncio.Event()

        async def done() -> bool:
            return (await campaigns.campaign(number)).state is CampaignState.DONE

        async with asyncio.TaskGroup() as group:
            group.create_task(desk.serve(stop))
            with measured(cost, sink), _watched(cost, store):
                await campaigns.send(number, "os:ben")
                await until(done)
            stop.set()
        return _exact(cost, await campaigns.campaign(number))


def _exact(cost: Cost, campaign: Campaign) -> Cost:
    """Take the time from the campaign itself, not from whoever looks at it now and then."""
    assert campaign.started
    assert campaign.ended
    cost.seconds = (campaign.ended - campaign.started).total_seconds()
    return cost


async def pragma(store: DatabaseStore, name: str) -> str:
    """Read a setting of the connection that writes."""
    return await store.transactions.write(
        lambda connection: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
    )


@contextmanager
def _watched(cost: Cost, store: DatabaseStore) -> Iterator[None]:
    """Count the commits, and the CPU of the thread that makes them."""
    (thread,) = [each for each in threading.enumerate() if each.name == "store-writer"]
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    engine = store._write.__self__._parts.writers  # type: ignore[attr-defined]

    def count(_: object) -> None:
        cost.commits += 1

    event.listen(engine, "commit", count)
    began = time.clock_gettime(clock)
    yield
    cost.writer = time.clock_gettime(clock) - began
    event.remove(engine, "commit", count)
