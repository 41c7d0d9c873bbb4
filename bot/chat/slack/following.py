"""What one channel is told of: runs and campaigns, from where it was to where they are."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.mail_following import BEGINS
from bot.maintenance.notices.failures import translated
from bot.rules.errors import BadConfiguration, BadRequest, TryAgain
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.chat.asked import Teller
    from bot.chat.handlers import Handler
    from bot.chat.slack.board import Board
    from bot.ports import Store

logger = logging.getLogger(__name__)

AT_ONCE = 8  # runs that are told beside each other: what they write is one commit then
FRESH = 0.5  # seconds: the board keeps only the newest of a live message, the pump paces edits
SWEEP = 5.0  # seconds of machine time between two looks at the runs that have ended
LINGERS = 5.0  # seconds in which a wish is obeyed, and what comes of it is told
SINCE = "since"  # the cursor that says from when on a channel is told
_GOING = frozenset({CampaignState.SENDING, CampaignState.PAUSED})


class Runs:
    """Tells a channel of every open run, and of the newest run of each host.

    A person may choose about a guest long after the end; where one just has, it is told at once.
    """

    def __init__(
        self,
        handler: Handler,
        teller: Teller,
        board: Board,
        store: Store,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell *board* by *teller*; *machine* is in seconds."""
        self._handler, self._teller = handler, teller
        self._board, self._store, self._machine = board, store, machine
        self._untold: set[str] = set()
        self._unreadable: set[str] = set()
        self._swept = -SWEEP  # when all hosts were looked at
        self._wanted: dict[str, float] = {}  # hosts with wishes, and until when to look there

    async def skip(self) -> None:
        """Tell of the runs there are only what happens from now on."""
        for run in await self._store.runs():
            try:
                rows = await self._store.rows(run.id)
            except BadConfiguration:
                continue  # nobody can tell it
            cursor = await self._store.cursor(self._board.name, run.id)
            if rows and not cursor.number:
                await self._store.move(replace(cursor, number=rows[-1].number))

    async def go_on(self) -> None:
        """Go on with what is told; also with runs that began and ended meanwhile."""
        for run in await self._store.runs():
            if not (await self._store.cursor(self._board.name, run.id)).number:
                self._untold.add(run.id)

    def forget(self) -> None:
        """Take nothing for known: another process may have told it meanwhile."""
        self._teller.forget(self._board)

    async def tell(self) -> None:
        """Tell what is new."""
        open_ = {run.id: run.host for run in await self._store.runs(open_only=True)}
        self._untold |= open_.keys() | await self._ended(busy=set(open_.values()))
        runs, turnstile = sorted(self._untold), asyncio.Semaphore(AT_ONCE)

        async def tell(run: str) -> bool:
            async with turnstile:
                return await self._told(run)

        # None is left behind at work while the next look begins, whatever one of them meets.
        all_told = await asyncio.gather(*map(tell, runs), return_exceptions=True)
        for run, told in zip(runs, all_told, strict=True):
            if isinstance(told, BaseException):
                raise told
            if told and run not in open_:
                self._untold.discard(run)

    async def _told(self, run: str) -> bool:
        """Tell of *run*; one that cannot be told is said once and hides no other."""
        if run in self._unreadable:
            return True
        try:
            return await self._teller.tell(self._board, run, pace=FRESH)
        except BadConfiguration as error:
            told = self._handler.views.error(error)
        except TryAgain:
            raise
        except Exception as defect:
            logger.exception("a defect, while telling the run %s", run)
            told = self._handler.views.defect(repr(defect))
        self._unreadable.add(run)
        await self._board.post(told)
        return True

    async def _ended(self, busy: set[str]) -> set[str]:
        """Return the newest runs of the hosts that are to be looked at now; none of *busy* ones."""
        now = self._machine()
        lingers = dict.fromkeys(await self._store.wanted(), now + LINGERS)
        self._wanted = {h: until for h, until in self._wanted.items() if until > now} | lingers
        hosts = set(self._wanted)
        if now - self._swept >= SWEEP:
            self._swept = now
            hosts |= self._handler.desk.fleet.hosts.keys()
        return {run.id for h in hosts - busy for run in (await self._store.runs(host=h))[:1]}


class Campaigns:
    """Tells a channel how every campaign is sent that began to be, and is not told to its end."""

    def __init__(self, handler: Handler, board: Board, store: Store) -> None:
        """Tell *board* by *handler*'s office; remember in *store* what was heard of."""
        self._office, self._board, self._store = handler.office, board, store
        self._untold: set[int] = set()
        self._heard = 0  # the last change of any campaign that was read

    async def skip(self) -> None:
        """Tell of the campaigns there are only what happens from now on."""
        with translated():
            while changes := await self._office.mail.changes(self._heard):
                self._heard = changes[-1].number
        await self._remember()

    def forget(self) -> None:
        """Take nothing for known: another process may have told it meanwhile."""
        self._office.teller.forget(self._board)

    async def go_on(self, heard: int) -> None:
        """Go on after the change *heard*, and with what is being sent."""
        self._heard = heard
        with translated():
            known = [progress.campaign for progress in await self._office.mail.campaigns()]
        self._untold = {campaign.number for campaign in known if campaign.state in _GOING}

    async def tell(self) -> None:
        """Tell what is new."""
        heard = self._heard
        with translated():
            while changes := await self._office.mail.changes(self._heard):
                self._heard = changes[-1].number
                self._untold |= {c.campaign for c in changes if c.event in BEGINS}
            for number in sorted(self._untold):
                if await self._told(number):
                    self._untold.discard(number)
        if self._heard != heard:
            await self._remember()

    async def _told(self, number: int) -> bool:
        try:
            if (await self._office.mail.campaign(number)).beside:
                return True
            return await self._office.teller.tell(self._board, number)
        except BadRequest as error:
            logger.warning("a campaign cannot be told in Slack: %s", error)
            return True

    async def _remember(self) -> None:
        since = await self._store.cursor(self._board.name, SINCE)
        await self._store.move(replace(since, number=1, message=str(self._heard)))
