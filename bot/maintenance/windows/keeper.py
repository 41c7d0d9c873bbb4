"""Keeps windows: does what is due for them, once, whichever process comes first.

The due rows in the database are the truth. What an act does is committed together with its row;
who comes second to a row has done nothing. Many processes may keep the same windows, and each may
be killed at any moment.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import closing, hour, reminders, reveals
from bot.maintenance.windows.closing import conclusion, finished
from bot.maintenance.windows.entries import missed, without_mail
from bot.maintenance.windows.noting import note_mail
from bot.maintenance.windows.patience import Patience
from bot.maintenance.windows.standing import runs_of
from bot.maintenance.windows.surprises import surprise
from bot.ports import WindowChange
from bot.rules.errors import Code, MaintError
from bot.rules.window.acting import passed, superseded
from bot.rules.window.terms import DueKind, Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.windows.alarm import Alarm
    from bot.maintenance.windows.kit import Kit
    from bot.rules.window.terms import Due

    Act = Callable[[Kit, Window, Due, datetime], Awaitable[WindowChange]]

logger = logging.getLogger(__name__)

LOOK = 5.0  # seconds of machine time between two looks at most: a clock may have been set
AGAIN = 2.0  # seconds of machine time before something that failed is tried again
SURPRISES = 600.0  # seconds of machine time between two looks for what nobody has reported
AT_ONCE = 8  # windows that are looked after at a time

_ACTS: Mapping[DueKind, Act] = MappingProxyType(
    {
        DueKind.SHOW: reminders.show,
        DueKind.REMIND: reminders.remind,
        DueKind.REVEAL: reveals.reveal,
        DueKind.ASK: hour.ask,
        DueKind.START: hour.start,
        DueKind.ENDING: closing.ending,
        DueKind.END: closing.end,
    }
)


class Keeper:
    """Looks after all windows; `serve` until told to stop."""

    def __init__(
        self,
        kit: Kit,
        alarm: Alarm | None = None,
        trouble: Callable[[MaintError], None] = lambda _: None,
        *,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Act with *kit*; *trouble* hears what does not work; *machine* is in seconds."""
        self._kit, self._trouble, self._machine = kit, trouble, machine
        self._alarm = alarm
        self._holds: frozenset[int] | None = None  # those that stood when it was looked last
        self._looked = 0.0  # machine time of the last look for surprises
        self._coming: list[int] = []  # windows that have not begun, soonest first
        self._unseen: list[int] = []  # those of them that are still to be looked at for surprises
        self._patience = Patience()
        self._beside: asyncio.Task[None] | None = None  # looks for surprises, while we go on

    async def serve(self, stop: asyncio.Event) -> None:
        """Look after windows until *stop* is set. Killing it at any moment is safe."""
        alarm = self._alarm
        assert alarm is not None  # noqa: S101 - who serves was given one
        alarm.start()
        try:
            while not stop.is_set():
                seconds = await self._turn()
                if self._beside is None or self._beside.done():
                    self._beside = asyncio.create_task(self._look_beside())
                await alarm.wait(seconds, stop)
        finally:
            alarm.close()
            await self._end_beside()

    async def _turn(self) -> float:
        """Look once; return the seconds of machine time until the next look."""
        now = self._kit.clock.now()
        try:
            await self._do_what_is_due(now)
            due = await self._kit.store.next_due(now)
        except MaintError as error:
            self._trouble(error)
            return AGAIN
        except Exception:
            logger.exception("a defect, while looking after windows; it is tried again")
            return AGAIN
        again = self._patience.seconds(self._machine(), LOOK)
        return again if due is None else max(0.0, min(again, self._kit.clock.machine_seconds(due)))

    async def look(self) -> None:
        """Do all that is due, conclude what is over, and prepare mail to who would be surprised."""
        await self._do_what_is_due(self._kit.clock.now())
        await self._look_for_surprises()

    async def _do_what_is_due(self, now: datetime) -> None:
        await note_mail(self._kit, now)
        await self._act_on_all(now)
        windows = await self._kit.store.windows(open_only=True)
        for window in windows:
            if window.start <= now:
                await self._alone("window", window.number, self._conclude)
        self._coming = [window.number for window in windows if window.start > now]

    async def _alone(
        self, what: str, number: int, work: Callable[[Window], Awaitable[None]]
    ) -> None:
        """Do *work* unless another process is at *what* of this window; trouble keeps no other."""
        store = self._kit.store
        with self._complaining(number):
            lease = await store.claim(f"{what} {number}", store.owner)
            if lease is None:
                return
            try:
                await work(await store.window(number))
            finally:
                await store.free(lease)

    @contextmanager
    def _complaining(self, number: int) -> Iterator[None]:
        """Tell what does not work, and go on with what comes after it."""
        try:
            yield
        except MaintError as error:
            if error.code not in {Code.LEASE_LOST, Code.WINDOW_CHANGED, Code.WINDOW_OVER}:
                self._trouble(error)
        except Exception:
            logger.exception("a defect, while looking after window %d", number)

    # ---- what is due ----

    async def _act_on_all(self, now: datetime) -> None:
        """Try each row once. Those that still wait then are left alone for a while.

        However many those are, they hide none of the others.
        """
        store, patience, machine = self._kit.store, self._patience, self._machine()
        tried: set[int] = set()
        while dues := await store.dues(now, patience.resting(machine)):
            patience.failed((due.id for due in dues if due.id in tried), self._machine())
            untried = [due for due in dues if due.id not in tried]
            await self._act_beside(_windows_of(untried))
            tried.update(due.id for due in untried)
        patience.forget(machine)

    async def _act_beside(self, windows: Sequence[int]) -> None:
        """Act for several windows at a time: a host that does not answer holds up no other."""
        turnstile = asyncio.Semaphore(AT_ONCE)

        async def act(number: int) -> None:
            async with turnstile:
                await self._alone("window", number, self._act_all)

        await asyncio.gather(*(act(number) for number in windows))

    async def _act_all(self, window: Window) -> None:
        """Do all that is due for a window, also what failed before: it may be superseded now."""
        now = self._kit.clock.now()
        dues = [due for due in await self._kit.store.agenda(window.number) if due.at <= now]
        gone = [due for due in dues if passed(due, window, now) or superseded(due, dues, now)]
        if gone:
            await self._commit(missed(window, gone, now))
        for due in dues:
            if due not in gone:
                with self._complaining(window.number):  # a reminder in trouble keeps no question
                    await self._act(window, due)

    async def _act(self, window: Window, due: Due) -> None:
        """Do what is due. Its row is settled in the same commit, so that it is done once."""
        kit = self._kit
        with translated():
            change = await _ACTS[due.kind](kit, window, due, kit.clock.now())
        try:
            await self._commit(change)
        except MaintError as error:
            if change.also is None or error.code is not Code.MAIL:
                raise
            self._trouble(error)
            await self._commit(without_mail(change, error))
        kit.mail.wake()

    async def _commit(self, change: WindowChange) -> None:
        with translated():
            await self._kit.store.change_windows([change])

    # ---- what nobody has asked for ----

    async def _conclude(self, window: Window) -> None:
        """Conclude a window all of whose runs have ended, before its end or after."""
        kit, now = self._kit, self._kit.clock.now()
        runs = await runs_of(kit.store, window, kit.settings)
        if await finished(kit, window, runs, now):
            await self._commit(conclusion(window, runs, now))

    async def _look_beside(self) -> None:
        """Look for surprises at all windows, while what is due goes on."""
        try:
            await self._look_for_surprises()
            while self._unseen:
                await self._look_for_surprises()
        except MaintError as error:
            self._trouble(error)
        except Exception:
            logger.exception("a defect, while looking for surprises; it is tried again")

    async def _end_beside(self) -> None:
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.wait([self._beside])

    async def _look_for_surprises(self) -> None:
        """Look at once when holds have changed, and now and then for what hosts tell.

        A few windows at a time, soonest first: then holds may have changed again.
        """
        holds = frozenset(hold.id for hold in await self._kit.store.holds())
        machine = self._machine()
        if holds != self._holds or machine - self._looked >= SURPRISES:
            self._holds, self._looked, self._unseen = holds, machine, self._coming
        for number in self._unseen[:AT_ONCE]:
            await self._alone("surprises of window", number, self._surprise)
        self._unseen = self._unseen[AT_ONCE:]

    async def _surprise(self, window: Window) -> None:
        with translated():
            change = await surprise(self._kit, window, self._kit.clock.now())
        if change:
            await self._commit(change)


def _windows_of(dues: Iterable[Due]) -> list[int]:
    """Return the windows of *dues*, each once, in their order."""
    return list(dict.fromkeys(due.window for due in dues))
