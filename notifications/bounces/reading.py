"""Read reports from the Maildir, and record each once with what follows from it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from notifications.bounces import maildir
from notifications.bounces.report import understood
from notifications.records import bounces

if TYPE_CHECKING:
    from notifications.bounces.report import Report
    from notifications.compose.tokens import Tokens
    from notifications.ports import Clock, Transactions

logger = logging.getLogger(__name__)

BATCH = 100  # files of one look


@dataclass(kw_only=True)
class Tally:
    """What became of the files of one look."""

    recorded: int = 0
    known: int = 0  # recorded before: this is the same report once more
    ignored: int = 0  # not a report: an auto-reply, an answer, noise
    refused: int = 0  # a report whose token is not ours, or of no delivery


class Bounces:
    """One Maildir, where the return paths of all deliveries end."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        tokens: Tokens,
        folder: Path,
        offers: frozenset[str],
    ) -> None:
        """Read *folder*; *offers* names the kinds of campaign that a hard bounce stops."""
        self._transactions = transactions
        self._clock = clock
        self._tokens = tokens
        self._folder = folder
        self._offers = offers

    async def look(self) -> Tally:
        """Record what is new, put each file away once that is committed, and say what it was.

        A file that was recorded and not put away is read again, and changes nothing.

        Raises OSError when the Maildir, or some of its files, cannot be used: the other files
        are done with; StoreAway: the rest stays where it is.
        """
        tally, stuck = Tally(), None
        for path in await asyncio.to_thread(maildir.arrived, self._folder, BATCH):
            try:
                await self._file(path, tally)
            except OSError as error:
                stuck = error
        if tally.refused:
            logger.warning("%d bounces refused: not our tokens", tally.refused)
        if stuck is not None:
            raise stuck
        return tally

    async def _file(self, path: Path, tally: Tally) -> None:
        raw = await asyncio.to_thread(maildir.content, path)
        if raw is not None:
            await self._take(await asyncio.to_thread(understood, raw), tally)
            await asyncio.to_thread(maildir.put_away, path)

    async def _take(self, report: Report | None, tally: Tally) -> None:
        if report is None:
            tally.ignored += 1
            return
        delivery = self._delivery(report)
        outcome = await self._record(delivery, report) if delivery else None
        if outcome is None:
            tally.refused += 1
        elif outcome:
            tally.recorded += 1
        else:
            tally.known += 1

    def _delivery(self, report: Report) -> int | None:
        found = (self._tokens.delivery(address) for address in report.to)
        return next((delivery for delivery in found if delivery is not None), None)

    async def _record(self, delivery: int, report: Report) -> bool | None:
        at = self._clock.now()
        return await self._transactions.write(
            lambda connection: bounces.record(connection, delivery, report, at, self._offers)
        )
