"""Incident mails drafted by themselves: one for each customer's guest that a run has failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.maintenance.notices import runs
from bot.maintenance.notices.desk import By
from bot.maintenance.notices.gathered import Gathered
from bot.rules.errors import MaintError
from bot.rules.run.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.maintenance.notices.desk import Notices
    from bot.maintenance.notices.gathered import Sources
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run

logger = logging.getLogger(__name__)

ACTOR = "maintbot"  # who drafts them; a person writes the paragraph and approves


class Incidents:
    """Drafts them when a run has ended. Whatever goes wrong here never harms a run."""

    def __init__(
        self, notices: Notices, sources: Sources, trouble: Callable[[MaintError], None]
    ) -> None:
        """Draft by *notices* what *sources* tell; *trouble* hears what could not be drafted."""
        self._notices, self._sources, self._trouble = notices, sources, trouble

    async def ended(self, run: Run) -> None:
        """Draft a mail for each guest that *run* has failed; repeating it drafts nothing more."""
        try:
            guests = runs.befell_customers(self._sources.fleet, run)
            rows = await self._sources.store.rows(run.id) if guests else ()
            for guest in guests:
                await self._one(run, rows, guest)
        except MaintError as error:
            self._trouble(error)
        except Exception:
            logger.exception("no incident mails for the run %s, by a defect", run.id)

    async def catch_up(self) -> None:
        """Do it for the newest run of each host, should a process have died at its end."""
        try:
            for host in sorted(self._sources.fleet.hosts):
                for record in (await self._sources.store.runs(host=host))[:1]:
                    if record.ended:
                        rows = await self._sources.store.rows(record.id)
                        await self.ended(replay(record.id, rows))
        except MaintError as error:
            self._trouble(error)

    async def _one(self, run: Run, rows: tuple[Row, ...], guest: str) -> None:
        """Draft one; that it cannot be does not keep the others from being drafted."""
        values = runs.incident(rows, run, guest, self._sources.policy)
        facts = Gathered(values=values, items={guest: {}}, occasion=f"run:{run.id}")
        by = By(actor=ACTOR, key=f"incident:{run.id}:{guest}")
        try:
            await self._notices.record("incident", facts, by)
        except MaintError as error:
            self._trouble(error)
