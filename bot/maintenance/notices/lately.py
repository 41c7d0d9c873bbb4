"""How customers' guests stand since the newest run of their host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.errors import BadConfiguration
from bot.rules.run.replay import replay
from bot.rules.run.report import Result, result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.maintenance.notices.gathered import Sources
    from bot.rules.run.terms import Step

_DOWN = frozenset({Result.DAMAGED, Result.LEFT_DOWN, Result.STUCK})


async def steps(sources: Sources) -> Mapping[str, Step]:
    """Return each guest's part in the newest run of the host that it is on now.

    A run whose journal cannot be read tells nothing: it must not keep opt-ins from being reset.
    """
    found: dict[str, Step] = {}
    for host in sources.fleet.hosts:
        here = {guest.name for guest in sources.fleet.on(host)}
        for record in (await sources.store.runs(host=host))[:1]:
            try:
                run = replay(record.id, await sources.store.rows(record.id))
            except BadConfiguration:
                continue
            found |= {name: step for name, step in run.steps.items() if name in here}
    return found


def down(known: Mapping[str, Step]) -> frozenset[str]:
    """Return those that a run has left damaged or not up, and that nobody has brought up since."""
    return frozenset(name for name, step in known.items() if result(step) in _DOWN)
