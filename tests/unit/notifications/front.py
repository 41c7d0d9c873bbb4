"""A front door over a fresh database and small templates, for tests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from notifications.campaigns import Campaigns, Parts
from notifications.compose.letters import Composer
from notifications.compose.mailbox import parse
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.errors import NotificationError
from notifications.settings import House, Pace
from notifications.tables import DELIVERY, RECIPIENT
from notifications.terms import Draft, Kind, Recipient
from tests.unit.notifications.clock import SettableClock
from tests.unit.notifications.database import FileDatabase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence
    from pathlib import Path

    from notifications.states import DeliveryState
    from notifications.terms import Change

ANNA, BORIS = "os:anna", "os:boris"

TEXT = """{% block subject %}News of {{ campaign.kind }}{% endblock %}
{% block text %}
Dear {{ to.name }},
{% for item in items %}
{{ item.guest }}
{% endfor %}
{% endblock %}
"""
OFFER = TEXT.replace("Dear", "Why: {{ why }}\n{{ unsubscribe }}\nDear")
POST = "{% block subject %}To all{% endblock %}{% block text %}{{ why }}{% endblock %}"

KINDS = {
    kind.name: kind
    for kind in (
        Kind(name="notice", service=True, item_needs=frozenset({"guest"})),
        Kind(name="offer", service=False, needs=frozenset({"why"}), announce=True),
        Kind(name="answer", service=True, item_needs=frozenset({"guest"}), answer=True),
        Kind(name="word", service=True, letter=False, announce=True, needs=frozenset({"why"})),
    )
}
HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    bounces="bounces@example.net",
    links="https://panel.example.net",
    list="announce@lists.example.net",
    staff=frozenset({"boss@example.net"}),
)


def recipient(address: str, *guests: str, name: str = "") -> Recipient:
    """Return one who has *guests*."""
    items = tuple({"guest": guest} for guest in guests)
    return Recipient(address=address, name=name or address.partition("@")[0], items=items)


PEOPLE = (recipient("a@example.org", "alpha"), recipient("b@example.org", "beta", "gamma"))


@dataclass(frozen=True, kw_only=True)
class Front:
    """The front door, and what is behind it."""

    campaigns: Campaigns
    database: FileDatabase
    clock: SettableClock
    parts: Parts
    templates: Path
    woken: list[int]

    async def drafted(
        self,
        kind: str = "notice",
        recipients: Sequence[Recipient] = PEOPLE,
        **more: Any,  # noqa: ANN401 - fields of a Draft
    ) -> int:
        """Draft a campaign and return its number, or that of its post if it is only one."""
        values = {"why": "to test"} if KINDS[kind].needs else {}
        given = {"actor": ANNA, "request_key": "key", "values": values} | more
        made = await self.campaigns.draft(Draft(kind=kind, recipients=recipients, **given))
        return made.campaign or made.post

    async def previewed(self, kind: str = "notice", **more: Any) -> int:  # noqa: ANN401 - same
        """Draft and preview."""
        number = await self.drafted(kind, **more)
        await self.campaigns.preview(number, ANNA)
        return number

    async def sending(self, kind: str = "notice", **more: Any) -> int:  # noqa: ANN401 - same
        """Draft, preview, approve and send."""
        number = await self.previewed(kind, **more)
        await self.campaigns.approve(number, BORIS)
        await self.campaigns.send(number, ANNA)
        return number

    def restarted(self) -> Campaigns:
        """Return a front door that reads the templates as they are now."""
        parts = self.parts
        composer = Composer(Wording(self.templates, {}), parts.tokens, parts.house)
        return Campaigns(replace(parts, composer=composer))

    def states(self, number: int) -> dict[str, DeliveryState]:
        """Return the state of each address, in the order of sending."""
        query = (
            select(RECIPIENT.c.address, DELIVERY.c.state)
            .join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
            .where(DELIVERY.c.campaign == number)
            .order_by(DELIVERY.c.position)
        )
        return self.database.reads(lambda c: {row.address: row.state for row in c.execute(query)})

    def become(self, number: int, address: str, state: DeliveryState, **columns: object) -> None:
        """Let a delivery be as a sender would have left it."""
        theirs = (RECIPIENT.c.campaign == number) & (RECIPIENT.c.mailbox == parse(address).same)
        which = DELIVERY.c.id == select(RECIPIENT.c.id).where(theirs).scalar_subquery()
        self.database.writes(
            lambda c: c.execute(update(DELIVERY).where(which).values(state=state, **columns))
        )

    async def told(self, number: int) -> tuple[Change, ...]:
        """Return what the journal says of a campaign."""
        return await self.campaigns.changes(0, number)


async def refusal(doing: Awaitable[object]) -> NotificationError:
    """Return how *doing* is refused."""
    try:
        await doing
    except NotificationError as error:
        return error
    message = "it was not refused"
    raise AssertionError(message)


@contextmanager
def front(folder: Path, *, pace: Pace | None = None, house: House = HOUSE) -> Iterator[Front]:
    """Give a front door over a fresh database in *folder*."""
    templates = folder / "templates"
    for name, text in (("notice", TEXT), ("answer", TEXT), ("offer", OFFER)):
        write(templates / "email" / f"{name}.txt.jinja", text)
    for name in ("offer", "word"):
        write(templates / "announce" / f"{name}.txt.jinja", POST)
    database, clock, tokens, woken = FileDatabase(folder / "db"), SettableClock(), Tokens(b"k"), []
    parts = Parts(
        transactions=database,
        clock=clock,
        composer=Composer(Wording(templates, {}), tokens, house),
        tokens=tokens,
        kinds=KINDS,
        house=house,
        pace=pace or Pace(),
        wake=lambda: woken.append(1),
    )
    yield Front(
        campaigns=Campaigns(parts),
        database=database,
        clock=clock,
        parts=parts,
        templates=templates,
        woken=woken,
    )
    database.close()


def write(file: Path, text: str) -> None:
    """Write a template."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
