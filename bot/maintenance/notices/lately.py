"""How customers' guests stand since the newest run of their host."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from bot.maintenance.explorations import TRIAL
from bot.rules.errors import BadConfiguration
from bot.rules.run.replay import replay
from bot.rules.run.report import Result, result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.maintenance.notices.gathered import Sources
    from bot.ports import RunRecord
    from bot.rules.run.terms import Step

_DOWN = frozenset({Result.DAMAGED, Result.LEFT_DOWN, Result.STUCK})


async def steps(sources: Sources) -> Mapping[str, Step]:
    """Return each guest's part in the newest run of the host that it is on now, and had a part.

    That is the newest maintenance, or a trial since.
    A run whose journal cannot be read tells nothing: it must not keep opt-ins from being reset.
    """
    found: dict[str, Step] = {}
    for host in sources.fleet.hosts:
        here = {guest.name for guest in sources.fleet.on(host)}
        for record in reversed(until_maintenance(await sources.store.runs(host=host))):
            try:
                run = replay(record.id, await sources.store.rows(record.id))
            except BadConfiguration:
                continue
            found |= {name: step for name, step in run.steps.items() if name in here}
    return found


def until_maintenance(records: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return of *records*, newest first, the trials before the first maintenance, and that."""
    trials = tuple(takewhile(lambda record: record.kind == TRIAL, records))
    return records[: len(trials) + 1]


def down(known: Mapping[str, Step]) -> frozenset[str]:
    """Return those that a run has left damaged or not up, and that nobody has brought up since."""
    return frozenset(name for name, step in known.items() if result(step) in _DOWN)
