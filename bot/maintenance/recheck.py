"""The policy's word on a guest just before it is saved: everything is read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.maintenance.remembered import remembered
from bot.rules.fleet import Observation
from bot.rules.plan.cases import decide_now
from bot.rules.plan.given import PlanInput
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.drain import may_save
from bot.rules.run.sight import Rulebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ports import Store
    from bot.rules.fleet import Fleet, GuestFacts
    from bot.rules.limits import Limits
    from bot.rules.optin import OptIn
    from bot.rules.policy.evidence import Judgement, Trial
    from bot.rules.policy.terms import Decision, PolicySettings
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step


class Recheck:
    """Makes the rulebook of a turn. What was wished, shown and said is read only before a save."""

    def __init__(self, fleet: Fleet, store: Store, policy: PolicySettings, limits: Limits) -> None:
        """Decide for the guests of *fleet*, with what *store* knows by then."""
        self._fleet, self._store = fleet, store
        self._needed = frozenset(need for g in fleet.guests.values() for need in g.needs)
        self._policy, self._limits = policy, limits

    async def rulebook(self, run: Run, sight: Sight) -> Rulebook:
        """Return what *run* obeys in this turn."""
        if not may_save(run) or not sight.contact:
            return Rulebook(limits=self._limits, policy=self._policy)
        opt_ins = await self._store.opt_ins(run.steps.keys())
        proof = (await self._store.evidence(), await self._store.judgements())
        given = self._given(run, sight, opt_ins, proof)
        if run.plan.trial:
            given = replace(given, trial_wishes=await self._store.trial_wishes())

        seen = await remembered(self._store, run.host, given.observation)
        known = {name: guest.kernel_line for name, guest in seen.guests.items()}

        def again(step: Step, facts: GuestFacts) -> Decision:
            line = facts.kernel_line or known.get(facts.name, "")
            return decide_now(given, step.plan, replace(facts, kernel_line=line))

        return Rulebook(limits=self._limits, policy=self._policy, decide=again)

    def _given(
        self,
        run: Run,
        sight: Sight,
        opt_ins: Mapping[str, OptIn],
        proof: tuple[tuple[Trial, ...], tuple[Judgement, ...]],
    ) -> PlanInput:
        """Return the world as it is now. Whether this host may explore was decided at the plan."""
        if sight.facts is None:
            message = "a guest is decided only while its host is seen"
            raise ValueError(message)
        return PlanInput(
            at=sight.now,
            host=self._fleet.hosts[run.host],
            guests={guest.name: guest for guest in self._fleet.on(run.host)},
            needed=self._needed,
            observation=Observation(facts=sight.facts, guests=sight.guests),
            opt_ins=opt_ins,
            holds=sight.holds,
            trials=proof[0],
            judgements=proof[1],
            policy=self._policy,
            limits=self._limits,
            options=_options(run),
        )


def _options(run: Run) -> PlanOptions:
    tried = tuple(run.steps) if run.plan.trial else ()
    return PlanOptions(no_suspend=run.no_suspend, guard=run.guard, trial=tried)
