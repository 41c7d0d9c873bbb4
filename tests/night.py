"""One night on one simulated host: the world, the database and the bot, on a virtual clock.

Everything is real but the hosts, which the shipped simulator is. `die` drops the bot as a kill
does (its lease stays); `rise` is the next process.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock, Work
from bot.maintenance.desk import Desk
from bot.maintenance.planning import Planner
from bot.maintenance.recheck import Recheck
from bot.maintenance.runner import Equipment, Runner
from bot.ports import Wish
from bot.rules.fleet import Fleet, Guest, Host, HostWork, Role
from bot.rules.limits import Limits
from bot.rules.optin import OptIn
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings
from bot.rules.run.replay import replay
from bot.storage import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from bot.executors.simulator import Violation
    from bot.ports import HostExecutor, Store
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step

HOST = "hobgoblin"
START = datetime(2021, 8, 26, 20, tzinfo=UTC)
LOOSE = PolicySettings(canaries=False, pairs="off", old_kernels="suspend")
#: A host that is worked on by itself: an upgrade, and a reboot into another kernel.
AUTOMATIC = HostWork(manual=False, commands=("upgrade",), kernel="5.10.46")
_PATIENCE = 5000  # turns; a run needs some hundreds


def uuid_of(name: str) -> str:
    """Return the identity a guest has in these tests."""
    return str(uuid5(NAMESPACE_DNS, name))


def guest(name: str, **world: object) -> GuestWorld:
    """Describe a small healthy guest of a customer, or as said."""
    known: dict[str, object] = {"memory_mib": 512, "shutdown_seconds": 10.0, "boot_seconds": 20.0}
    return GuestWorld(name=name, uuid=uuid_of(name), **(known | world))  # type: ignore[arg-type]


class Night:
    """A host with guests, and a bot that can die and rise again."""

    def __init__(  # noqa: PLR0913 - what a night is made of
        self,
        folder: Path,
        guests: Iterable[GuestWorld],
        *,
        policy: PolicySettings = LOOSE,
        limits: Limits | None = None,
        work: HostWork = AUTOMATIC,
        records: dict[str, dict[str, object]] | None = None,
        host: dict[str, object] | None = None,
        keep_copies: bool = False,
    ) -> None:
        """Describe the night; *records* changes inventory records, *host* the simulated host."""
        self.folder, self.policy, self.limits = folder, policy, limits or Limits()
        listed = list(guests)
        self.clock = VirtualClock(START)
        world = folder / "world"
        world.mkdir(parents=True, exist_ok=True)
        self.simulator = Simulator(world, self.clock, keep_copies=keep_copies)
        self.simulator.add(_host(listed, host or {}))
        changed = records or {}
        self.fleet = Fleet(
            hosts={HOST: Host(name=HOST, work=work, work_seconds=66.0)},
            guests={g.name: _record(g.name, changed.get(g.name, {})) for g in listed},
        )
        self.executor: HostExecutor = self.simulator.executor(HOST)
        self.births = 0
        self.keys = 0
        self.store: Store
        self.desk: Desk
        self.runner: Runner | None = None

    async def rise(self) -> None:
        """Start a bot: a new process, as far as database and host can tell."""
        self.births += 1
        self.store = open_store(self.folder / "maint.sqlite", f"bot-{self.births}")
        planner = Planner(
            fleet=self.fleet,
            executors={HOST: self.executor},
            store=self.store,
            clock=self.clock,
            prober=self.simulator.prober(),
            policy=self.policy,
            limits=self.limits,
        )
        self.desk = Desk(
            fleet=self.fleet, planner=planner, store=self.store, clock=self.clock, name=lambda: "r1"
        )
        if await self.store.runs(open_only=True):
            await self.take_up()

    async def die(self) -> None:
        """End the bot as a kill does: nothing is finished, and its lease is not given back."""
        self.runner = None
        await self.store.close()

    async def opt_in(self, *, out: Iterable[str] = ()) -> None:
        """Record that every guest of a customer is opted in, but for those *out*."""
        refused = set(out)
        customers = [g for g in self.fleet.guests.values() if g.role is Role.CUSTOMER]
        await self.store.state_opt_in(
            [
                OptIn(guest=g.name, wanted=g.name not in refused, at=START, who="c", how="chat")
                for g in customers
            ]
        )

    async def begin(self, options: PlanOptions | None = None) -> Run:
        """Start the run `r1` and take it up."""
        chosen = options or PlanOptions()
        record = await self.desk.start(
            HOST, chosen, actor="os:anna", key="start", plan_hash="", reason="test"
        )
        await self.take_up()
        assert self.runner is not None
        assert record.id == self.runner.run.id
        return self.runner.run

    async def take_up(self) -> None:
        """Claim the host and go on from the journal."""
        lease = await self.store.claim(HOST, self.store.owner)
        assert lease is not None, "another bot holds the host"
        run = (await self.store.runs(host=HOST))[0]
        equipment = Equipment(
            executor=self.executor,
            prober=self.simulator.prober(),
            store=self.store,
            clock=self.clock,
            recheck=Recheck(self.fleet, self.store, self.policy, self.limits),
            limits=self.limits,
        )
        self.runner = Runner(replay(run.id, await self.store.rows(run.id)), lease, equipment)

    async def turn(self) -> bool:
        """Take one turn, then let a second pass."""
        assert self.runner is not None
        moved = await self.runner.turn()
        self.clock.advance(1.0)
        return moved

    async def until(self, *rests: str) -> Run:
        """Take turns until the run rests for one of *rests* (any, if none is named)."""
        for _ in range(_PATIENCE):
            await self.turn()
            if self.rest and (not rests or self.rest in rests):
                return self.run
        message = f"the run came to no rest: {self.run.phase}, {self.states()}"
        raise AssertionError(message)

    async def until_state(self, name: str, state: str) -> Step:
        """Take turns until the step of a guest is in *state*."""
        for _ in range(_PATIENCE):
            if str(self.run.steps[name].state) == state:
                return self.run.steps[name]
            await self.turn()
        message = f"{name} never was {state}: {self.states()}"
        raise AssertionError(message)

    async def wish(self, verb: str, name: str = "", argument: str = "") -> None:
        """Let os:anna say something to the run."""
        self.keys += 1
        await self.desk.wish(
            Wish(
                key=f"k{self.keys}",
                host=HOST,
                actor="os:anna",
                verb=verb,
                guest=name,
                argument=argument,
                at=self.clock.now(),
            )
        )

    async def rows(self) -> tuple[Row, ...]:
        """Return the journal."""
        return await self.store.rows("r1")

    @property
    def run(self) -> Run:
        """The run as its runner knows it."""
        assert self.runner is not None
        return self.runner.run

    @property
    def rest(self) -> str:
        """Why the run rests."""
        assert self.runner is not None
        return self.runner.rest

    def states(self) -> dict[str, str]:
        """Return the state of each step."""
        return {name: str(step.state) for name, step in self.run.steps.items()}

    def violations(self) -> tuple[Violation, ...]:
        """Return what the world counted."""
        return self.simulator.violations()


def _record(name: str, changed: dict[str, object]) -> Guest:
    return replace(
        Guest(name=name, host=HOST, uuid=uuid_of(name), shutdown_seconds=10.0, contact="c"),
        **changed,  # type: ignore[arg-type]
    )


def _host(guests: list[GuestWorld], changed: dict[str, object]) -> HostWorld:
    known: dict[str, object] = {
        "kernel": "4.19.181",
        "kernel_next": "5.10.46",
        "hypervisor": "xen-4.14.2",
        "reboot_seconds": 60.0,
        "work": {"upgrade": Work(seconds=5.0)},
        "guests": {g.name: g for g in guests},
    }
    return HostWorld(name=HOST, **(known | changed))  # type: ignore[arg-type]


@asynccontextmanager
async def night(
    folder: Path, *guests: GuestWorld, out: Iterable[str] = (), **known: object
) -> AsyncIterator[Night]:
    """Describe a night, start its bot, and opt every customer in but those *out*."""
    made = Night(folder, guests, **known)  # type: ignore[arg-type]
    await made.rise()
    try:
        await made.opt_in(out=out)
        yield made
    finally:
        await made.store.close()
