"""Nights of the whole bot, told to Slack: what is written, what is shown, and when.

Runs, store, worker, driver, board and pump are the program's own, in this process; Slack and its
people are in another. Both read the same clock of the machine.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bot.app import App, World, assemble
from bot.doors import open_slack
from bot.executors.simulator import Simulator, WorldClock
from bot.maintenance.progress import Projection
from bot.ports import Effects, Lease, Message
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.journal import Draft, Row
from bot.rules.run.terms import Run
from bot.settings import Configuration, Roles, Settings, load, shipped
from bot.settings.settings import Slack
from bot.storage import DatabaseStore, open_store
from tests.benchmarks import hosts
from tests.benchmarks.hosts import LIMITS, POLICY, Disks
from tests.integration.patience import until

MOST_BYTES = 2**28  # of a line that the town tells

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Night:
    """What is asked of a night."""

    disks: Disks
    seconds: float
    way: Literal["socket", "http"] = "socket"
    deliveries: float = 0.0  # a second
    ailing: Sequence[str] = ()  # guests that are dead when they are restored


@dataclass(kw_only=True)
class State:
    """How a live message was to look for a while."""

    message: Message
    number: int  # of the last row of the journal that is in it
    made: float  # machine time
    held: float  # when it was last the truth


@dataclass(frozen=True, kw_only=True)
class Written:
    """A row of a journal, and when it was written; machine time."""

    run: str
    row: Row
    at: float


@dataclass(kw_only=True)
class Record:
    """What came of a night: our side, and the town's."""

    night: Night
    began: float  # when all runs were told; machine time
    written: list[Written]
    journals: dict[str, tuple[Row, ...]]  # by run
    states: dict[str, list[State]]  # by run
    seen: Json


class Journalling(DatabaseStore):
    """The store, which also notes when rows are written."""

    def __init__(self, store: DatabaseStore) -> None:
        vars(self).update(vars(store))
        self.written: list[Written] = []

    async def append(
        self, lease: Lease, run: str, drafts: Sequence[tuple[datetime, Draft]], effects: Effects
    ) -> tuple[Row, ...]:
        begun = time.monotonic()
        rows = await super().append(lease, run, drafts, effects)
        self.written += [Written(run=run, row=row, at=begun) for row in rows]
        return rows


class Stamping(Projection):
    """The projection, whose live messages carry a number, so that they are known again."""

    def __init__(self, app: App) -> None:
        super().__init__(app.store, app.words, app.desk.clock, limits=app.settings.limits)
        self.states: dict[str, list[State]] = {}

    def live(self, run: Run, now: datetime) -> Message:
        message, states = super().live(run, now), self.states.setdefault(run.id, [])
        moment = time.monotonic()
        if not states or states[-1].message != message:
            states.append(State(message=message, number=run.number, made=moment, held=moment))
        states[-1].held = moment
        return replace(message, fields=(("state", f"{run.id}/{len(states) - 1}"),))


@dataclass(frozen=True, kw_only=True)
class Town:
    """The other process."""

    process: asyncio.subprocess.Process
    told: Json

    async def order(self, night: Night, bot_url: str) -> None:
        assert self.process.stdin
        known = {"hosts": list(night.disks), "seconds": night.seconds, "bot_url": bot_url}
        line = json.dumps({**known, "per_second": night.deliveries})
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def seen(self) -> Json:
        assert self.process.stdout
        seen: Json = json.loads(await self.process.stdout.readline())
        return seen


@asynccontextmanager
async def _town() -> AsyncIterator[Town]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.slack_town"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MOST_BYTES,
    )
    assert process.stdout
    try:
        yield Town(process=process, told=json.loads(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lived(night: Night, folder: Path) -> Record:
    """Live through a night whose runs have all begun."""
    async with _town() as town:
        simulator = hosts.simulated(folder / "world", night.disks)
        for guest in night.ailing:
            simulator.inject(guest.rpartition("-")[0], "dead", guest=guest)
        configuration = _configuration(night, folder, town.told)
        store = Journalling(open_store(folder / "maint.sqlite", "bench"))
        app = _assembled(configuration, store, folder / "world", simulator)
        try:
            return await _served(app, night, town)
        finally:
            await store.close()


def _configuration(night: Night, folder: Path, told: Json) -> Configuration:
    known = {name: told[name] for name in Slack.__dataclass_fields__ if name in told}
    slack = Slack(mode=night.way, **known)
    roles = Roles(look=(f"slack:{told['ron']}",), operate=(f"slack:{told['wendy']}",))
    settings = load(shipped("config") / "demo", data=folder).settings
    settings = replace(settings, policy=POLICY, limits=LIMITS, roles=roles, slack=slack)
    return Configuration(settings=settings, fleet=hosts.fleet(night.disks))


def _assembled(
    configuration: Configuration, store: Journalling, folder: Path, simulator: Simulator
) -> App:
    executors = {host: simulator.executor(host) for host in configuration.fleet.hosts}
    world = World(executors=executors, prober=simulator.prober(), clock=WorldClock(folder))
    app = assemble(configuration, store, world)
    return replace(app, projection=Stamping(app))


async def _served(app: App, night: Night, town: Town) -> Record:
    stop = asyncio.Event()
    await hosts.opt_in(app.store, app.desk.fleet)
    async with open_slack(app) as slack, asyncio.TaskGroup() as group:
        assert slack is not None
        telling = asyncio.ensure_future(slack(stop))
        working = group.create_task(app.worker.serve(stop))
        try:
            return await _watched(app, night, town)
        finally:
            working.cancel()  # the runs are not over
            await app.worker.drop()
            stop.set()
            await telling


async def _watched(app: App, night: Night, town: Town) -> Record:
    for host in night.disks:
        await app.desk.start(
            host, PlanOptions(), actor="os:bench", key=host, plan_hash="", reason="benchmark"
        )
    await until(lambda: _all_told(app, len(night.disks)))
    began = time.monotonic()
    await town.order(night, _address(app.settings) if night.way == "http" else "")
    seen = await town.seen()
    assert isinstance(app.store, Journalling)
    assert isinstance(app.projection, Stamping)
    return Record(
        night=night,
        began=began,
        written=list(app.store.written),
        journals={run.id: await app.store.rows(run.id) for run in await app.store.runs()},
        states=app.projection.states,
        seen=seen,
    )


async def _all_told(app: App, count: int) -> bool:
    assert isinstance(app.projection, Stamping)
    return len(app.projection.states) == count


def _address(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.web.port}/slack/events"
