"""Who writes to whom in the benchmarks of mail: the bot's office, and a notice that is shipped."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.maintenance.notices.filters import FILTERS
from bot.maintenance.notices.kinds import KINDS
from bot.storage import DatabaseStore, open_store
from notifications import Draft, House, Office, Pace, Premises, Recipient, Relay, Secrets, Watch
from notifications.compose.letters import Composer
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.transport.smtp import SmtpTransport
from tests.benchmarks.mail_sink import HOST

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
CONNECTIONS = 32  # the most that a target allows
NAME = "maint.sqlite"
KIND = KINDS["optout-reset"]
VALUES = {"at": datetime(2021, 8, 29, tzinfo=UTC), "guests": 85, "restored": 27, "failed": 2}
HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    bounces="bounces@example.net",
    links="https://panel.example.net",
)
COMPOSER = Composer(Wording(TEMPLATES, FILTERS), Tokens(b"bench", "bench"), HOUSE)


def recipients(count: int) -> Iterator[Recipient]:
    for number in range(count):
        item = {
            "guest": f"guest{number:06}",
            "host": "hobgoblin.example.net",
            "down": False,
        }
        yield Recipient(
            address=f"contact{number:06}@example.org", name=f"Contact {number:06}", items=(item,)
        )


def relay(port: int) -> SmtpTransport:
    return SmtpTransport(Relay(host=HOST, port=port, security="none", greeting="bench"))


@asynccontextmanager
async def opened(folder: Path, owner: str) -> AsyncIterator[DatabaseStore]:
    """Open the store of a folder, which is a copy of another's or new."""
    store = open_store(folder / NAME, owner)
    try:
        yield store
    finally:
        await store.close()


def office(store: DatabaseStore, port: int, connections: int) -> Office:
    """Put together what the bot would, at full speed."""
    return Office(
        Premises(
            transactions=store.transactions,
            living=store.workers,
            transport=relay(port),
            kinds=KINDS,
            templates=TEMPLATES,
            filters=FILTERS,
            house=HOUSE,
            pace=Pace(per_minute=0, connections=connections, per_connection=0),
            secrets=Secrets(key=b"bench"),
            watch=Watch(),
            origin=store.origin,
        )
    )


async def approved(office: Office, count: int) -> int:
    """Bring a campaign to *count* recipients so far that it can be sent; return its number."""
    draft = Draft(
        kind=KIND.name,
        actor="os:ann",
        request_key=f"bench/{count}",
        recipients=recipients(count),
        values=VALUES,
    )
    number = (await office.campaigns.draft(draft)).campaign
    await office.campaigns.preview(number, "os:ann")
    await office.campaigns.approve(number, "os:ben")
    return number
