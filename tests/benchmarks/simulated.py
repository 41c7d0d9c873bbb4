"""Whole runs of the real runner on a simulated host, in virtual time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock
from bot.maintenance.planning import Planner
from bot.maintenance.recheck import Recheck
from bot.maintenance.runner import Equipment, Runner
from bot.ports import RunRecord, Store
from bot.rules.fleet import Fleet
from bot.rules.limits import Limits
from bot.rules.optin import OptIn
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import Plan
from bot.rules.policy.terms import PolicySettings
from bot.rules.run.journal import Draft, Event, Row
from bot.rules.run.replay import replay
from bot.storage import open_store
from tests.benchmarks.fleets import BenchFleet
from tests.benchmarks.ways import Way

HOST = "bench"
RUN = "r1"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A world with one host, and all that a run of it needs."""

    fleet: Fleet
    world: Simulator
    clock: VirtualClock
    store: Store
    policy: PolicySettings
    limits: Limits

    @property
    def planner(self) -> Planner:
        return Planner(
            fleet=self.fleet,
            executors={HOST: self.world.executor(HOST)},
            store=self.store,
            clock=self.clock,
            prober=self.world.prober(),
            policy=self.policy,
            limits=self.limits,
        )

    @property
    def equipment(self) -> Equipment:
        return Equipment(
            executor=self.world.executor(HOST),
            prober=self.world.prober(),
            store=self.store,
            clock=self.clock,
            recheck=Recheck(self.fleet, self.store, self.policy, self.limits),
            limits=self.limits,
        )


def total_downtime(fleet: BenchFleet, way: Way, policy: PolicySettings) -> float:
    """Return Σ (end of the drain - own save) + (own unpause - start of the bring-up), seconds."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_total(Path(folder), fleet, way, policy))


async def _total(folder: Path, fleet: BenchFleet, way: Way, policy: PolicySettings) -> float:
    clock = VirtualClock()
    store = open_store(folder / "maint.db", "bench")
    bench = Bench(
        fleet=Fleet(hosts={HOST: fleet.host}, guests=fleet.guests),
        world=_world(folder, clock, fleet),
        clock=clock,
        store=store,
        policy=policy,
        limits=Limits(),
    )
    wishes = [
        OptIn(guest=name, wanted=True, at=clock.now(), who="bench", how="chat")
        for name in fleet.guests
    ]
    await store.state_opt_in(wishes)
    rows = await _run(bench, way(await bench.planner.plan(HOST)))
    await store.close()
    return downtime(rows)


def _world(folder: Path, clock: VirtualClock, fleet: BenchFleet) -> Simulator:
    (folder / "world").mkdir()
    world = Simulator(folder / "world", clock)
    guests = {
        name: GuestWorld(name=name, uuid=f"uuid-{name}", memory_mib=fleet.sizes[name])
        for name in fleet.guests
    }
    total = sum(fleet.memories)
    world.add(
        HostWorld(
            name=HOST,
            memory_mib=2 * total,
            image_space_mib=2 * total,
            snapshot_space_mib=2 * total,
            disk_mib_s=fleet.disk_mib_s,
            stream_mib_s=fleet.stream_mib_s,
            verify_mib_s=fleet.verify_mib_s,
            guests=guests,
        )
    )
    return world


async def _run(bench: Bench, plan: Plan) -> Sequence[Row]:
    assert not plan.problems
    record = RunRecord(id=RUN, host=HOST, actor="bench", started=bench.clock.now())
    begun = Draft(event=Event.BEGUN, data={"host": HOST, "plan": plan_to_data(plan)})
    await bench.store.begin(record, begun, {})
    lease = await bench.store.claim(HOST, "bench")
    assert lease is not None
    runner = Runner(replay(RUN, await bench.store.rows(RUN)), lease, bench.equipment)
    while not runner.done:
        await runner.turn()
        await bench.clock.wait_until(runner.wake)
    return await bench.store.rows(RUN)


def downtime(rows: Sequence[Row]) -> float:
    """Add up what each guest waited, host work excluded; every guest was saved and restored."""
    phases = {str(row.data["to"]): row.at for row in rows if row.event is Event.PHASE}
    drained, began = phases["host_work"], phases["bring_up"]
    saves = [row for row in rows if _done(row, "save")]
    let_go = [row for row in rows if _done(row, "unpause")]
    assert len(saves) == len(let_go) > 0
    down = sum((drained - _instant(row, "started")).total_seconds() for row in saves)
    return down + sum((_instant(row, "ended") - began).total_seconds() for row in let_go)


def _done(row: Row, verb: str) -> bool:
    return row.event is Event.DONE and row.data["verb"] == verb


def _instant(row: Row, name: str) -> datetime:
    return datetime.fromisoformat(str(row.data[name]))
