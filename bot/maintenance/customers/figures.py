"""What can be counted: for whoever watches the program. No figure names a guest or a contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.customers.counting import back
from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.failures import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.maintenance.notices.gathered import Sources
    from bot.ports import Clock

_WAITING = frozenset({"asked", "paused", "released"})  # RunRecord.rest


@dataclass(frozen=True, kw_only=True)
class StoreFigures:
    """Counts in the database; `bot.web.terms.Figures` says what the figures are for."""

    sources: Sources
    clock: Clock

    async def alive(self) -> None:
        """Ask the database something small. Raises TryAgain if it does not answer."""
        await self.sources.store.holds()

    async def figures(self) -> Mapping[str, float | Mapping[str, float]]:
        """Return figures by name; those with a label, by it. Raises TryAgain."""
        store, fleet = self.sources.store, self.sources.fleet
        ours = frozenset(guest for guest in fleet.guests if is_customer(fleet, guest))
        known = back(await store.statements(), ours)
        runs = await store.runs(open_only=True)
        wishes = (await store.trial_wishes()).values()
        return {
            "optins": known.back + known.others,
            "optins_of": known.of,
            "holds": Counter(hold.scope.value for hold in await store.holds()),
            "runs_open": len(runs),
            "runs_resting": sum(run.rest in _WAITING for run in runs),
            "deliveries": await self._deliveries(),
            "due_late": len(await store.dues(self.clock.now())),
            "trials_asked": sum(wish.wanted for wish in wishes),
        }

    async def _deliveries(self) -> Mapping[str, float]:
        with translated():
            counts = await self.sources.mail.under_way()
        return {state.value: number for state, number in counts.items()}
