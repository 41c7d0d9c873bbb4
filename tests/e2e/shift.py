"""A night shift: a small fleet, a person who types, colleagues and hands that come in between.

The whole program plays it, on a virtual clock, as in `theatre`; the world, the store and every
promise are looked at when it is over.
"""

from __future__ import annotations

import asyncio
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from bot.app import World, assemble
from bot.chat.following import Following
from bot.chat.screen import Screen
from bot.chat.session import Manner, Session
from bot.executors.simulator import GuestWorld, HostWorld, Simulator, Work
from bot.maintenance.intake import take_in
from bot.ports import Request
from bot.rules.fleet import Fleet, Guest, Host, HostWork
from bot.settings import load, shipped
from bot.storage import open_store
from bot.storage.store import DatabaseStore
from tests.account import Rules, account_of
from tests.e2e.theatre import PatientClock, _let_others_go_on
from tests.promises import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.app import App
    from bot.settings import Configuration

    Hand = Callable[[Simulator], None]
    Deed = str | Hand

AUTOMATIC = HostWork(manual=False, commands=("upgrade",), kernel="5.10.46")
BY_HAND = HostWork(manual=True, kernel="5.10.46")
LOOSE = {"canaries": False, "pairs": "off", "old_kernels": "suspend"}
GUARDED = {"canaries": False, "pairs": "auto", "old_kernels": "suspend"}


TURNS = 100  # of the event loop between two looks, when no cue is left


class StageClock(PatientClock):
    """Lets no time pass until what has happened was told, and who waited for it has acted."""

    heeded = False  # whether anybody still waits for a cue
    looks = 0  # at what was said
    turns = 0  # of a run

    async def wait_until(self, instant: datetime) -> None:
        """Wait for the audience, then for the person, then for the instant."""
        self.turns += 1
        told = self.looks + 2  # the look that is under way may have begun before
        while self.store and self.heeded and self.looks < told:
            await _let_others_go_on()
        await super().wait_until(instant)


@dataclass(frozen=True, kw_only=True)
class Fable:
    """What is given: guests by host, how they are known, the policy, and what comes in between.

    A cue is a piece of what is said; its deed, done once, is a line that a colleague types or a
    hand in the world.
    """

    guests: dict[str, tuple[GuestWorld, ...]]
    records: dict[str, dict[str, object]] = field(default_factory=dict)
    out: tuple[str, ...] = ()  # not opted in
    work: HostWork = AUTOMATIC
    host: dict[str, object] = field(default_factory=dict)
    policy: dict[str, object] = field(default_factory=lambda: dict(LOOSE))
    limits: dict[str, object] = field(default_factory=dict)
    first: Hand = lambda _: None
    cues: tuple[tuple[str, Deed], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What was said, how it ended, and what became of everybody."""

    said: str
    exit_status: int
    broken: tuple[str, ...]  # promises; the world's own count is one of them
    rests: dict[str, str]  # by host, of its newest run
    states: dict[str, str]  # of each guest's step
    unsaid: tuple[str, ...]  # cues that never came


def guest(name: str, **world: object) -> GuestWorld:
    """Describe a small healthy guest, or as said."""
    known: dict[str, object] = {"memory_mib": 512, "shutdown_seconds": 10.0, "boot_seconds": 20.0}
    uuid = str(uuid5(NAMESPACE_DNS, name))
    return GuestWorld(name=name, uuid=uuid, **(known | world))  # type: ignore[arg-type]


async def shift(folder: Path, fable: Fable, *lines: str) -> Shift:
    """Play *lines*, as from a pipe, to the program in the world of *fable*.

    The line `sleep SECONDS` lets the world's time pass while nobody types.
    """
    configuration = _configured(folder, fable)
    clock = StageClock()
    (folder / "world").mkdir(parents=True, exist_ok=True)
    simulator = Simulator(folder / "world", clock)
    simulator.add(*(_host(name, guests, fable) for name, guests in fable.guests.items()))
    fable.first(simulator)
    executors = {name: simulator.executor(name) for name in fable.guests}
    world = World(executors=executors, prober=simulator.prober(), clock=clock)
    store = open_store(configuration.settings.data.database, "night")
    await take_in(store, configuration.fleet, configuration.settings.drop_limit, clock.now())
    numbers = count(1)
    app = assemble(configuration, store, world, name=lambda: f"run{next(numbers)}")
    stage = _Stage(app, clock, simulator, fable)
    with redirect_stdout(stage.said):
        status = await stage.perform(folder, lines)
    try:
        return await _outcome(stage, configuration, status)
    finally:
        await store.close()


async def _outcome(stage: _Stage, configuration: Configuration, status: int) -> Shift:
    settings, store = configuration.settings, stage.app.store
    assert isinstance(store, DatabaseStore)
    rules = Rules(fleet=configuration.fleet, policy=settings.policy, limits=settings.limits)
    heads = {head.host: head for head in reversed(await store.runs())}
    found = [
        await account_of(store, stage.simulator, rules, head.id, grace=5.0)
        for head in heads.values()
    ]
    steps = [step for account in found for step in account.run.steps.values()]
    return Shift(
        said=stage.said.getvalue(),
        exit_status=status,
        broken=tuple(sentence for account in found for sentence in check(account)),
        rests={host: head.rest for host, head in heads.items()},
        states={step.guest: str(step.state) for step in steps},
        unsaid=tuple(cue for cue, _ in stage.cues),
    )


class _Stage:
    """Where it is played: the program, the world, and what is still to come in between."""

    def __init__(self, app: App, clock: StageClock, simulator: Simulator, fable: Fable) -> None:
        self.app, self.clock, self.simulator = app, clock, simulator
        self.cues = list(fable.cues)
        clock.heeded = bool(self.cues)
        self.said = StringIO()

    async def perform(self, folder: Path, lines: Sequence[str]) -> int:
        """Play the lines to a piped session beside a worker; return the exit status."""
        stop = asyncio.Event()
        self.screen = Screen(name="night", files=folder / "files")
        following = Following(self.app.handler, self.app.projection, self.screen, self._pause)
        manner = Manner(actor="os:anna", echo=True, owner="night")
        session = Session(self.app.handler, following, self.screen, manner, stop)
        self.clock.store = self.app.store
        working = asyncio.create_task(self.app.worker.serve(stop))
        try:
            return await session.run(self._each(lines))
        finally:
            self.clock.store = None
            stop.set()
            await working

    async def _each(self, lines: Sequence[str]) -> AsyncIterator[str]:
        for line in lines:
            await self._pause()
            if line.startswith("sleep "):
                await self._sleep(float(line.split()[1]))
            else:
                yield line

    async def _sleep(self, seconds: float) -> None:
        until = self.clock.now() + timedelta(seconds=seconds)
        self.clock.store = None  # time goes on, whoever waits
        await self.clock.wait_until(until)
        taken = self.clock.turns + 3
        while self.clock.turns < taken and await self.app.store.runs(open_only=True):
            await self._pause()
        self.clock.store = self.app.store
        while any(not run.rest for run in await self.app.store.runs(open_only=True)):
            await self._pause()

    async def _pause(self) -> None:
        for _ in range(1 if self.cues else TURNS):
            await _let_others_go_on()
        while self.cues and self.cues[0][0] in self.said.getvalue():
            await self._do(self.cues.pop(0)[1])
        self.clock.looks += 1
        self.clock.heeded = bool(self.cues)

    async def _do(self, deed: Deed) -> None:
        if not isinstance(deed, str):
            deed(self.simulator)
            return
        request = Request(actor="os:bert", text=deed, key=f"bert-{len(self.cues)}")
        reply = await self.app.handler.handle(request, None, prompt=False)
        for message in reply.messages:
            await self.screen.post(message)


def _configured(folder: Path, fable: Fable) -> Configuration:
    """Return the demo's settings with this fleet and policy."""
    known = load(shipped("config") / "demo", data=folder)
    hosts = {name: Host(name=name, work=fable.work, work_seconds=66.0) for name in fable.guests}
    guests = {
        g.name: _record(host, g, fable) for host, listed in fable.guests.items() for g in listed
    }
    settings = known.settings
    settings = replace(
        settings,
        policy=replace(type(settings.policy)(), **fable.policy),  # type: ignore[arg-type]
        limits=replace(settings.limits, **fable.limits),  # type: ignore[arg-type]
    )
    return replace(known, settings=settings, fleet=Fleet(hosts=hosts, guests=guests))


def _record(host: str, described: GuestWorld, fable: Fable) -> Guest:
    plain = Guest(
        name=described.name,
        host=host,
        uuid=described.uuid,
        shutdown_seconds=10.0,
        contact="c",
        opted_in=described.name not in fable.out,
    )
    return replace(plain, **fable.records.get(described.name, {}))  # type: ignore[arg-type]


def _host(name: str, guests: Iterable[GuestWorld], fable: Fable) -> HostWorld:
    known: dict[str, object] = {
        "kernel": "4.19.181",
        "kernel_next": "5.10.46",
        "reboot_seconds": 60.0,
        "work": {"upgrade": Work(seconds=5.0)},
        "guests": {g.name: g for g in guests},
    }
    return HostWorld(name=name, **(known | fable.host))  # type: ignore[arg-type]
