"""Trials as customers wish for them: asked for, withdrawn, and what came of the newest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.maintenance.customers.letters import Before
from bot.maintenance.customers.terms import Trials
from bot.maintenance.formats import clean
from bot.maintenance.notices.failures import translated
from bot.rules.optin import TrialWish
from bot.rules.policy.evidence import RestoreOutcome
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.customers.knowing import Known
    from bot.maintenance.customers.letters import Answers
    from bot.maintenance.notices.gathered import Sources
    from bot.ports import RunRecord
    from bot.rules.fleet import Guest

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
        asked = wish if wish and wish.wanted else None
        run = await self._newest(guest, now)
        return Trials(
            asked=asked.at if asked else None,
            note=asked.note if asked else "",
            agreed=asked.agreed if asked else None,
            tried=run.ended if run else None,
            outcome=await self._outcome(guest.name, run) if run else "",
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
        def work(
            transaction: Any,  # noqa: ANN401 - only the store knows what it is
            newest: Mapping[str, TrialWish],
        ) -> tuple[Sequence[TrialWish], None]:
            now = newest.get(wish.guest)
            if wish.wanted == (now is not None and now.wanted):
                return (), None
            before = Before(generation=known.generation, number=now.number if now else 0)
            self.answers.wished(transaction, wish, before)
            return (wish,), None

        with translated():
            await self.sources.store.rewish(work)
        self.sources.mail.wake()

    async def _newest(self, guest: Guest, now: datetime) -> RunRecord | None:
        """Return the newest trial of *guest* that has ended, unless that is long ago."""
        for run in await self.sources.store.runs(host=guest.host):
            if run.kind != "trial" or run.ended is None:
                continue
            if (now - run.ended).days >= SHOWN_DAYS:
                return None
            state = (await self.sources.store.states(run.id)).get(guest.name)
            if state not in _NOT_TRIED:
                return run
        return None

    async def _outcome(self, guest: str, run: RunRecord) -> str:
        evidence = await self.sources.store.evidence()
        found = [trial for trial in evidence if (trial.run, trial.guest) == (run.id, guest)]
        if any(trial.outcome is RestoreOutcome.RESTORED for trial in found):
            return "passed"
        state = (await self.sources.store.states(run.id))[guest]
        if state == StepState.UNREACHABLE:
            return "unreachable"
        return "rolled_back" if found and state == StepState.UP else "failed"


#: Where a guest is that never stopped: it was left alone, or could not be saved and ran on.
_NOT_TRIED = frozenset({None, StepState.UNTOUCHED, StepState.PLANNED})
