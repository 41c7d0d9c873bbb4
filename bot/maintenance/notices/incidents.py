"""Mails drafted by themselves when a run ends: to whom it has failed, and that it is over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.maintenance.notices import anew, earlier, runs, upkeep
from bot.maintenance.notices.audiences import called, is_customer
from bot.maintenance.notices.desk import By
from bot.maintenance.notices.failures import translated
from bot.maintenance.notices.lately import until_maintenance
from bot.maintenance.trial_report import has_result
from bot.rules.errors import MaintError
from bot.rules.optin import TrialWish
from bot.rules.run.replay import replay
from bot.rules.run.report import became, tried
from bot.rules.window.acting import within
from bot.rules.window.terms import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.maintenance.notices.desk import Notices
    from bot.maintenance.notices.earlier import Window
    from bot.maintenance.notices.gathered import Gathered, Sources
    from bot.rules.run.terms import Run
    from bot.rules.window.terms import Window as Scheduled

logger = logging.getLogger(__name__)

ACTOR = "maintbot"  # who drafts them; a person writes what is missing and approves


class Incidents:
    """Drafts them when a run has ended. Whatever goes wrong here never harms a run."""

    def __init__(
        self, notices: Notices, sources: Sources, trouble: Callable[[MaintError], None]
    ) -> None:
        """Draft by *notices* what *sources* tell; *trouble* hears what could not be drafted."""
        self._notices, self._sources, self._trouble = notices, sources, trouble

    async def ended(self, run: Run) -> None:
        """Draft a mail for each guest that *run* has failed; repeating it drafts nothing more.

        If the run was announced, the notice that it is over is drafted too, with its post if the
        announcement had one. Of a trial each customer is told how it went.
        """
        try:
            if run.plan.trial:
                await self._tried(run)
            else:
                await self._failed(run)
                await self._over(run)
        except MaintError as error:
            self._trouble(error)
        except Exception:
            logger.exception("no mails are drafted for the run %s, by a defect", run.id)

    async def catch_up(self) -> None:
        """Do it for the newest maintenance of each host, and the trials since.

        A process may have died at the end of any of them, and the next have begun meanwhile.
        """
        try:
            for host in sorted(self._sources.fleet.hosts):
                for record in until_maintenance(await self._sources.store.runs(host=host)):
                    if record.ended:
                        rows = await self._sources.store.rows(record.id)
                        await self.ended(replay(record.id, rows))
        except MaintError as error:
            self._trouble(error)

    async def _tried(self, run: Run) -> None:
        """Draft what each customer is told whose guest was tried; their wish is carried out."""
        fleet = self._sources.fleet
        guests = [n for n in sorted(run.steps) if is_customer(fleet, n) and n in fleet.guests]
        await self._carried_out(run, [name for name in guests if tried(run.steps[name])])
        for guest in guests:
            if has_result(run.steps[guest]):
                said = "passed" if became(run.steps[guest]) == "restored" else "rolled-back"
                at = run.ended or run.at
                facts = await upkeep.result_of(run, guest, said, self._sources, at)
                await self._draft(upkeep.TRIAL_RESULT, facts, announce=False)
        await self._failed(run)

    async def _carried_out(self, run: Run, guests: Sequence[str]) -> None:
        """Record it of each guest, once: a wish that is newer than the run still stands."""
        newest = await self._sources.store.trial_wishes()
        older = [n for n in guests if n not in newest or newest[n].at <= run.started]
        at = run.ended or run.at
        rows = [TrialWish(guest=n, wanted=False, at=at, who=ACTOR, how="trial") for n in older]
        await self._sources.store.wish_trials(rows)

    async def _failed(self, run: Run) -> None:
        guests = runs.befell_customers(self._sources.fleet, run)
        guests = tuple(name for name in guests if not _has_trial_result(run, name))
        rows = await self._sources.store.rows(run.id) if guests else ()
        for guest in guests:
            facts = anew.incident(rows, run, guest, self._sources)
            await self._draft(anew.INCIDENT, facts, announce=False)

    async def _over(self, run: Run) -> None:
        window = await self._announced(run)
        facts = anew.completed(run, self._sources) if window else None
        if window and facts and facts.items:
            posted = any(letter.post for letter in window.letters)
            await self._draft(anew.COMPLETED, facts, announce=posted)

    async def _announced(self, run: Run) -> Window | None:
        """Return the window that was announced, and in which *run* began."""
        host = called(self._sources.fleet.hosts[run.host])
        with translated():
            before = await self._sources.mail.heads()
        scheduled = await self._scheduled(run)
        if scheduled:
            return earlier.of(before, host, scheduled.occasion)
        window = earlier.during(before, host, run.started)
        return window if window and run.started <= window.end else None

    async def _scheduled(self, run: Run) -> Scheduled | None:
        """Return the window that *run* lies in; else the one that it began a little early for.

        The first is that which starts first, as the store has them in order.
        """
        here = (each for each in await self._sources.store.windows() if run.host in each.hosts)
        stood = (each for each in here if each.state is not WindowState.CANCELLED)
        return next((w for w in stood if within(w, run.started, self._sources.windows)), None)

    async def _draft(self, kind: str, facts: Gathered, *, announce: bool) -> None:
        """Draft one; that it cannot be does not keep the others from being drafted."""
        by = By(actor=ACTOR, key=facts.once, announce=announce)
        try:
            await self._notices.record(kind, facts, by)
        except MaintError as error:
            self._trouble(error)


def _has_trial_result(run: Run, guest: str) -> bool:
    return run.plan.trial and has_result(run.steps[guest])
