"""What a guest's kernel said of itself before its restore: the same one runs on after it.

A guest that was restored shows no "Linux version" on its new console, and is not another family
for that: holds and bans of its family, and the evidence it gives, are of the kernel it has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.errors import BadConfiguration
from bot.rules.policy.version import parse_release
from bot.rules.run.replay import replay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ports import RunRecord, Store
    from bot.rules.fleet import GuestFacts, Observation
    from bot.rules.run.terms import Run, Step

LOOKED = 5  # of the newest runs of a host


async def remembered(store: Store, host: str, seen: Observation) -> Observation:
    """Return *seen* with the kernels of guests that run on since a run of ours restored them.

    Raises TryAgain: the store is unreachable.
    """
    unknown = {name for name, g in seen.guests.items() if g.domid and not g.kernel_line}
    known: dict[str, GuestFacts] = {}
    for record in (await store.runs(host=host))[:LOOKED]:
        if not unknown - known.keys():
            break
        known = {**await _of_run(store, record, seen, unknown), **known}
    return replace(seen, guests={**seen.guests, **known}) if known else seen


async def _of_run(
    store: Store, record: RunRecord, seen: Observation, unknown: set[str]
) -> Mapping[str, GuestFacts]:
    """Return those of *unknown* that a run restored, if the host was not restarted since."""
    try:
        run = replay(record.id, await store.rows(record.id))
    except BadConfiguration:  # its journal cannot be read; that is told elsewhere
        return {}
    steps = {name: step for name, step in run.steps.items() if name in unknown}
    return {
        name: replace(seen.guests[name], kernel_line=f"Linux version {step.plan.kernel}")
        for name, step in steps.items()
        if _runs_on(run, step, seen)
    }


def _runs_on(run: Run, step: Step, seen: Observation) -> bool:
    same = run.boot_id == seen.facts.boot_id and step.domid == seen.guests[step.guest].domid
    return same and step.how == "restored" and parse_release(step.plan.kernel) is not None
