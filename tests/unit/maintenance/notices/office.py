"""An office that writes to customers: a real database, real campaigns, the shipped templates."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.executors.simulator import VirtualClock
from bot.maintenance.customers.links import Links
from bot.maintenance.notices.desk import Notices
from bot.maintenance.notices.filters import FILTERS
from bot.maintenance.notices.gathered import Planner, Sources
from bot.maintenance.notices.incidents import Incidents
from bot.maintenance.notices.kinds import EVERY, KINDS
from bot.rules.errors import Code, ContactLost
from bot.rules.fleet import Contact, Fleet, Guest, Host, Role
from bot.rules.limits import Limits
from bot.rules.optin import OptIn
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings
from bot.storage import DatabaseStore, open_store
from notifications import DeliveryState, House, Pace
from notifications.campaigns import Campaigns, Parts
from notifications.compose.letters import Composer
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.outbox import endings
from notifications.tables import DELIVERY
from tests.unit.notifications.clock import SettableClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from bot.maintenance.desk import Desk
    from bot.ports import Store
    from bot.rules.errors import MaintError
    from bot.rules.plan.terms import Plan
    from notifications import Drafted, Report
    from tests.night import Night

TEMPLATES = Path(__file__).resolve().parents[4] / "templates"
AT = datetime(2021, 8, 29, 1, 2, tzinfo=UTC)
ANN = "os:ann"
HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    links="https://panel.example.net",
    list="announce@lists.example.net",
)


def customer(name: str, contact: str = "ada", host: str = "hobgoblin", **more: object) -> Guest:
    known: dict[str, object] = {"uuid": f"u-{name}", "contact": contact, **more}
    return Guest(name=name, host=host, **known)  # type: ignore[arg-type]


def fleet(*guests: Guest) -> Fleet:
    """Two hosts; Ada and Ben, and whoever else is named has no address."""
    return Fleet(
        hosts={n: Host(name=n, fqdn=f"{n}.example.net") for n in ("clockwork", "hobgoblin")},
        guests={guest.name: guest for guest in guests},
        contacts={
            "ada": Contact(key="ada", name="Ada Lowe", address="ada@lowe.example.com"),
            "ben": Contact(key="ben", name="Ben Carr", address="ben@example.org"),
        },
    )


#: Ada has two guests, Ben one, nobody is known for a fourth; and there is a resolver of ours.
FLEET = fleet(
    customer("aster"),
    customer("birch", host="clockwork"),
    customer("cedar", contact="ben"),
    customer("dogwood", contact=""),
    customer("resolver", role=Role.INFRASTRUCTURE),
)


class Far:
    """Hosts that do not answer."""

    async def plan(self, host: str) -> Plan:
        raise ContactLost(Code.CONTACT_LOST, host=host, problem="no_route")


class Near:
    """Hosts that answer: they are planned as for a person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def plan(self, host: str) -> Plan:
        return await self._desk.plan(host, PlanOptions())


@dataclass(kw_only=True)
class Office:
    """What notices are made with, and the desk that makes them."""

    store: Store
    mail: Campaigns
    notices: Notices
    sources: Sources
    clock: VirtualClock
    trouble: list[MaintError] = field(default_factory=list)

    @property
    def incidents(self) -> Incidents:
        return Incidents(self.notices, self.sources, self.trouble.append)

    async def say(self, *guests: str, wanted: bool = True, kernel: str = "") -> None:
        """State a wish of each of *guests*."""
        now = self.clock.now()
        await self.store.state_opt_in(
            [
                OptIn(guest=g, wanted=wanted, at=now, who=g, how="link", kernel=kernel)
                for g in guests
            ]
        )

    async def new(self, kind: str, *about: str, key: str = "", **values: str) -> Drafted:
        """Draft a notice, with its post where the kind has one."""
        announce = KINDS[kind].announce
        return await self.notices.new(
            kind, about, values, announce=announce, actor=ANN, key=key or kind
        )

    async def items(self, number: int) -> dict[str, list[dict[str, object]]]:
        """Return who gets a campaign's mail, with what is listed in it."""
        report = await self.mail.report(number)
        return {each.address: [dict(item) for item in each.items] for each in report.deliveries}

    async def text(self, number: int) -> str:
        """Return the text of a campaign's first mail."""
        return (await self.mail.preview(number, ANN)).sample_text

    async def report(self, number: int) -> Report:
        return await self.mail.report(number)

    async def sent(self, number: int) -> None:
        """Let a campaign go out."""
        await self.mail.preview(number, ANN)
        await self.mail.approve(number, "os:ben")
        await self.mail.send(number, ANN)

    async def finished(self, number: int) -> None:
        """Let all mails of a campaign that goes out be accepted."""

        def accept(connection: Connection) -> None:
            known = DELIVERY.c.campaign == number
            sent = {"state": DeliveryState.SENT, "at": self.clock.now()}
            connection.execute(update(DELIVERY).where(known).values(**sent))
            endings.finish(connection, self.clock.now(), announce=False)

        assert isinstance(self.store, DatabaseStore)
        await self.store.transactions.write(accept)

    def later(self, **much: float) -> None:
        self.clock.advance(timedelta(**much).total_seconds())


def staffed(
    store: DatabaseStore,
    about: Fleet = FLEET,
    *,
    house: House = HOUSE,
    policy: PolicySettings | None = None,
    clock: VirtualClock | None = None,
    planner: Planner | None = None,
) -> Office:
    """Set up an office over a database that is open."""
    tokens = Tokens(b"office")
    parts = Parts(
        transactions=store.transactions,
        clock=SettableClock(),
        composer=Composer(Wording(TEMPLATES, FILTERS), tokens, house),
        tokens=tokens,
        kinds=EVERY,
        house=house,
        pace=Pace(),
        wake=lambda: None,
    )
    mail, links = Campaigns(parts), Links(house.links, b"office", about)
    sources = Sources(
        fleet=about,
        store=store,
        policy=policy or PolicySettings(),
        limits=Limits(),
        links=links,
        planner=planner or Far(),
        mail=mail,
    )
    time = clock or VirtualClock(AT)
    notices = Notices(sources, mail, time, announces=bool(house.list))
    return Office(store=store, mail=mail, notices=notices, sources=sources, clock=time)


@asynccontextmanager
async def office(
    folder: Path,
    about: Fleet = FLEET,
    *,
    house: House = HOUSE,
    policy: PolicySettings | None = None,
) -> AsyncIterator[Office]:
    """Open an office of its own."""
    store = open_store(folder / "maint.sqlite", "office")
    try:
        yield staffed(store, about, house=house, policy=policy)
    finally:
        await store.close()


def after(night: Night) -> Office:
    """Open an office over what a night has left; all its guests are Ada's."""
    guests = {name: replace(guest, contact="ada") for name, guest in night.fleet.guests.items()}
    about = replace(night.fleet, guests=guests, contacts=FLEET.contacts)
    assert isinstance(night.store, DatabaseStore)
    return staffed(
        night.store, about, policy=night.policy, clock=night.clock, planner=Near(night.desk)
    )
