"""The composition root: the one place that knows every part and puts them together."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from bot.chat.asked_of_mail import Office as ChatOffice
from bot.chat.asked_of_windows import Windows
from bot.chat.handlers import Handler
from bot.chat.mistakes import nearest
from bot.chat.sitting import actor
from bot.chat.starting import Asking
from bot.chat.views import Views
from bot.executors import helper_file
from bot.executors.host_helper.dialects import libvirt_hook, xen_hook
from bot.executors.network_prober import NetworkProber, can_ping
from bot.executors.remote import Patience, RemoteHost, Way
from bot.executors.setting_up import STATE, Goods, Hook, prepare
from bot.executors.simulator import Simulator, WorldClock, create_world, exists
from bot.executors.system_clock import SystemClock
from bot.maintenance import host_check, single
from bot.maintenance.customers.consent import Consent
from bot.maintenance.customers.desk import CustomerDesk
from bot.maintenance.customers.figures import StoreFigures
from bot.maintenance.customers.links import Links
from bot.maintenance.customers.news import CustomerProjection
from bot.maintenance.desk import Desk
from bot.maintenance.intake import take_in
from bot.maintenance.notices.desk import Notices
from bot.maintenance.notices.filters import FILTERS
from bot.maintenance.notices.gathered import Sources
from bot.maintenance.notices.incidents import Incidents
from bot.maintenance.notices.kinds import EVERY
from bot.maintenance.notices.telling import MailProjection
from bot.maintenance.planning import Planner
from bot.maintenance.progress import Projection
from bot.maintenance.reality import proposal
from bot.maintenance.recheck import Recheck
from bot.maintenance.runner import Equipment
from bot.maintenance.windows.alarm import Alarm
from bot.maintenance.windows.desk import WindowDesk
from bot.maintenance.windows.keeper import Keeper
from bot.maintenance.windows.kit import Kit
from bot.maintenance.windows.letters import Letters
from bot.maintenance.windows.public import Public
from bot.maintenance.windows.stopping import Stopper
from bot.maintenance.windows.telling import WindowProjection
from bot.maintenance.words import Words
from bot.maintenance.worker import Worker
from bot.rules.errors import BadConfiguration, BadRequest, Code, Precondition
from bot.rules.fleet import Check
from bot.rules.plan.situation import Surroundings
from bot.rules.policy.terms import PolicySettings
from bot.settings import Configuration, load, shipped
from bot.settings.consistency import SIMULATED
from bot.settings.people import Right
from bot.settings.settings import served_at
from bot.storage import open_store, signing_key
from bot.web.listening import listening
from notifications import Office, Premises, Secrets, folder_transport, smtp_transport

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from bot.executors.setting_up import Installation
    from bot.ports import HostExecutor, Message, PacedClock, Prober, Store
    from bot.rules.errors import MaintError
    from bot.rules.fleet import Fleet, Host
    from bot.rules.run.terms import Run
    from bot.settings import Settings
    from bot.settings.settings import Web
    from bot.storage import DatabaseStore
    from notifications import Transport

THINKING = 8  # runs that think in one turn of the event loop; each takes a millisecond or two
PRIVATE = 0o077  # names, reasons and consoles are nobody else's: what is made is ours alone
WORLD = "world"  # folder of the simulated hosts, in the data folder
MAIL = "mail"  # folder of the mails that go nowhere else, in the data folder


@dataclass(frozen=True, kw_only=True)
class AppOptions:
    """What the command line says about where things are."""

    config: Path | None = None
    demo: bool = False
    data: Path | None = None
    settings_file: str = "maint.toml"
    keep: bool = False  # demo: keep the data folder at the end
    pages: bool = False  # this process serves pages, if a port is configured for them
    accept_inventory: bool = False  # a person confirmed that many guests are gone


async def _nothing_to_close() -> None:
    """Close a simulated world, which is only files."""


@dataclass(frozen=True, kw_only=True)
class World:
    """The hosts as the bot reaches them, and the time they live in."""

    executors: Mapping[str, HostExecutor]
    prober: Prober
    clock: PacedClock
    close: Callable[[], Awaitable[None]] = _nothing_to_close


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything a command needs, wired."""

    settings: Settings
    store: Store
    desk: Desk
    handler: Handler
    projection: Projection
    worker: Worker
    incidents: Incidents
    keeper: Keeper
    office: Office
    views: Views
    words: Words
    customers: CustomerDesk
    figures: StoreFigures
    listener: socket.socket | None = None  # where pages are asked for
    welcome: Message | None = None  # on a demo fleet
    changed: Message | None = None  # what the inventory has gained and lost since the last time


@asynccontextmanager
async def open_app(
    options: AppOptions, trouble: Callable[[MaintError], None] = lambda _: None
) -> AsyncIterator[App]:
    """Put the program together, and take it apart at the end.

    A demo lives in a fresh folder that is removed afterwards unless it is kept. *trouble* is
    told what keeps a run from going on.

    Raises:
        BadConfiguration: a file or the database cannot be used.
        Precondition: INVENTORY_SHRANK.
    """
    os.umask(PRIVATE)
    with _folder(options) as folder:
        configuration = load(
            shipped("config") / "demo" if options.demo else options.config,
            settings_file=options.settings_file,
            data=folder,
        )
        configuration, listener = _listening(configuration, options)
        world = open_world(configuration)
        store = open_store(configuration.settings.data.database, owner_name())
        try:
            read_before = bool(await store.known())
            changed = await take_in(
                store,
                configuration.fleet,
                configuration.settings.drop_limit,
                world.clock.now(),
                accept=options.accept_inventory,
            )
            app = assemble(configuration, store, world, trouble=trouble)
            told = read_before and (changed.added or changed.gone)
            kept = options.keep or options.data is not None
            yield replace(
                app,
                listener=listener,
                changed=app.views.inventory(changed.added, changed.gone) if told else None,
                welcome=welcome(configuration, app.views, kept=kept, pages=listener is not None)
                if options.demo
                else None,
            )
        finally:
            if listener:
                listener.close()
            await world.close()
            await store.close()


def _listening(
    configuration: Configuration, options: AppOptions
) -> tuple[Configuration, socket.socket | None]:
    """Open the port of the pages, and tell the configuration where the public reaches them.

    Where a demo finds its port taken, it takes any that is free. Raises
    BadConfiguration(CANNOT_LISTEN).
    """
    settings = configuration.settings
    web, house = settings.web, settings.mail.house
    if not options.pages or web.port is None:
        return configuration, None
    try:
        listener = _bound(web, otherwise_any=options.demo)
    except OSError as error:
        known = {"host": web.listen, "port": web.port, "problem": error.strerror or str(error)}
        raise BadConfiguration(Code.CANNOT_LISTEN, **known) from error
    port = listener.getsockname()[1]
    if house.links in {"", served_at(web.listen, web.port)}:
        house = replace(house, links=served_at(web.listen, port))
    settings = replace(
        settings, web=replace(web, port=port), mail=replace(settings.mail, house=house)
    )
    return replace(configuration, settings=settings), listener


def _bound(web: Web, *, otherwise_any: bool) -> socket.socket:
    try:
        return listening(web.listen, web.port or 0)
    except OSError:
        if not otherwise_any:
            raise
        return listening(web.listen, 0)


@contextmanager
def _folder(options: AppOptions) -> Iterator[Path | None]:
    """Give a demo a private folder of its own, and take it away unless it is to be kept."""
    if not options.demo or options.data is not None:
        yield options.data
        return
    folder = Path(tempfile.mkdtemp(prefix="maintbot-demo-"))
    try:
        yield folder
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def owner_name() -> str:
    """Return a name for this process that no other process has."""
    return f"pid-{os.getpid()}-{uuid4().hex[:8]}"


def run_name() -> str:
    """Return a short name for a run; it is part of image and operation names."""
    return f"r{uuid4().hex[:8]}"


def open_world(configuration: Configuration) -> World:
    """Return the hosts of a configuration, which are all real or all simulated.

    Raises BadConfiguration: NO_PING.
    """
    real = any(host.executor != SIMULATED for host in configuration.fleet.hosts.values())
    return real_world(configuration) if real else simulated_world(configuration)


def real_world(configuration: Configuration) -> World:
    """Return hosts that are reached over SSH, once they are asked something.

    Raises BadConfiguration: NO_PING.
    """
    fleet, settings = configuration.fleet, configuration.settings
    pinged = sorted(g.name for g in fleet.guests.values() if g.address and Check() in g.checks)
    if pinged and not can_ping():
        raise BadConfiguration(Code.NO_PING, guests=pinged)
    version, patience = helper_file.version(), Patience(connect=settings.ssh.connect_seconds)
    hosts = {
        name: RemoteHost(_way(settings, host), version, patience)
        for name, host in fleet.hosts.items()
    }

    async def close() -> None:
        await asyncio.gather(*(host.close() for host in hosts.values()))

    return World(executors=hosts, prober=NetworkProber(), clock=SystemClock(), close=close)


def simulated_world(configuration: Configuration) -> World:
    """Open the simulated hosts of a configuration; they are created when they are not there."""
    settings = configuration.settings
    folder = settings.data.directory / WORLD
    if not exists(folder):
        create_world(folder, settings.world)
    clock = WorldClock(folder)
    simulator = Simulator(folder, clock)
    executors = {name: simulator.executor(name) for name in configuration.fleet.hosts}
    return World(executors=executors, prober=simulator.prober(), clock=clock)


def assemble(
    configuration: Configuration,
    store: DatabaseStore,
    world: World,
    *,
    trouble: Callable[[MaintError], None] = lambda _: None,
    name: Callable[[], str] = run_name,
) -> App:
    """Wire the parts to a store and a world; nothing is opened or started here."""
    settings, fleet = configuration.settings, configuration.fleet
    words = Words(shipped("templates") / "chat")
    views = Views(words)
    planner = Planner(
        fleet=fleet,
        executors=world.executors,
        store=store,
        clock=world.clock,
        prober=world.prober,
        policy=settings.policy,
        limits=settings.limits,
        surroundings=Surroundings(
            depends=settings.plan.depends,
            watchers=settings.plan.warn_on,
            told_minutes=settings.plan.told_minutes,
        ),
    )
    desk = Desk(fleet=fleet, planner=planner, store=store, clock=world.clock, name=name)
    asking = Asking(
        confirm=settings.confirm_start,
        reason=settings.require_reason,
        second_person=settings.second_person,
        approve_minutes=settings.approve_minutes,
        alone=settings.alone,
    )
    key = _key(settings)
    office = _office(settings, store, key)
    mail = office.campaigns
    sources = Sources(
        fleet=fleet,
        store=store,
        policy=settings.policy,
        limits=settings.limits,
        links=Links(settings.mail.house.links, key, fleet, settings.web.link_days),
        planner=planner,
        mail=mail,
        windows=settings.windows,
    )
    notices = Notices(sources, mail, world.clock, announces=bool(settings.mail.house.list))
    incidents = Incidents(notices, sources, trouble)
    announces = bool(settings.mail.house.list)
    public = Public(fleet=fleet, words=words, house=settings.mail.house)
    letters = Letters(notices, sources, public.invitation, announces=announces)
    alarm = Alarm()
    kit = Kit(
        store=store,
        clock=world.clock,
        desk=desk,
        mail=mail,
        notices=notices,
        letters=letters,
        settings=settings.windows,
        limits=settings.limits,
        second_person=settings.second_person,
    )
    windows = Windows(
        desk=WindowDesk(
            fleet=fleet,
            store=store,
            clock=world.clock,
            letters=letters,
            stopper=Stopper(mail),
            settings=settings.windows,
            ring=alarm.ring,
        ),
        teller=WindowProjection(store=store, words=words),
        told=letters,
        public=public,
    )
    asked = ChatOffice(
        mail=mail,
        notices=notices,
        teller=MailProjection(mail, store, words),
        customers=CustomerProjection(
            store=store,
            mail=mail,
            words=words,
            fleet=fleet,
            world=world.clock,
            machine=SystemClock().now,
        ),
        announces=bool(settings.mail.house.list),
    )
    return App(
        settings=settings,
        store=store,
        desk=desk,
        handler=Handler(desk, views, settings.roles, asking, asked, windows),
        projection=Projection(store, words, world.clock, limits=settings.limits),
        worker=Worker(
            store.owner,
            _equipment(configuration, store, world),
            trouble,
            _at_ends(incidents, alarm),
        ),
        incidents=incidents,
        keeper=Keeper(kit, alarm, trouble),
        office=office,
        views=views,
        words=words,
        customers=CustomerDesk(sources, world.clock, consent(), public),
        figures=StoreFigures(sources=sources, clock=world.clock),
    )


def consent() -> Consent:
    """Return the warning that customers confirm."""
    return Consent(str(Words(shipped("templates") / "web").say("warning", "text")))


def _at_ends(incidents: Incidents, alarm: Alarm) -> Callable[[Run], Awaitable[None]]:
    """Return what follows the end of a run: mails are drafted, and its window may be over."""

    async def ended(run: Run) -> None:
        await incidents.ended(run)
        alarm.ring()

    return ended


async def check(options: AppOptions) -> tuple[tuple[str, bool], ...]:
    """Look whether the configuration can be used, and Slack is set up for it; change nothing.

    Return a line for each thing, and whether it is as it must be. Raises BadConfiguration.
    """
    from bot.chat.slack import checking  # noqa: PLC0415 - as above

    configuration = load(options.config, settings_file=options.settings_file, data=options.data)
    settings, words = configuration.settings, Words(shipped("templates") / "chat")
    first = checking.Finding(code="configuration", fields={"folder": str(settings.data.directory)})
    found = (first, *await checking.check(settings.slack, settings.roles.named))
    return tuple(
        (words.say("slack_cards", f"check_{f.code}", good=f.good, **f.fields), f.good)
        for f in found
    )


# ---- hosts, before and beside all runs --------------------------------------------------------


def plain_words() -> Words:
    """Return the words of the chat, for who has no app open."""
    return Words(shipped("templates") / "chat")


def build_helper(path: Path) -> str:
    """Write the host helper to *path*, and return its version. Raises OSError."""
    helper_file.build(path)
    return helper_file.version()


async def installation(options: AppOptions, host: str) -> Installation:
    """Gather what sets *host* up; the bot's key is made if there is none.

    Raises BadConfiguration; BadRequest: UNKNOWN_HOST; Precondition: SIMULATED_HOST, NOT_SET_UP.
    """
    settings, found, _ = _real_host(options, host)
    hooks = {
        dialect: Hook(place=hook.PLACE, mark=hook.MARK, text=hook.script(STATE))
        for dialect, hook in (("libvirt", libvirt_hook), ("xen", xen_hook))
    }
    goods = Goods(
        version=helper_file.version(),
        helper=helper_file.content(),
        hooks=hooks,
        body=(shipped("templates") / "host" / "install.sh").read_text(encoding="utf-8"),
    )
    return await prepare(found, goods, settings.ssh.key, settings.ssh.known_hosts)


async def check_host(options: AppOptions, host: str) -> tuple[tuple[str, bool], ...]:
    """Look whether *host* is ready; change nothing. Raises as `installation`.

    Return a line for each thing, and whether it is as it must be.
    """
    settings, found, fleet = _real_host(options, host)
    words, way = plain_words(), _way(settings, found)
    if not await asyncio.to_thread(way.key.exists):
        return (host_check.said(words, host_check.no_key(str(way.key), host)),)
    async with _asked(way, settings) as remote:
        expected = host_check.Way(address=way.address, user=way.user, version=helper_file.version())
        findings = await host_check.check(remote, expected, fleet)
    return tuple(host_check.said(words, finding) for finding in findings)


async def discover(options: AppOptions, host: str) -> str:
    """Return TOML for the guests of *host* that the inventory lacks. Raises as `installation`.

    And ContactLost.
    """
    settings, found, fleet = _real_host(options, host)
    async with _asked(_way(settings, found), settings) as remote:
        guests = await remote.guests()
    return proposal(plain_words(), fleet, host, guests)


async def may_suspend(options: AppOptions, guest: str) -> tuple[str, bool]:
    """Say in a sentence whether *guest* may be suspended now, and whether it may.

    Raises as `open_app`; BadRequest: UNKNOWN_GUEST, NOT_PERMITTED; ContactLost.
    """
    async with open_app(options) as app:
        if Right.LOOK not in app.settings.roles.of(actor()):
            known = {"actor": actor(), "verb": "may-suspend", "role": Right.LOOK.value}
            raise BadRequest(Code.NOT_PERMITTED, **known)
        answer = await single.may_suspend(app.desk, guest)
        macro = "may" if answer.may else "may_not"
        return app.words.say("hosts", macro, **vars(answer)), answer.may


def _real_host(options: AppOptions, name: str) -> tuple[Settings, Host, Fleet]:
    """Return what the files say. Raises as `installation`."""
    configuration = load(
        shipped("config") / "demo" if options.demo else options.config,
        settings_file=options.settings_file,
        data=options.data,
    )
    fleet = configuration.fleet
    if name not in fleet.hosts:
        raise BadRequest(Code.UNKNOWN_HOST, host=name, nearest=nearest(name, fleet.hosts))
    if fleet.hosts[name].executor == SIMULATED:
        raise Precondition(Code.SIMULATED_HOST, host=name)
    return configuration.settings, fleet.hosts[name], fleet


@asynccontextmanager
async def _asked(way: Way, settings: Settings) -> AsyncIterator[RemoteHost]:
    patience = Patience(connect=settings.ssh.connect_seconds)
    remote = RemoteHost(way, helper_file.version(), patience)
    try:
        yield remote
    finally:
        await remote.close()


def _way(settings: Settings, host: Host) -> Way:
    return Way(
        host=host.name,
        address=host.address or host.fqdn or host.name,
        port=host.port,
        user=host.user,
        key=settings.ssh.key,
        known_hosts=settings.ssh.known_hosts,
    )


def _key(settings: Settings) -> bytes:
    """Return what signs links and return paths: as configured, or kept in the data folder."""
    configured = settings.mail.key.encode()
    return configured or signing_key(settings.data.directory)


def _office(settings: Settings, store: DatabaseStore, key: bytes) -> Office:
    mail = settings.mail
    secrets = Secrets(key=key, list_password=mail.list_password, rest_password=mail.rest_password)
    return Office(
        Premises(
            transactions=store.transactions,
            living=store.workers,
            transport=_transport(settings),
            kinds=EVERY,
            templates=shipped("templates"),
            filters=FILTERS,
            house=mail.house,
            pace=mail.pace,
            watch=mail.watch,
            secrets=secrets,
            origin=store.origin,
        )
    )


def _transport(settings: Settings) -> Transport:
    mail = settings.mail
    if mail.transport == "folder":
        return folder_transport(settings.data.directory / MAIL)
    return smtp_transport(replace(mail.relay, hidden=(mail.list_password,)))


def welcome(configuration: Configuration, views: Views, *, kept: bool, pages: bool) -> Message:
    """Return the greeting on a demo fleet; *kept*: its files stay; *pages* are served."""
    guests = configuration.fleet.guests.values()
    folder = configuration.settings.data.directory
    return views.welcome(
        folder=folder,
        kept=kept,
        mail=folder / MAIL if configuration.settings.mail.transport == "folder" else "",
        hosts=len(configuration.fleet.hosts),
        guests=len(guests),
        opted_in=sum(guest.opted_in for guest in guests),
        policy=configuration.settings.policy_name,
        pages=configuration.settings.mail.house.links if pages else "",
        looser=_looser(configuration.settings.policy),
    )


def _looser(policy: PolicySettings) -> tuple[str, ...]:
    """Return the keys of *policy* that protect guests less than the shipped defaults do."""
    shipped_with = PolicySettings()
    less = {
        "old_kernels": policy.old_kernels == "suspend",
        "unknown_kernels": policy.unknown_kernels == "suspend",
        "canaries": not policy.canaries,
        "pairs": policy.pairs == "off",
        "breaker_damage": policy.breaker_damage > shipped_with.breaker_damage,
    }
    return tuple(key for key, is_less in less.items() if is_less)


def _equipment(configuration: Configuration, store: Store, world: World) -> Mapping[str, Equipment]:
    settings, fleet = configuration.settings, configuration.fleet
    recheck = Recheck(fleet, store, settings.policy, settings.limits)
    turnstile = asyncio.Semaphore(THINKING)
    return {
        host: Equipment(
            executor=executor,
            prober=world.prober,
            store=store,
            clock=world.clock,
            recheck=recheck,
            limits=settings.limits,
            turnstile=turnstile,
        )
        for host, executor in world.executors.items()
    }
