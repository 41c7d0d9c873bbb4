"""What a plan's message shows, as plain data: groups and counts, not yet words."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bot.rules.policy.terms import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.plan.terms import Plan, PlanStep


_WITH_FIELDS = frozenset(
    {Reason.HELD, Reason.COMBINATION_BANNED, Reason.COMBINATION_UNTRUSTED_ELSEWHERE}
)


def of_plan(plan: Plan) -> dict[str, object]:
    """Return the fields of a plan's message."""
    suspended = [step for step in plan.steps if step.action is Action.SUSPEND]
    worst = max(plan.steps, key=lambda step: step.expected_downtime, default=None)
    seconds = plan.drain_seconds + plan.work_seconds + plan.restore_seconds
    return {
        "host": plan.host,
        "hash": plan.hash,
        "order": plan.order.value,
        "groups": {action.value: groups(plan.steps, action) for action in Action},
        "problems": plan.problems,
        "warnings": plan.warnings,
        "work": plan.work,
        "kernel": plan.before.kernel,
        "hypervisor": plan.before.hypervisor,
        "seconds": seconds,
        "drain_seconds": plan.drain_seconds,
        "work_seconds": plan.work_seconds,
        "restore_seconds": plan.restore_seconds,
        "sum_downtime": plan.sum_downtime,
        "worst": plan.worst_downtime,
        "worst_guest": worst.guest if worst and worst.expected_downtime else "",
        "memory": sum(step.memory_mib for step in suspended),
        "pairs": sum(step.pair for step in suspended),
        "canary": next((step.guest for step in suspended if step.canary), ""),
        "trusted": plan.trusted,
        "cells": plan.cells,
        **counts(plan),
    }


def counts(plan: Plan) -> dict[str, int]:
    """Return how many guests are suspended, shut down and untouched."""
    each = Counter(step.action for step in plan.steps)
    names = ((Action.SUSPEND, "suspended"), (Action.SHUTDOWN, "shut"))
    return {name: each[action] for action, name in names} | {"untouched": each[Action.UNTOUCHED]}


def groups(steps: Iterable[PlanStep], action: Action) -> list[dict[str, object]]:
    """Return the guests of one action by reason, the largest group first, saves in their order.

    Where holds or cells of the matrix decided, each has a group of its own, with its fields.
    """
    found: dict[tuple[str, str], list[PlanStep]] = defaultdict(list)
    for step in sorted(steps, key=lambda step: (step.save_rank, step.guest)):
        if step.action is action:
            found[step.reason.value, _told(step)].append(step)
    largest = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "reason": reason,
            "guests": [step.guest for step in steps],
            "fields": dict(steps[0].fields) if told else {},
        }
        for (reason, told), steps in largest
    ]


def _told(step: PlanStep) -> str:
    """Return the fields of a reason that is told with them, as text to group by."""
    return repr(sorted(step.fields.items())) if step.reason in _WITH_FIELDS else ""
