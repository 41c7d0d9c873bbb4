"""All that a plan is made of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.fleet import HostWork
from bot.rules.limits import Limits
from bot.rules.plan.situation import Surroundings
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.evidence import Combination, may_explore
from bot.rules.policy.matrix import cell_of, name_of
from bot.rules.policy.terms import PolicySettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.rules.fleet import Check, Guest, Host, Observation
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.policy.evidence import Exploration, Judgement, Permit, Standing, Trial
    from bot.rules.policy.matrix import Cell


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """A host at one instant, and everything that bears on what is done with its guests."""

    at: datetime
    host: Host
    guests: Mapping[str, Guest]  # recorded on this host, by name
    observation: Observation
    elsewhere: frozenset[str] = frozenset()  # guests that the inventory has on other hosts
    needed: frozenset[str] = frozenset()  # guests that guests of other hosts need
    answered: Mapping[str, tuple[Check, ...]] = field(default_factory=lambda: MappingProxyType({}))
    opt_ins: Mapping[str, OptIn] = field(default_factory=lambda: MappingProxyType({}))
    trial_wishes: Mapping[str, TrialWish] = field(default_factory=lambda: MappingProxyType({}))
    holds: tuple[Hold, ...] = ()
    trials: tuple[Trial, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    explorations: tuple[Exploration, ...] = ()
    policy: PolicySettings = field(default_factory=PolicySettings)
    limits: Limits = field(default_factory=Limits)
    options: PlanOptions = field(default_factory=PlanOptions)
    surroundings: Surroundings = field(default_factory=Surroundings)

    @cached_property
    def work(self) -> HostWork:
        """The host work, with the kernel and hypervisor that are expected afterwards.

        A trial has none: its guests are restored by what saved them.
        """
        work, facts = self.host.work, self.observation.facts
        if self.options.trial:
            work = HostWork(manual=False, reboot=False)
        kernel, hypervisor = work.kernel or facts.kernel, work.hypervisor or facts.hypervisor
        return replace(work, kernel=kernel, hypervisor=hypervisor)

    @cached_property
    def all_needed(self) -> frozenset[str]:
        """The guests that any other guest needs."""
        return self.needed.union(*(guest.needs for guest in self.guests.values()))

    def combination(self, family: str) -> Combination:
        """Return under what a guest of *family* is saved and restored in this run."""
        facts = self.observation.facts
        return Combination(
            saved_on=facts.kernel,
            saved_hypervisor=facts.hypervisor,
            restored_on=self.work.kernel,
            restored_hypervisor=self.work.hypervisor,
            family=family,
        )

    def standing(self, family: str) -> Standing:
        """Return how far restoring guests of *family* in this run is trusted."""
        return self.cell(family).standing

    def cell(self, family: str) -> Cell:
        """Return the cell of the matrix that decides on guests of *family* in this run."""
        known = self._cells
        if family not in known:
            combination = self.combination(family)
            trials = self._trials.get(combination, ())
            name = name_of(combination, self._named)
            known[family] = cell_of(combination, name, trials, self.judgements, self.policy)
        return known[family]

    @cached_property
    def permit(self) -> Permit:
        """Whether this host may suspend under combinations that are not trusted.

        Asked of all explorations of the same change of the host, whatever their families: a new
        host kernel can itself be at fault.
        """
        same = [
            each
            for each in self.explorations
            if any(replace(c, family="") == self.combination("") for c in each.combinations)
        ]
        return may_explore(self.host.name, self.at, same, self.policy)

    @cached_property
    def _cells(self) -> dict[str, Cell]:
        return {}

    @cached_property
    def _named(self) -> frozenset[Combination]:
        """The combinations that staff may know by their names already."""
        return frozenset(self._trials) | {each.combination for each in self.judgements}

    @cached_property
    def _trials(self) -> Mapping[Combination, list[Trial]]:
        grouped: defaultdict[Combination, list[Trial]] = defaultdict(list)
        for trial in self.trials:
            grouped[trial.combination].append(trial)
        return grouped
