"""Notices of a maintenance that is to come: what is intended with whose guest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import places
from bot.maintenance.notices.audiences import called, customers
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.intentions import intention, planned
from bot.rules.errors import ContactLost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.rules.fleet import Host
    from bot.rules.plan.terms import PlanStep


async def scheduled(asked: Asked, sources: Sources) -> Gathered:
    """Announce a window to the customers of the named hosts."""
    named = places.hosts(sources.fleet, asked.about)
    return Gathered(
        values={"hosts": [called(host) for host in named]},
        items=await intended(named, sources),
        occasion=asked.occasion or _window(asked),
    )


async def intended(hosts: Iterable[Host], sources: Sources) -> dict[str, Mapping[str, Any]]:
    """Return by name what is intended with each customer's guest of *hosts*.

    As the plan of its host has it; where that does not answer, is in a run, or does not know the
    guest, by opt-ins, holds and kernels alone.
    """
    holds = await sources.store.holds()
    found: dict[str, Mapping[str, Any]] = {}
    for host in hosts:
        steps = await _steps(host.name, sources)
        guests = customers(sources.fleet, [host.name])
        newest = await sources.store.opt_ins([guest.name for guest in guests])
        for guest in guests:
            step = steps.get(guest.name)
            as_planned = planned(step) if step else None
            said = newest.get(guest.name)
            found[guest.name] = as_planned or intention(guest, said, holds, sources.policy)
    return found


async def _steps(host: str, sources: Sources) -> Mapping[str, PlanStep]:
    if await sources.store.runs(host=host, open_only=True):
        return {}
    try:
        plan = await sources.planner.plan(host)
    except ContactLost:
        return {}
    return {step.guest: step for step in plan.steps}


def _window(asked: Asked) -> str:
    start = asked.values.get("start")
    return f"window:{','.join(asked.about)}:{start.isoformat()}" if start else ""
