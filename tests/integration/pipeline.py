"""The whole pipeline over SQLite and a real relay, from the draft to the last delivery."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from notifications.announce.posts import finisher
from notifications.campaigns import Campaigns, Parts
from notifications.clock import MachineClock
from notifications.compose.letters import Composer
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.sending.sender import Sender, Supplies
from notifications.settings import House, Pace, Relay, Secrets
from notifications.states import CampaignState
from notifications.terms import Draft, Drafted, Kind, Recipient
from notifications.transport.smtp import SmtpTransport
from tests.integration.patience import until
from tests.unit.notifications.database import FileDatabase, Owners

if TYPE_CHECKING:
    from notifications.announce.posts import Finish

LETTER = Kind(name="letter", service=True, needs=frozenset({"paragraph"}))
POST = Kind(name="post", service=True, letter=False, announce=True, needs=frozenset({"paragraph"}))
WORDS = """\
{% block subject %}A word{% endblock %}
{% block text %}
{{ paragraph }}
From today on.
{% endblock %}
"""
PACE = Pace(per_minute=0, retry_minutes=(60,))
SECRETS = Secrets(key=b"key of the tests")
ENDED = {CampaignState.DONE, CampaignState.PAUSED}


def house(posts_to: str = "") -> House:
    """Return who writes."""
    return House(
        name="Example Hosting",
        address="support@example.net",
        domain="example.net",
        bounces="bounces@example.net",
        list=posts_to,
    )


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Campaigns, and a sender that works."""

    database: FileDatabase
    campaigns: Campaigns
    keys: Iterator[int] = field(default_factory=itertools.count)

    async def mail(self, *addresses: str) -> int:
        """Send a campaign to *addresses*; return its number when it is at its end."""
        recipients = tuple(Recipient(address=address) for address in addresses)
        return (await self._drafted(LETTER.name, recipients)).campaign

    async def post(self, follows: int = 0) -> int:
        """Post to the list; return the post's number when it was handed over, or is stopped."""
        return (await self._drafted(POST.name, follows=follows)).post

    async def _drafted(
        self, kind: str, recipients: tuple[Recipient, ...] = (), follows: int = 0
    ) -> Drafted:
        draft = Draft(
            kind=kind,
            actor="anna",
            request_key=f"key{next(self.keys)}",
            recipients=recipients,
            values={"paragraph": "We restore nothing for now.\nThat is from today on."},
            announce=kind == POST.name,
            follows=follows,
        )
        drafted = await self.campaigns.draft(draft)
        await self._through(drafted.post or drafted.campaign)
        return drafted

    async def _through(self, number: int) -> None:
        await self.campaigns.preview(number, "anna")
        await self.campaigns.approve(number, "berta")
        await self.campaigns.send(number, "berta")

        async def ended() -> bool:
            return (await self.campaigns.campaign(number)).state in ENDED

        await until(ended)


@asynccontextmanager
async def pipeline(
    folder: Path, port: int, house: House, *, finish: Finish | None = None
) -> AsyncIterator[Pipeline]:
    """Serve with the relay on *port* of loopback until the end of the block."""
    clock, tokens = MachineClock(), Tokens(SECRETS.key)
    composer = Composer(Wording(_templates(folder), {}), tokens, house)
    database = FileDatabase(folder / "mail.db")
    transport = SmtpTransport(Relay(host="127.0.0.1", port=port, security="none"))
    supplies = Supplies(
        transactions=database,
        living=Owners(),
        clock=clock,
        transports=lambda _: transport,
        composer=composer,
        pace=PACE,
        offers=frozenset(),
        finish=finish or finisher(clock, SECRETS, None, None),
    )
    sender = Sender(supplies)
    parts = Parts(
        transactions=database,
        clock=clock,
        composer=composer,
        tokens=tokens,
        kinds={kind.name: kind for kind in (LETTER, POST)},
        house=house,
        pace=PACE,
        wake=sender.wake,
    )
    stop = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(sender.serve(stop))
            yield Pipeline(database=database, campaigns=Campaigns(parts))
            stop.set()
    finally:
        database.close()


def _templates(folder: Path) -> Path:
    for where, kind in (("email", LETTER), ("announce", POST)):
        path = folder / "templates" / where / f"{kind.name}.txt.jinja"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(WORDS)
    return folder / "templates"
