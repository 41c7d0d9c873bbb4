"""A provider that plans windows: real database, hosts, campaigns and sender, on a virtual clock.

A `Bot` is one process of it; several may share the database and the hosts.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.maintenance.customers.links import Links
from bot.maintenance.desk import Desk
from bot.maintenance.notices.desk import Notices
from bot.maintenance.notices.filters import FILTERS
from bot.maintenance.notices.gathered import Sources
from bot.maintenance.notices.incidents import Incidents
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.planning import Planner
from bot.maintenance.windows.desk import WindowDesk
from bot.maintenance.windows.keeper import Keeper
from bot.maintenance.windows.kit import Kit
from bot.maintenance.windows.letters import Letters
from bot.maintenance.windows.public import Public
from bot.maintenance.windows.stopping import Stopper
from bot.maintenance.words import Words
from bot.rules.fleet import Contact, Fleet
from bot.rules.window.terms import WindowSettings
from bot.storage import open_store
from notifications import CampaignState, House, Office, Pace, Premises, Secrets, Watch
from tests.integration.patience import until
from tests.night import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.executors.simulator import VirtualClock
    from bot.rules.errors import MaintError
    from bot.rules.window.terms import Entry, Window
    from bot.storage import DatabaseStore
    from notifications import Campaign, Campaigns, Transport
    from notifications.ports import Clock
    from tests.night import Night

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
ANN, BERT = "os:ann", "os:bert"
LIST = "announce@lists.example.net"
HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    links="https://panel.example.net",
    list=LIST,
    zone="Europe/London",
)
SETTINGS = WindowSettings(customers_zone="Europe/London")
QUICK = Pace(per_minute=0, connections=1)
_KEY = b"windows"


class WorldTime:
    """The clock of mail, which reads the world's: what is written is dated by it."""

    def __init__(self, world: VirtualClock) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now()

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        """Return as soon as *wake* is set; whoever waits for a retry does so in real time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)


@dataclass(frozen=True, kw_only=True)
class Means:
    """How the mail of a process goes out."""

    transport: Transport
    clock: Clock
    pace: Pace = QUICK
    machine: Callable[[], float] | None = None  # of the stopper; None: the real one
    database: str = ""  # its URL; empty: a file


@dataclass(frozen=True, kw_only=True)
class Bot:
    """One process: its own connection to the database, its own desks and its own sender."""

    store: DatabaseStore
    office: Office
    desk: Desk
    notices: Notices
    letters: Letters
    windows: WindowDesk
    keeper: Keeper
    incidents: Incidents
    trouble: Sequence[MaintError]

    @property
    def mail(self) -> Campaigns:
        return self.office.campaigns

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Deliver until the end of the block."""
        stop = asyncio.Event()
        serving = asyncio.create_task(self.office.serve(stop))
        try:
            yield
        finally:
            stop.set()
            await serving

    async def approve(self, number: int) -> Campaign:
        """Approve a campaign and let it go, as two persons do."""
        preview = await self.mail.preview(number, ANN)
        await self.mail.approve(number, BERT, preview.campaign.digest)
        return await self.mail.send(number, ANN)

    async def done(self, number: int) -> None:
        """Wait until all mails of a campaign that goes out have gone."""

        async def over() -> bool:
            return (await self.mail.campaign(number)).state is CampaignState.DONE

        await until(over)

    async def becomes_over(self, number: int) -> None:
        """Wait until a campaign is done or cancelled."""

        async def over() -> bool:
            state = (await self.mail.campaign(number)).state
            return state in {CampaignState.DONE, CampaignState.CANCELLED}

        await until(over)

    async def drafted(self) -> list[Campaign]:
        """Return what waits for approval, oldest first."""
        heads = [progress.campaign for progress in await self.mail.campaigns()]
        return [head for head in reversed(heads) if head.state is CampaignState.DRAFT]

    async def entry(self, window: Window, event: str) -> Entry:
        """Return the newest entry of this sort in the journal of *window*."""
        entries = await self.store.entries(window=window.number)
        return [each for each in entries if each.event == event][-1]


def peopled(night: Night, whose: Mapping[str, Sequence[str]]) -> None:
    """Say before its bot rises *whose* guests there are: a name of a contact, and its guests."""
    contacts = {
        key: Contact(key=key, name=key.capitalize(), address=f"{key}@example.org") for key in whose
    }
    keys = {guest: key for key, guests in whose.items() for guest in guests}
    guests = {
        name: replace(guest, contact=keys.get(name, ""))
        for name, guest in night.fleet.guests.items()
    }
    hosts = {
        name: replace(host, fqdn=f"{name}.example.net") for name, host in night.fleet.hosts.items()
    }
    night.fleet = Fleet(hosts=hosts, guests=guests, contacts=contacts)


def employed(night: Night, store: DatabaseStore, means: Means) -> Bot:
    """Set a process up over a database that is open."""
    planner = Planner(
        fleet=night.fleet,
        executors={HOST: night.executor},
        store=store,
        clock=night.clock,
        prober=night.simulator.prober(),
        policy=night.policy,
        limits=night.limits,
    )
    desk = Desk(
        fleet=night.fleet, planner=planner, store=store, clock=night.clock, name=lambda: "r1"
    )
    office = _office(store, means)
    sources = Sources(
        fleet=night.fleet,
        store=store,
        policy=night.policy,
        limits=night.limits,
        links=Links(HOUSE.links, _KEY, night.fleet),
        planner=planner,
        mail=office.campaigns,
        windows=SETTINGS,
    )
    return _equipped(night, store, office, sources, _Parts(desk=desk, means=means))


@dataclass(frozen=True, kw_only=True)
class _Parts:
    desk: Desk
    means: Means


def _office(store: DatabaseStore, means: Means) -> Office:
    return Office(
        Premises(
            transactions=store.transactions,
            living=store.workers,
            transport=means.transport,
            kinds=KINDS,
            templates=TEMPLATES,
            filters=FILTERS,
            house=HOUSE,
            pace=means.pace,
            watch=Watch(),
            secrets=Secrets(key=_KEY),
            origin="windows",
            clock=means.clock,
        )
    )


def _equipped(
    night: Night, store: DatabaseStore, office: Office, sources: Sources, parts: _Parts
) -> Bot:
    mail, trouble = office.campaigns, list["MaintError"]()
    notices = Notices(sources, mail, night.clock, announces=True)
    public = Public(fleet=night.fleet, words=Words(TEMPLATES / "chat"), house=HOUSE)
    letters = Letters(notices, sources, public.invitation, announces=True)
    kit = Kit(
        store=store,
        clock=night.clock,
        desk=parts.desk,
        mail=mail,
        notices=notices,
        letters=letters,
        settings=SETTINGS,
        limits=night.limits,
    )
    machine = parts.means.machine
    windows = WindowDesk(
        fleet=night.fleet,
        store=store,
        clock=night.clock,
        letters=letters,
        stopper=Stopper(mail, machine=machine) if machine else Stopper(mail),
        settings=SETTINGS,
    )
    return Bot(
        store=store,
        office=office,
        desk=parts.desk,
        notices=notices,
        letters=letters,
        windows=windows,
        keeper=Keeper(kit, None, trouble.append),
        incidents=Incidents(notices, sources, trouble.append),
        trouble=trouble,
    )


@asynccontextmanager
async def process(night: Night, means: Means, owner: str) -> AsyncIterator[Bot]:
    """Open a process of its own over the database of *night*, until the end of the block."""
    store = open_store(means.database or night.folder / "maint.sqlite", owner)
    try:
        yield employed(night, store, means)
    finally:
        await store.close()


def guests_of(whose: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return all guests."""
    return tuple(guest for guests in whose.values() for guest in guests)
