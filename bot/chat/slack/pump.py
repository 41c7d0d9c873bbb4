"""Shows what waits: three lanes beside each other, each at the pace that Slack allows."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.slack.choosing import next_edit, next_files, next_post
from bot.chat.slack.door import SHUT_SECONDS, Door
from bot.chat.slack.failures import Away, Refused
from bot.chat.slack.pacing import Pace
from bot.rules.errors import TryAgain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.chat.slack.board import Board, Postings
    from bot.chat.slack.drawing import Drawing
    from bot.chat.slack.showing import Showing
    from bot.ports import Clock, Posting

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds of machine time between two looks at what other processes have left
GLANCE = 0.25  # seconds until that is worth while again, however often the bell rings
POST_PACE = 1.0  # seconds after a message before the next: Slack takes one a second and channel
UPLOADS = 20  # failed ones, after which files are given up
UPLOAD_PATIENCE = 30.0  # seconds between two tries
EDIT_PACE = 1.25  # seconds between two edits: Slack takes 50 a minute


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One sort of showing; `turn` shows the next and returns how long there is nothing to do."""

    turn: Callable[[float], Awaitable[float]]
    pace: Pace


class Pump:
    """Empties the board into Slack, whatever Slack does."""

    def __init__(
        self,
        store: Postings,
        board: Board,
        showing: Showing,
        drawing: Drawing,
        clock: Clock,
        *,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show by *showing* what is on *board*; *machine* paces it, in seconds."""
        self._store, self._board, self._showing = store, board, showing
        self._drawing, self._clock, self._machine = drawing, clock, machine
        self._edited: dict[int, float] = {}  # by number: when it was shown last; machine time
        self._live: dict[int, Posting] = {}  # by number: where live messages are
        self._door = Door()
        self._posts = Pace(apart=POST_PACE)
        self._edits = Pace(apart=EDIT_PACE)
        self._uploads = Pace(apart=POST_PACE)
        self._failed_uploads = 0  # one after the other
        self.lanes = (
            Lane(turn=self._post, pace=self._posts),
            Lane(turn=self._edit, pace=self._edits),
            Lane(turn=self._files, pace=self._uploads),
        )

    def forget(self) -> None:
        """Take nothing for known: another process may have shown something meanwhile."""
        self._live.clear()
        self._board.forget()

    async def serve(self, stop: asyncio.Event) -> None:
        """Show what comes until *stop* is set."""
        async with asyncio.TaskGroup() as group:
            for lane in self.lanes:
                group.create_task(self._serve(lane, stop))

    async def _serve(self, lane: Lane, stop: asyncio.Event) -> None:
        bell = asyncio.Event()
        self._board.bells.add(bell)
        try:
            while not stop.is_set():
                wait = self.wait(lane)
                bell.clear()
                idle = 0.0 if wait else await self.turn(lane)
                with suppress(TimeoutError):  # a bell does not shorten what Slack's pace needs
                    event = stop if wait else bell
                    await asyncio.wait_for(event.wait(), min(wait or idle, LOOK))
        finally:
            self._board.bells.discard(bell)

    def wait(self, lane: Lane) -> float:
        """Return how long *lane* has to wait, whatever there is to show."""
        now = self._machine()
        return max(lane.pace.wait(now), self._door.wait(now))

    async def turn(self, lane: Lane) -> float:
        """Show the next of *lane*; return how long there is nothing to do, at most."""
        try:
            idle = await lane.turn(self._machine())
        except TryAgain as error:  # our own database; nothing is lost
            logger.warning("what is to be shown in Slack cannot be read: %s", error)
            return LOOK
        except Away as away:
            self._away(lane, away)
        except Refused as refused:
            self._shut(refused.code, SHUT_SECONDS)
        else:
            if idle:
                lane.pace.hold(self._machine() + GLANCE)
            return idle
        return 0.0

    # ---- lanes ----

    async def _post(self, now: float) -> float:
        waiting = await self._store.postings(self._board.name)
        chosen = next_post(waiting)
        if chosen is None:
            return LOOK
        self._posts.take(now)
        if self._door.outage and self._door.outage.mentioned(now):
            late = sum(not each.shown for each in waiting)
            said = self._drawing.catch_up(self._door.outage, late, self._clock.now())
            await self._showing.say(said)
            self._posts.take(self._machine())
            self._door.told()
            return 0.0
        with self._board.newest(chosen) as newest:
            await self._showing.post(newest)
        self._edited[chosen.number] = self._machine()
        self._posts.take(self._machine())
        self._arrived()
        return 0.0

    async def _edit(self, now: float) -> float:
        chosen, idle = next_edit(await self._editable(), self._edited, now)
        if chosen is None:
            return idle
        self._edits.take(now)
        self._edited[chosen.number] = now
        self._live.pop(chosen.number, None)  # where it is may be no longer true after this
        await self._showing.edit(chosen)
        self._edited[chosen.number] = self._machine()
        self._arrived()
        return 0.0

    async def _editable(self) -> list[Posting]:
        waiting = await self._store.postings(self._board.name)
        stale = {each.number: each for each in waiting if 0 < each.shown < each.version}
        unposted = {each.number for each in waiting if not each.shown}
        fresh = {n: m for n, m in self._board.fresh.items() if n not in unposted}
        for number, message in fresh.items():
            if known := stale.get(number) or await self._known(number):
                turned = number in stale  # and that is not shown yet
                stale[number] = replace(known, message=replace(message, urgent=turned))
        return list(stale.values())

    async def _known(self, number: int) -> Posting | None:
        if number not in self._live:
            found = await self._store.posting(self._board.name, number)
            if found is None or not found.shown or found.lost:
                return None
            self._live[number] = found
        return self._live[number]

    async def _files(self, now: float) -> float:
        self._uploads.take(now)
        chosen = next_files(await self._store.postings(self._board.name))
        if chosen is None:
            return LOOK
        try:
            await self._showing.files(chosen)
        except Away as away:  # files go to a place of their own: messages are not held up
            self._failed_uploads += 1
            logger.warning("files of posting %d are not taken: %s", chosen.number, away)
            self._uploads.hold(now + UPLOAD_PATIENCE)
            if self._failed_uploads >= UPLOADS:
                await self._showing.give_up_files(chosen)
                self._failed_uploads = 0
            return 0.0
        self._failed_uploads = 0
        self._arrived()
        return 0.0

    # ---- being away, and back ----

    def _away(self, lane: Lane, away: Away) -> None:
        if away.seconds:  # it is there, and asks to be left alone
            lane.pace.hold(self._machine() + away.seconds)
            return
        self._shut(away.problem, 0.0)

    def _shut(self, why: str, seconds: float) -> None:
        if self._door.shut(why, self._clock.now(), self._machine(), seconds=seconds):
            logger.warning("Slack takes nothing (%s); what is told there waits, runs go on", why)

    def _arrived(self) -> None:
        if self._door.open(self._clock.now(), self._machine()):
            logger.warning("Slack takes messages again")
