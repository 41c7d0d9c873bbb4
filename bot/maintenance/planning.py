"""Gathers what a plan is made of; the rules make it."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.maintenance.explorations import explorations
from bot.maintenance.probes import answered
from bot.maintenance.remembered import remembered
from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import GuestState, Observation
from bot.rules.limits import Limits
from bot.rules.plan.given import PlanInput
from bot.rules.plan.making import make_plan
from bot.rules.plan.situation import Surroundings
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.ports import Clock, HostExecutor, Prober, Store
    from bot.rules.fleet import Check, Fleet
    from bot.rules.plan.terms import Plan
    from bot.rules.policy.evidence import Combination, Exploration, Judgement, Trial

_NO_OPTIONS = PlanOptions()


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans runs of the hosts of a fleet; reads only, and may be asked at any time."""

    fleet: Fleet
    executors: Mapping[str, HostExecutor]  # by the name of their host
    store: Store
    clock: Clock
    prober: Prober
    policy: PolicySettings = field(default_factory=PolicySettings)
    limits: Limits = field(default_factory=Limits)
    surroundings: Surroundings = field(default_factory=Surroundings)
    _planned: dict[str, frozenset[Combination]] = field(default_factory=dict, init=False)

    async def plan(self, host: str, options: PlanOptions = _NO_OPTIONS) -> Plan:
        """Observe *host* and plan its run.

        Raises:
            BadRequest: UNKNOWN_HOST.
            ContactLost: the host does not answer.
            TryAgain: the store is unreachable.
        """
        return make_plan(await self.gather(host, options))

    async def gather(self, host: str, options: PlanOptions = _NO_OPTIONS) -> PlanInput:
        """Return all that the plan of *host* is made of. Raises as `plan` does."""
        observation = await remembered(self.store, host, await self.observe(host))
        trials, judgements = await self.store.evidence(), await self.store.judgements()
        return PlanInput(
            at=self.clock.now(),
            host=self.fleet.hosts[host],
            guests={guest.name: guest for guest in self.fleet.on(host)},
            observation=observation,
            elsewhere=frozenset(g.name for g in self.fleet.guests.values() if g.host != host),
            needed=self._needed_elsewhere(host),
            answered=await self._answered(host, observation),
            opt_ins=await self.store.opt_ins(observation.guests.keys()),
            trial_wishes=await self.store.trial_wishes() if options.trial else {},
            holds=await self.store.holds(),
            trials=trials,
            judgements=judgements,
            explorations=await self._explorations(trials, judgements),
            policy=self.policy,
            limits=self.limits,
            options=options,
            surroundings=self.surroundings,
        )

    async def _explorations(
        self, trials: Sequence[Trial], judgements: Sequence[Judgement]
    ) -> tuple[Exploration, ...]:
        said, known = (trials, judgements), self._planned
        return await explorations(self.store, *said, self.policy, known)

    async def observe(self, host: str) -> Observation:
        """Return what *host* and its guests are now. Raises BadRequest or ContactLost."""
        executor = self.executors.get(host)
        if executor is None or host not in self.fleet.hosts:
            nearest = get_close_matches(host, self.fleet.hosts, n=1)
            raise BadRequest(Code.UNKNOWN_HOST, host=host, nearest="".join(nearest))
        facts = await executor.facts()
        guests = await executor.guests()
        return Observation(facts=facts, guests={guest.name: guest for guest in guests})

    async def _answered(
        self, host: str, observation: Observation
    ) -> Mapping[str, tuple[Check, ...]]:
        found = observation.guests
        running = {name for name, g in found.items() if g.state is GuestState.RUNNING}
        return await answered(self.prober, (g for g in self.fleet.on(host) if g.name in running))

    def _needed_elsewhere(self, host: str) -> frozenset[str]:
        others = (guest for guest in self.fleet.guests.values() if guest.host != host)
        return frozenset(need for guest in others for need in guest.needs)
