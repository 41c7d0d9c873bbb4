"""The desk: what any chat asks of maintenance. It plans, begins runs, takes wishes, and shows."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.maintenance.cells import could_name, known_cells, planned
from bot.maintenance.effects import kind_of
from bot.maintenance.questions import question
from bot.maintenance.report import waiting_for_a_person
from bot.maintenance.shapes import GuestView, HostView, RunView
from bot.maintenance.telling import choices as deeds_of
from bot.maintenance.telling import start_deed
from bot.maintenance.trials import Trials
from bot.ports import Beginning, RunRecord, Wish
from bot.rules.errors import BadRequest, Code, ContactLost, Precondition
from bot.rules.fleet import GuestState
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.matrix import found
from bot.rules.run.journal import Draft, Event
from bot.rules.run.obey import possible
from bot.rules.run.replay import replay
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.maintenance.planning import Planner
    from bot.ports import Clock, Proposal, Store
    from bot.rules.fleet import Fleet
    from bot.rules.plan.terms import Plan
    from bot.rules.policy.matrix import Cell
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run

WAITS = 3  # exit status: a run waits for a person


@dataclass(frozen=True, kw_only=True)
class Rest:
    """How the newest run of a host stands."""

    resting: bool
    why: str = ""  # ended | asked | paused | released; empty while it moves
    exit_status: int = 0  # 0 well, 1 a guest is down or damaged, 3 it waits for a person
    commands: tuple[str, ...] = ()


class Desk:
    """Answers for a whole fleet. It changes nothing on a host: runs do, when they obey."""

    def __init__(
        self, *, fleet: Fleet, planner: Planner, store: Store, clock: Clock, name: Callable[[], str]
    ) -> None:
        """Plan by *planner*, remember in *store*; *name* gives each run its own short name."""
        self.fleet, self.store, self.clock = fleet, store, clock
        self._planner, self._name = planner, name
        self.trials = Trials(fleet=fleet, store=store, clock=clock, policy=planner.policy)

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        """Observe *host* and plan a run; nothing is touched.

        Raises:
            Precondition: HOST_BUSY: what a run has done would read like faults of the host, with
                advice that harms its guests.
            Precondition: GUESTS_WAIT, of a trial: guests of the run before wait for a person.
            MaintError: as `Planner.plan`.
        """
        for run in await self.store.runs(host=host, open_only=True):
            raise Precondition(Code.HOST_BUSY, host=host, who=run.actor, since=run.started)
        if options.trial:
            await self._refuse_waiting(host)
        return await self._planner.plan(host, options)

    async def _refuse_waiting(self, host: str) -> None:
        """Keep a trial from hiding the guests that the run before has left to a person.

        A maintenance takes every guest of its host up again; a trial does not.
        """
        before = await self.run(host)
        if before and (left := waiting_for_a_person(before.run)):
            guests = tuple(step.guest for step in left)
            raise Precondition(Code.GUESTS_WAIT, host=host, guests=guests)

    async def start(  # noqa: PLR0913 - what the first row of its journal says
        self,
        host: str,
        options: PlanOptions,
        *,
        actor: str,
        key: str,
        plan_hash: str,
        reason: str,
        alone: bool = False,
    ) -> RunRecord:
        """Begin a run; the process that holds the host's lease carries it on.

        *alone* says that it goes without the second person whom a start needs here.

        Raises:
            Precondition: PLAN_CHANGED, PLAN_REFUSED or HOST_BUSY; nothing was begun.
            ContactLost, TryAgain: nothing was begun.
        """
        plan = await self._startable(host, options, plan_hash)
        about = {"actor": actor, "reason": reason, "key": key}
        return await self._begin(plan, options, {**about, "alone": True} if alone else about)

    async def propose(self, proposal: Proposal) -> str:
        """Record a start that waits for a second person.

        Returns who had proposed what it replaces, or an empty string. Raises as `start`.
        """
        await self._startable(proposal.host, proposal.options, proposal.plan.hash)
        return await self.store.propose(proposal)

    async def approve(self, proposal: Proposal, approver: str) -> RunRecord:
        """Begin the run that *proposal* proposes, once; it is its proposer's run.

        Raises as `start`, and Precondition(NO_PROPOSAL) if it does not wait any more.
        """
        plan = await self._startable(proposal.host, proposal.options, proposal.plan.hash)
        about = {"actor": proposal.actor, "reason": proposal.reason, "approver": approver}
        about |= {"key": proposal.key}
        return await self._begin(plan, proposal.options, about, proposal.key)

    async def _startable(self, host: str, options: PlanOptions, plan_hash: str) -> Plan:
        plan = await self.plan(host, options)
        if plan.problems:
            raise Precondition(Code.PLAN_REFUSED, host=host, problems=plan.problems)
        if plan_hash and plan.hash != plan_hash:
            again = start_deed(host, options, plan.hash).command
            known = {"then": plan_hash, "now": plan.hash, "command": again}
            raise Precondition(Code.PLAN_CHANGED, host=host, **known)
        return plan

    async def _begin(
        self, plan: Plan, options: PlanOptions, about: Mapping[str, object], proposal: str = ""
    ) -> RunRecord:
        begins = self.beginning(plan, options, about)
        await self.store.begin(begins.run, begins.draft, begins.states, proposal)
        return begins.run

    def beginning(self, plan: Plan, options: PlanOptions, about: Mapping[str, object]) -> Beginning:
        """Return the run that carries out *plan*, for a transaction in which it begins.

        *about* has at least its `actor`, `reason` and `key`.
        """
        now, actor = self.clock.now(), str(about["actor"])
        record = RunRecord(
            id=self._name(), host=plan.host, actor=actor, started=now, kind=kind_of(plan)
        )
        data = {**about, "host": plan.host, "options": asdict(options), "plan": plan_to_data(plan)}
        begun = Draft(event=Event.BEGUN, data=data)
        return Beginning(run=record, draft=begun, states=_first_states(plan))

    async def cells(self) -> tuple[Cell, ...]:
        """Return the matrix of evidence: a cell for all that was tried or judged."""
        return await known_cells(self.store, self._planner.policy)

    async def cell(self, name: str) -> Cell:
        """Return the cell that *name* begins, also one of which only plans speak.

        Raises:
            BadRequest: UNKNOWN_CELL, AMBIGUOUS_CELL.
        """
        try:
            return found(await self.cells(), name)
        except BadRequest as error:
            if error.code is not Code.UNKNOWN_CELL or not could_name(name):
                raise
        also = await planned(self.store, self._planner)
        return found(await known_cells(self.store, self._planner.policy, also), name)

    async def wish(self, wish: Wish) -> None:
        """Record a wish for the newest run of its host; the run obeys it within a second.

        Raises:
            BadRequest: NO_RUN, UNKNOWN_GUEST or NOT_NOW; nothing was recorded.
        """
        view = await self.run(wish.host)
        if view is None:
            raise BadRequest(Code.NO_RUN, host=wish.host, verb=wish.verb)
        if wish.guest:
            self._fits(view.run, wish)
        elif view.run.phase is Phase.ENDED:
            raise BadRequest(Code.NO_RUN, host=wish.host, verb=wish.verb)
        await self.store.wish(wish)

    def _fits(self, run: Run, wish: Wish) -> None:
        step = run.steps.get(wish.guest)
        if step is None:
            raise BadRequest(Code.UNKNOWN_GUEST, guest=wish.guest, host=wish.host, nearest="")
        can = possible(step)
        if wish.verb not in can:
            raise BadRequest(
                Code.NOT_NOW,
                verb=wish.verb,
                host=wish.host,
                guest=wish.guest,
                state=str(step.state),
                can=can,
            )

    async def hosts(self) -> list[HostView]:
        """Describe every host; one that does not answer is shown as such."""
        views = await asyncio.gather(*(self._host(name) for name in sorted(self.fleet.hosts)))
        return list(views)

    async def _host(self, name: str) -> HostView:
        known = self.fleet.hosts[name]
        opened = await self.store.runs(host=name, open_only=True)
        run = opened[0] if opened else None
        try:
            seen = await self._planner.observe(name)
        except ContactLost:
            return HostView(name=name, fqdn=known.fqdn, run=run, reachable=False)
        wishes = await self.store.opt_ins(seen.guests.keys())
        opted = [g for g in seen.guests if g in wishes and wishes[g].wanted]
        running = [g for g in seen.guests.values() if g.state is GuestState.RUNNING]
        return HostView(
            name=name,
            fqdn=known.fqdn,
            kernel=seen.facts.kernel,
            hypervisor=seen.facts.hypervisor,
            guests=len(seen.guests),
            running=len(running),
            suspended_opted_in=len(opted),
            run=run,
        )

    async def guests(self, host: str) -> list[GuestView]:
        """Describe every guest of *host*, with what a run now would do to it."""
        given = await self._planner.plan(host)
        seen = await self._planner.observe(host)
        recorded = {guest.name: guest for guest in self.fleet.on(host)}
        steps = {step.guest: step for step in given.steps}
        wishes = await self.store.opt_ins(recorded.keys() | seen.guests.keys())
        return [
            GuestView(
                facts=seen.guests.get(name),
                guest=recorded.get(name),
                opt_in=wishes.get(name),
                step=steps.get(name),
            )
            for name in sorted(recorded.keys() | seen.guests.keys())
        ]

    async def run(self, host: str) -> RunView | None:
        """Return the newest run of *host*, or None. Raises BadConfiguration(CORRUPT_JOURNAL)."""
        newest = (await self.store.runs(host=host))[:1]
        for record in newest:
            run = replay(record.id, await self.store.rows(record.id))
            return RunView(record=record, run=run, now=self.clock.now())
        return None

    async def log(self, host: str) -> tuple[Row, ...]:
        """Return the journal of the newest run of *host*, oldest row first."""
        newest = (await self.store.runs(host=host))[:1]
        return await self.store.rows(newest[0].id) if newest else ()

    async def at_rest(self, host: str) -> Rest:
        """Say whether the newest run of *host* waits, for what, and what goes on."""
        # Wishes first: one that is obeyed between the two looks shows in the run's head already.
        waiting = (await self.store.news(host)).wishes
        newest = (await self.store.runs(host=host))[:1]
        if not newest:
            return Rest(resting=True, why="ended")
        record = newest[0]
        if waiting or not record.rest:
            return Rest(resting=False, exit_status=WAITS)
        if record.rest == "ended":
            if await self.store.holder(host):  # what follows a run's end is still being done
                return Rest(resting=False, exit_status=WAITS)
            return Rest(resting=True, why="ended", exit_status=record.exit_status or 0)
        view = await self.run(host)
        commands = goes_on(view.run) if view else ()
        return Rest(resting=True, why=record.rest, exit_status=WAITS, commands=commands)


def goes_on(run: Run) -> tuple[str, ...]:
    """Return the commands by which a resting run goes on, as they are typed."""
    if run.released:
        return (f'takeback {run.host} "reason"',)
    if run.question is not None:
        return tuple(deed.command for deed in question(run, run.question).deeds)
    if run.paused:
        return (f"resume {run.host}",)
    stuck = [step for step in run.steps.values() if step.state is StepState.STUCK]
    return tuple(deed.command for step in stuck for deed in deeds_of(run.host, step))


def _first_states(plan: Plan) -> Mapping[str, str]:
    untouched, planned = str(StepState.UNTOUCHED), str(StepState.PLANNED)
    return {s.guest: untouched if s.action == "untouched" else planned for s in plan.steps}
