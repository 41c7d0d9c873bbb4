"""Ways to order a run: ours, and those that people use without a bot."""

from collections.abc import Callable
from dataclasses import replace

from bot.rules.plan.steps import ranked
from bot.rules.plan.terms import Order, Plan, PlanStep
from bot.rules.policy.terms import Action

Way = Callable[[Plan], Plan]


def ours(plan: Plan) -> Plan:
    return plan


def fair(plan: Plan) -> Plan:
    return replace(plan, order=Order.FAIR, steps=ranked(plan.steps, Order.FAIR))


def in_list_order(plan: Plan) -> Plan:
    """One after the other, in the order of names both ways, as init scripts do."""
    return replace(plan, streams=1, steps=_by_name(plan.steps))


def all_at_once(plan: Plan) -> Plan:
    saved = sum(step.action is Action.SUSPEND for step in plan.steps)
    return replace(plan, streams=saved, steps=_by_name(plan.steps))


def _by_name(steps: tuple[PlanStep, ...]) -> tuple[PlanStep, ...]:
    return tuple(
        replace(step, save_rank=rank, restore_rank=rank)
        for rank, step in enumerate(sorted(steps, key=lambda step: step.guest))
    )


WAYS: dict[str, Way] = {
    "ours (order = sum)": ours,
    "ours (order = fair)": fair,
    "serial, in list order both ways": in_list_order,
    "all at once": all_at_once,
}
