"""Which guests are tried first when nobody knows yet whether restoring is safe."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from bot.rules.plan.order import needed_by_others
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bot.rules.plan.terms import PlanStep


def with_canaries(
    steps: Sequence[PlanStep], expendable: Collection[str], untrusted: Collection[str]
) -> tuple[PlanStep, ...]:
    """Mark the host's canary and one canary for each family, in steps that bear no mark.

    *expendable* are guests that may be lost; *untrusted* are the families (text) whose
    restores are not trusted. Without a suspended guest of these nothing is marked.
    """
    tried = [s for s in steps if s.action is Action.SUSPEND and s.family in untrusted]
    if not tried:
        return tuple(steps)
    first = _host_canary(steps, expendable, untrusted)
    left = [step for step in tried if step.guest != first]
    chosen = {_cheapest(group) for group in _families(left)}
    return tuple(_marked(step, first, chosen) for step in steps)


def _marked(step: PlanStep, first: str, chosen: Collection[str]) -> PlanStep:
    if step.guest == first:
        return replace(step, canary=True, needs=())  # it goes before everything it could need
    return replace(step, family_canary=True) if step.guest in chosen else step


def _host_canary(
    steps: Sequence[PlanStep], expendable: Collection[str], untrusted: Collection[str]
) -> str:
    """Prefer one of a family on trial: it teaches most. Empty if none can be spared."""
    spare = set(expendable) - needed_by_others(steps)
    suspended = [s for s in steps if s.action is Action.SUSPEND and s.guest in spare]
    telling = [step for step in suspended if step.family in untrusted]
    return _cheapest(telling or suspended) if suspended else ""


def _families(steps: Iterable[PlanStep]) -> Iterable[list[PlanStep]]:
    """Group by family; of a family with customers only these: their kernels are the risk."""
    for _, group in groupby(sorted(steps, key=_family), key=_family):
        members = list(group)
        yield [step for step in members if not step.infrastructure] or members


def _family(step: PlanStep) -> str:
    return step.family


def _cheapest(steps: Iterable[PlanStep]) -> str:
    return min(steps, key=lambda s: (s.priority, s.memory_mib, s.guest)).guest
