"""Trials as customers wish for them: asked for, withdrawn, and what came of the newest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers.letters import Before
from bot.maintenance.customers.terms import Trials
from bot.maintenance.formats import clean
from bot.maintenance.notices.failures import translated
from bot.rules.optin import TrialWish, still_wished
from bot.rules.run.replay import replay
from bot.rules.run.report import became, tried

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.customers.knowing import Known
    from bot.maintenance.customers.letters import Answers
    from bot.maintenance.notices.gathered import Sources
    from bot.rules.fleet import Guest
    from bot.rules.run.terms import Step

SHOWN_DAYS = 30  # that the outcome of a trial is shown on the page
NOTE = 300  # characters of a customer's own words


@dataclass(frozen=True, kw_only=True)
class Trying:
    """Records wishes for trials, and says how they stand."""

    sources: Sources
    answers: Answers

    async def standing(self, guest: Guest, now: datetime) -> Trials:
        """Return how it stands with a trial of *guest*."""
        wish = (await self.sources.store.trial_wishes()).get(guest.name)
        said = (await self.sources.store.opt_ins([guest.name])).get(guest.name)
        asked = wish if wish and still_wished(wish, said) else None
        newest = await self._newest(guest, now)
        return Trials(
            asked=asked.at if asked else None,
            note=asked.note if asked else "",
            agreed=asked.agreed if asked else None,
            tried=newest[0] if newest else None,
            outcome=_outcome(newest[1]) if newest else "",
        )

    async def ask(self, known: Known, *, kernel: str, note: str, address: str) -> None:
        """Record that a trial is asked for; one that is asked for already is not again."""
        wish = self._wish(known, address, wanted=True)
        note = clean(" ".join(note.split()), NOTE)
        await self._say(known, replace(wish, kernel=kernel, note=note))

    async def withdraw(self, known: Known, *, address: str) -> None:
        """Record that no trial is wished for any more."""
        await self._say(known, self._wish(known, address, wanted=False))

    def _wish(self, known: Known, address: str, *, wanted: bool) -> TrialWish:
        return TrialWish(
            guest=known.name,
            wanted=wanted,
            at=known.at,
            who=known.who,
            how="link",
            address=address,
        )

    async def _say(self, known: Known, wish: TrialWish) -> None:
        said = (await self.sources.store.opt_ins([wish.guest])).get(wish.guest)

        def work(
            transaction: Any,  # noqa: ANN401 - only the store knows what it is
            newest: Mapping[str, TrialWish],
        ) -> tuple[Sequence[TrialWish], None]:
            now = newest.get(wish.guest)
            if wish.wanted == still_wished(now, said):
                return (), None
            before = Before(generation=known.generation, number=now.number if now else 0)
            self.answers.wished(transaction, wish, before)
            return (wish,), None

        with translated():
            await self.sources.store.rewish(work)
        self.sources.mail.wake()

    async def _newest(self, guest: Guest, now: datetime) -> tuple[datetime, Step] | None:
        """Return when the newest trial of *guest* ended, and its part; None if long ago."""
        for run in await self.sources.store.runs(host=guest.host):
            if run.kind != "trial" or run.ended is None:
                continue
            if (now - run.ended).days >= SHOWN_DAYS:
                return None
            rows = await self.sources.store.rows(run.id)
            step = replay(run.id, rows).steps.get(guest.name)
            if step is not None and tried(step):
                return run.ended, step
        return None


def _outcome(step: Step) -> str:
    """Return what became of a guest that was tried; of those that failed an incident is drafted."""
    return _OUTCOMES.get(became(step), "failed")


_OUTCOMES = {"restored": "passed", "rolled_back": "rolled_back", "unreachable": "unreachable"}
