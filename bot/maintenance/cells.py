"""The matrix of evidence, of what is recorded and of what plans would try."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.errors import ContactLost
from bot.rules.plan.combinations import combination_of
from bot.rules.policy.matrix import matrix
from bot.rules.run.replay import begun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.maintenance.planning import Planner
    from bot.ports import Store
    from bot.rules.plan.terms import Plan
    from bot.rules.policy.evidence import Combination
    from bot.rules.policy.matrix import Cell
    from bot.rules.policy.terms import PolicySettings

_NAME = re.compile("[0-9a-f]{3,}")


def could_name(typed: str) -> bool:
    """Say whether *typed* looks like the name of a cell, so that hosts are asked for its sake."""
    return _NAME.fullmatch(typed.casefold()) is not None


async def known_cells(
    store: Store, policy: PolicySettings, also: Iterable[Combination] = ()
) -> tuple[Cell, ...]:
    """Return a cell for each combination that is recorded, and for *also*."""
    return matrix(await store.evidence(), await store.judgements(), policy, also)


async def planned(store: Store, planner: Planner) -> frozenset[Combination]:
    """Return the combinations of which plans speak: of open runs, and of runs that began now.

    Of a host that does not answer nothing is known.
    """
    plans = [await _plan(store, planner, host) for host in planner.fleet.hosts]
    return frozenset(each for plan in plans if plan for each in _combinations(plan))


async def _plan(store: Store, planner: Planner, host: str) -> Plan | None:
    for run in await store.runs(host=host, open_only=True):
        rows = await store.rows(run.id)
        return begun(run.id, rows[0]).plan if rows else None
    try:
        return await planner.plan(host)
    except ContactLost:
        return None


def _combinations(plan: Plan) -> Iterator[Combination]:
    """Yield each, and the one of a trial: that ends on what it began on."""
    for family in {step.family for step in plan.steps}:
        run = combination_of(plan, family)
        yield run
        yield replace(run, restored_on=run.saved_on, restored_hypervisor=run.saved_hypervisor)
