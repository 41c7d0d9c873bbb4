"""What makes two plans of a host the same plan, as a short hash."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.rules.fleet import Host
    from bot.rules.plan.terms import Plan, PlanStep

#: Hexadecimal digits: enough that no two plans of one host meet, few enough to type.
_DIGITS = 12


def plan_hash(plan: Plan, host: Host) -> str:
    """Hash the host's identity, the guests, actions, order and host work; never a measurement."""
    told = {
        "host": [host.name, host.fqdn],
        "guests": sorted(treatment(step) for step in plan.steps),
        "orders": orders(plan),
        "work": work(plan),
        **({"trial": True} if plan.trial else {}),  # so that other plans keep their hash
    }
    text = json.dumps(told, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def treatment(step: PlanStep) -> tuple[str, str, str, bool, bool, bool]:
    """Return who a guest is and what will be done with it."""
    care = (step.canary, step.family_canary, step.pair)
    return (step.guest, step.uuid, step.action.value, *care)


def orders(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the guests as they go down, and as they come back."""
    down = sorted(plan.steps, key=lambda step: (step.save_rank, step.guest))
    back = sorted(plan.steps, key=lambda step: (step.restore_rank, step.guest))
    return tuple(s.guest for s in down), tuple(s.guest for s in back)


def work(plan: Plan) -> tuple[object, ...]:
    """Return what is done to the host, and what it must be afterwards."""
    done = plan.work
    return (
        done.manual,
        done.commands,
        done.reboot,
        *((done.after,) if done.after else ()),  # so that plans without it keep their hash
        done.kernel,
        done.hypervisor,
    )
