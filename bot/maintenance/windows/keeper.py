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
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.maintenance.notices.earlier import scheduled
from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import closing, hour, reminders
from bot.maintenance.windows.closing import conclusion
from bot.maintenance.windows.entries import entry
from bot.maintenance.windows.standing import runs_of
from bot.maintenance.windows.surprises import surprise
from bot.ports import WindowChange
from bot.rules.errors import Code, MaintError
from bot.rules.window.acting import NotReminded, passed, superseded
from bot.rules.window.terms import DueKind, DueState, Window, WindowEvent, WindowState
from notifications import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
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
READER = "windows"  # whose cursor says how far the changes of campaigns are read

_ACTS: Mapping[DueKind, Act] = MappingProxyType(
    {
        DueKind.SHOW: reminders.show,
        DueKind.REMIND: reminders.remind,
        DueKind.REVEAL: reminders.reveal,
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
        self._unseen: list[int] = []  # windows that this look has still to come to, soonest first

    async def serve(self, stop: asyncio.Event) -> None:
        """Look after windows until *stop* is set. Killing it at any moment is safe."""
        alarm = self._alarm
        assert alarm is not None  # noqa: S101 - who serves was given one
        alarm.start()
        try:
            while not stop.is_set():
                await alarm.wait(await self._turn(), stop)
        finally:
            alarm.close()

    async def _turn(self) -> float:
        """Look once; return the seconds of machine time until the next look."""
        try:
            await self.look()
            due = await self._kit.store.next_due()
        except MaintError as error:
            self._trouble(error)
            return AGAIN
        except Exception:
            logger.exception("a defect, while looking after windows; it is tried again")
            return AGAIN
        if self._unseen:
            return 0.0
        if due is None:
            return LOOK
        return max(0.0, min(LOOK, self._kit.clock.machine_seconds(due)))

    async def look(self) -> None:
        """Do all that is due, conclude what is over, and prepare mail to who would be surprised."""
        kit, now = self._kit, self._kit.clock.now()
        await self._note_mail(now)
        await self._act_beside(_by_window(await kit.store.dues(now)))
        windows = await kit.store.windows(open_only=True)
        for window in windows:
            if window.start <= now:
                await self._alone(window.number, self._conclude, ())
        await self._look_for_surprises([w.number for w in windows if w.start > now])

    async def _alone(
        self,
        number: int,
        work: Callable[[Window, Sequence[Due]], Awaitable[None]],
        dues: Sequence[Due],
    ) -> None:
        """Do *work* unless another process has this window in hand; trouble keeps no other."""
        store = self._kit.store
        lease = await store.claim(f"window {number}", store.owner)
        if lease is None:
            return
        try:
            with self._complaining(number):
                await work(await store.window(number), dues)
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

    async def _act_beside(self, due: Sequence[tuple[int, Sequence[Due]]]) -> None:
        """Act for several windows at a time: a host that does not answer holds up no other."""
        turnstile = asyncio.Semaphore(AT_ONCE)

        async def act(number: int, dues: Sequence[Due]) -> None:
            async with turnstile:
                await self._alone(number, self._act_all, dues)

        await asyncio.gather(*(act(number, dues) for number, dues in due))

    async def _act_all(self, window: Window, dues: Sequence[Due]) -> None:
        now = self._kit.clock.now()
        gone = [due for due in dues if passed(due, window, now) or superseded(due, dues, now)]
        if gone:
            await self._commit(_late(window, gone, now))
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
            await self._commit(_without_mail(change, error))
        kit.mail.wake()

    async def _commit(self, change: WindowChange) -> None:
        with translated():
            await self._kit.store.change_windows([change])

    # ---- what nobody has asked for ----

    async def _conclude(self, window: Window, _: Sequence[Due]) -> None:
        """Conclude a window all of whose runs have ended, before its end or after."""
        kit, now = self._kit, self._kit.clock.now()
        runs = await runs_of(kit.store, window, kit.settings)
        every = all(host in runs for host in window.hosts) or now >= window.end
        if runs and every and all(run.ended for run in runs.values()):
            await self._commit(conclusion(window, runs, now))

    async def _note_mail(self, now: datetime) -> None:
        """Write down in world time when notices of windows began to go out."""
        kit = self._kit
        cursor = await kit.store.cursor(READER, "mail")
        with translated():
            changes = await kit.mail.changes(cursor.number)
        for change in changes:
            if change.event is ChangeEvent.STARTED:
                await self._note(change.campaign, now)
        if changes:
            await kit.store.move(replace(cursor, number=changes[-1].number))

    async def _note(self, number: int, now: datetime) -> None:
        with translated():
            campaign = await self._kit.mail.campaign(number)
        window = scheduled(campaign.occasion)
        if not window or campaign.announce or campaign.test_of:
            return
        known = await self._kit.store.window(window)
        if known.state is WindowState.SCHEDULED and not await self._noted(window, number):
            fields = {"campaign": number, "kind": campaign.kind}
            told = entry(known, WindowEvent.TOLD, now, **fields)
            change = WindowChange(window=known, expected=known.revision, entries=(told,))
            await self._commit(change)

    async def _noted(self, window: int, campaign: int) -> bool:
        """Say whether it is written down already, by another process or as a reminder."""
        noted = {WindowEvent.TOLD, WindowEvent.REMINDED}
        entries = await self._kit.store.entries(window=window)
        return any(e.event in noted and e.data["campaign"] == campaign for e in entries)

    async def _look_for_surprises(self, coming: list[int]) -> None:
        """Look at once when holds have changed, and now and then for what hosts tell.

        A few windows in one look: what is due does not wait for all of them.
        """
        holds = frozenset(hold.id for hold in await self._kit.store.holds())
        machine = self._machine()
        if holds != self._holds or machine - self._looked >= SURPRISES:
            self._holds, self._looked, self._unseen = holds, machine, coming
        for number in self._unseen[:AT_ONCE]:
            await self._alone(number, self._surprise, ())
        self._unseen = self._unseen[AT_ONCE:]

    async def _surprise(self, window: Window, _: Sequence[Due]) -> None:
        with translated():
            change = await surprise(self._kit, window, self._kit.clock.now())
        if change:
            await self._commit(change)


def _by_window(dues: Sequence[Due]) -> list[tuple[int, list[Due]]]:
    ordered = sorted(dues, key=lambda due: (due.window, due.at, due.id))
    groups = groupby(ordered, key=lambda due: due.window)
    found = [(number, list(each)) for number, each in groups]
    return sorted(found, key=lambda pair: pair[1][0].at)


def _without_mail(change: WindowChange, error: MaintError) -> WindowChange:
    """Return *change* without the mail that is in trouble: it must not keep the rest from being."""
    entries = tuple(
        replace(each, event=WindowEvent.NOT_REMINDED, data={**each.data, **_refused(error)})
        if each.event is WindowEvent.REMINDED
        else replace(each, data={**_NOTHING, **each.data})
        for each in change.entries
    )
    return replace(change, also=None, entries=entries)


_NOTHING = MappingProxyType({"campaign": 0, "post": 0, "contacts": 0, "campaigns": []})


def _refused(error: MaintError) -> dict[str, str]:
    problem = error.fields.get("problem", error.code.value)
    return {"why": NotReminded.REFUSED.value, "problem": str(problem)}


def _late(window: Window, gone: Sequence[Due], now: datetime) -> WindowChange:
    """Report what the bot was not there for."""
    rows = [{"kind": d.kind.value, "about": d.about, "at": d.at.isoformat()} for d in gone]
    return WindowChange(
        window=window,
        expected=window.revision,
        entries=(entry(window, WindowEvent.LATE, now, dues=rows),),
        settles={due.id: DueState.MISSED for due in gone},
    )
