from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock
from bot.maintenance.cells import known_cells, planned
from bot.maintenance.planning import Planner
from bot.ports import Effects, RunRecord
from bot.rules.errors import BadRequest, Code, ContactLost
from bot.rules.fleet import Check, Fleet, Guest, Host
from bot.rules.optin import OptIn
from bot.rules.plan.combinations import combination_of
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import Plan
from bot.rules.policy.evidence import Judgement, RestoreOutcome, Trial, Verdict
from bot.rules.policy.matrix import found
from bot.rules.policy.terms import Action, Reason
from bot.rules.run.journal import Draft, Event
from bot.storage import DatabaseStore, open_store
from tests.unit.rules.plans import of

HOSTS = ("clockwork", "hobgoblin")
GUESTS = {"vps1": "hobgoblin", "vps2": "hobgoblin", "vps3": "clockwork"}


@dataclass
class Bench:
    """A planner on its own small world of two hosts, each guest opted in."""

    planner: Planner
    world: Simulator
    clock: VirtualClock
    store: DatabaseStore

    async def begin(self, plan: Plan) -> RunRecord:
        record = RunRecord(id="r1", host=plan.host, actor="os:anna", started=self.clock.now())
        await self.store.begin(
            record, Draft(event=Event.BEGUN, data={"plan": plan_to_data(plan)}), {}
        )
        return record


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = VirtualClock()
    folder = tmp_path / "world"
    folder.mkdir()
    world = Simulator(folder, clock)
    for host in HOSTS:
        described = {n: GuestWorld(name=n, uuid=f"u-{n}") for n in GUESTS if GUESTS[n] == host}
        world.add(HostWorld(name=host, guests=described))
    store = open_store(tmp_path / "maint.db", "test")
    await store.state_opt_in(
        [OptIn(guest=n, wanted=True, at=clock.now(), who="os:anna", how="chat") for n in GUESTS]
    )
    checks = (Check(), Check(port=22))
    planner = Planner(
        fleet=Fleet(
            hosts={name: Host(name=name) for name in HOSTS},
            guests={
                n: Guest(name=n, host=h, uuid=f"u-{n}", checks=checks) for n, h in GUESTS.items()
            },
        ),
        executors={name: world.executor(name) for name in HOSTS},
        store=store,
        clock=clock,
        prober=world.prober(),
    )
    yield Bench(planner=planner, world=world, clock=clock, store=store)
    await store.close()


async def test_a_plan_is_made_of_what_is_observed_and_recorded(bench: Bench) -> None:
    plan = await bench.planner.plan("hobgoblin")

    assert [s.guest for s in plan.steps] == ["vps1", "vps2"]
    assert {s.action for s in plan.steps} == {Action.SUSPEND}
    assert plan.problems == ()


async def test_planning_again_gives_the_same_plan(bench: Bench) -> None:
    first = await bench.planner.plan("hobgoblin")

    assert await bench.planner.plan("hobgoblin") == first


async def test_only_what_answers_now_is_checked_later(bench: Bench) -> None:
    with bench.world.edit("hobgoblin") as host:
        host.guests["vps1"].ports = [80]
        host.guests["vps2"].network = False

    plan = await bench.planner.plan("hobgoblin")

    assert [of(plan, n).checks for n in ("vps1", "vps2")] == [(Check(),), ()]


async def test_a_host_that_nobody_knows_is_refused_with_the_nearest(bench: Bench) -> None:
    with pytest.raises(BadRequest) as refused:
        await bench.planner.plan("hobgobln")

    assert refused.value.code is Code.UNKNOWN_HOST
    assert refused.value.fields == {"host": "hobgobln", "nearest": "hobgoblin"}


async def test_a_host_that_does_not_answer_has_no_plan(bench: Bench) -> None:
    with bench.world.edit("hobgoblin") as host:
        host.silent_until = 2**62

    with pytest.raises(ContactLost):
        await bench.planner.plan("hobgoblin")


async def test_while_another_host_explores_nothing_is_suspended(bench: Bench) -> None:
    await bench.begin(await bench.planner.plan("clockwork"))

    plan = await bench.planner.plan("hobgoblin")

    assert {s.reason for s in plan.steps} == {Reason.COMBINATION_UNTRUSTED_ELSEWHERE}
    assert of(plan, "vps1").fields["host"] == "clockwork"


async def test_a_host_that_explores_may_go_on(bench: Bench) -> None:
    await bench.begin(await bench.planner.plan("clockwork"))

    plan = await bench.planner.plan("clockwork")

    assert of(plan, "vps3").action is Action.SUSPEND


@pytest.mark.parametrize(
    ("hours", "outcome", "action"),
    [
        (1.0, RestoreOutcome.RESTORED, Action.SHUTDOWN),
        (13.0, RestoreOutcome.RESTORED, Action.SUSPEND),
        (13.0, RestoreOutcome.DEAD, Action.SHUTDOWN),
    ],
)
async def test_the_next_host_waits_for_a_clean_end_and_some_hours(
    bench: Bench, hours: float, outcome: RestoreOutcome, action: Action
) -> None:
    plan = await bench.planner.plan("clockwork")
    run = await bench.begin(plan)
    await end(bench, run, plan, outcome)
    bench.clock.advance(timedelta(hours=hours).total_seconds())

    assert of(await bench.planner.plan("hobgoblin"), "vps1").action is action


async def end(bench: Bench, run: RunRecord, plan: Plan, outcome: RestoreOutcome) -> None:
    lease = await bench.store.claim(run.host, "test")
    assert lease is not None
    now = bench.clock.now()
    trial = Trial(
        at=now,
        run=run.id,
        host=run.host,
        guest="vps3",
        combination=combination_of(plan, plan.steps[0].family),
        outcome=outcome,
    )
    over = replace(run, status="ended", rest="ended", ended=now, exit_status=0)
    await bench.store.append(lease, run.id, [], Effects(run=over, evidence=(trial,)))


# ---- what staff say ----------------------------------------------------------------------------


async def judge(bench: Bench, plan: Plan, verdict: Verdict) -> None:
    judgement = Judgement(
        at=bench.clock.now(),
        actor="os:anna",
        combination=combination_of(plan, plan.steps[0].family),
        verdict=verdict,
        reason="so we saw",
    )
    await bench.store.judge(judgement)


async def test_nothing_is_suspended_under_a_combination_that_staff_have_banned(
    bench: Bench,
) -> None:
    await judge(bench, await bench.planner.plan("hobgoblin"), Verdict.BAN)

    plan = await bench.planner.plan("hobgoblin")

    assert {step.reason for step in plan.steps} == {Reason.COMBINATION_BANNED}
    fields = of(plan, "vps1").fields
    assert (fields["who"], fields["why"]) == ("os:anna", "so we saw")
    assert [(cell.cell, cell.shut) for cell in plan.cells] == [(fields["cell"], 2)]


async def test_a_combination_that_staff_trust_needs_no_canary_and_waits_for_no_host(
    bench: Bench,
) -> None:
    await bench.begin(await bench.planner.plan("clockwork"))
    await judge(bench, await bench.planner.plan("hobgoblin"), Verdict.TRUST)

    plan = await bench.planner.plan("hobgoblin")

    assert plan.trusted
    assert {step.action for step in plan.steps} == {Action.SUSPEND}
    assert [(cell.standing, cell.trusted_by) for cell in plan.cells] == [("trusted", "os:anna")]


async def test_what_was_trusted_when_it_ran_was_no_exploration(bench: Bench) -> None:
    plan = await bench.planner.plan("clockwork")
    await judge(bench, plan, Verdict.TRUST)
    bench.clock.advance(1.0)
    await end(bench, await bench.begin(plan), plan, RestoreOutcome.RESTORED)
    bench.clock.advance(1.0)
    await judge(bench, plan, Verdict.WITHDRAW)

    assert of(await bench.planner.plan("hobgoblin"), "vps1").action is Action.SUSPEND


async def test_a_name_that_only_a_plan_says_is_known(bench: Bench) -> None:
    plan = await bench.planner.plan("hobgoblin")

    cells = await known_cells(
        bench.store, bench.planner.policy, await planned(bench.store, bench.planner)
    )

    assert await bench.store.evidence() == ()
    assert found(cells, plan.cells[0].cell).combination == combination_of(
        plan, plan.steps[0].family
    )


async def test_the_names_of_a_run_that_is_open_are_known_and_no_silent_host_is_in_the_way(
    bench: Bench,
) -> None:
    plan = await bench.planner.plan("hobgoblin")
    await bench.begin(plan)
    for name in HOSTS:
        with bench.world.edit(name) as host:
            host.silent_until = 2**62

    assert combination_of(plan, plan.steps[0].family) in await planned(bench.store, bench.planner)
