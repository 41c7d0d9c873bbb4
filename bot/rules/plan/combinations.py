"""The combinations that a plan saves and restores guests under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.policy.evidence import Combination
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from bot.rules.plan.terms import Plan


def combination_of(plan: Plan, family: str) -> Combination:
    """Return under what a run of *plan* saves and restores guests of *family*."""
    return Combination(
        saved_on=plan.before.kernel,
        saved_hypervisor=plan.before.hypervisor,
        restored_on=plan.work.kernel,
        restored_hypervisor=plan.work.hypervisor,
        family=family,
    )


def explored(plan: Plan) -> frozenset[Combination]:
    """Return the combinations under which *plan* suspends guests; none if all are trusted."""
    if plan.trusted:
        return frozenset()
    families = {step.family for step in plan.steps if step.action is Action.SUSPEND}
    return frozenset(combination_of(plan, family) for family in families)
