"""The desk of windows: schedule, move, cancel, freeze. What goes with it is one commit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import places
from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import letters
from bot.maintenance.windows.instead import Instead
from bot.maintenance.windows.letters import Letter
from bot.maintenance.windows.standing import runs_of
from bot.ports import WindowChange
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.window.agenda import agenda
from bot.rules.window.clashes import refuse_clash, windows_in
from bot.rules.window.terms import FIRST, Entry, Freeze, Window, WindowEvent, WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.maintenance.windows.letters import Letters, Work
    from bot.maintenance.windows.stopping import Stopped, Stopper
    from bot.ports import Clock, Store
    from bot.rules.fleet import Fleet
    from bot.rules.window.terms import WindowSettings


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A window that a person asks for."""

    hosts: tuple[str, ...]
    start: datetime
    end: datetime
    zone: str
    reason: str = ""
    embargo: datetime | None = None
    auto: bool = False


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A freeze, and the windows in it, which stand all the same."""

    freeze: Freeze
    windows: tuple[Window, ...]


class WindowDesk:
    """Answers for all windows. Every call may raise a MaintError; nothing was changed then."""

    def __init__(  # noqa: PLR0913 - what windows are made of
        self,
        *,
        fleet: Fleet,
        store: Store,
        clock: Clock,
        letters: Letters,
        stopper: Stopper,
        settings: WindowSettings,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        """Remember in *store*, tell customers by *letters*; *stopper* stops what they were told.

        *ring* tells this process's keeper that something else may be due next.
        """
        self.fleet, self.store, self.clock, self.settings = fleet, store, clock, settings
        self._letters, self._stopper, self._ring = letters, stopper, ring

    # ---- scheduling ----

    async def schedule(self, wanted: Sequence[Wanted], actor: str) -> tuple[Window, ...]:
        """Schedule windows, all or none, and draft what their customers are told first.

        Several are a series. Raises BadRequest: UNKNOWN_HOST, WINDOW_TOO_LONG; Precondition:
        WINDOW_OVERLAPS, FROZEN.
        """
        now = self.clock.now()
        series = FIRST if len(wanted) > 1 else 0
        windows = [self._window(each, actor, now, series) for each in wanted]
        await self._refuse_clashes(windows, now)
        changes = [await self._scheduling(window, now) for window in windows]
        return await self._commit(changes)

    async def _scheduling(self, window: Window, now: datetime) -> WindowChange:
        plans = agenda(window, self.settings, now)
        facts = await self._letters.gather(letters.SCHEDULED, window, now)
        letter = Letter(kind=letters.SCHEDULED, facts=facts)
        entry = _entry(window, WindowEvent.SCHEDULED, now, too_late=list(plans.too_late))
        also = await self._letters.drafting([letter], now)
        return WindowChange(window=window, entries=(entry,), dues=plans.dues, also=also)

    def _window(self, wanted: Wanted, actor: str, now: datetime, series: int) -> Window:
        named = places.hosts(self.fleet, wanted.hosts)
        self._refuse_long(wanted.end - wanted.start)
        known = {**vars(wanted), "hosts": tuple(host.name for host in named)}
        return Window(**known, actor=actor, changed=now, series=series)

    def _refuse_long(self, length: timedelta) -> None:
        longest = self.settings.longest_hours
        if length.total_seconds() > longest * 3600:
            raise BadRequest(Code.WINDOW_TOO_LONG, hours=longest)

    def _refuse_useless(self, window: Window, start: datetime, end: datetime) -> None:
        """Refuse to move a window to where it is, or one of hosts that are gone."""
        if (start, end) == (window.start, window.end):
            raise Precondition(Code.WINDOW_SAME, number=window.number, start=start, end=end)
        if not any(host in self.fleet.hosts for host in window.hosts):
            places.hosts(self.fleet, window.hosts)

    async def _refuse_clashes(self, windows: Sequence[Window], now: datetime) -> None:
        """Refuse before anything is gathered; the store looks again."""
        others, freezes = await self.store.windows(open_only=True), await self.store.freezes(now)
        for place, window in enumerate(windows):
            same = [replace(each, number=-1) for each in windows[:place]]
            refuse_clash(window, [*others, *same], freezes)

    # ---- changing ----

    async def reschedule(
        self, number: int, start: datetime, end: datetime, zone: str, actor: str
    ) -> Window:
        """Move a window, stop what was being told of it, and draft what is told instead.

        Raises BadRequest: UNKNOWN_WINDOW, WINDOW_TOO_LONG, UNKNOWN_HOST: all its hosts have left;
        Precondition: WINDOW_OVER, WINDOW_BEGUN, WINDOW_SAME, WINDOW_OVERLAPS, FROZEN,
        WINDOW_CHANGED.
        """
        now, window = self.clock.now(), await self._standing(number)
        self._refuse_long(end - start)
        self._refuse_useless(window, start, end)
        moved = replace(
            window, start=start, end=end, zone=zone, changed=now, revision=window.revision + 1
        )
        await self._refuse_clashes([moved], now)
        stopped = await self._stopper.stop(window, actor)
        try:
            return await self._change(window, moved, stopped, actor)
        except BaseException:
            await self._stopper.go_on(stopped, actor)
            raise

    async def cancel(self, number: int, actor: str, reason: str = "") -> Window:
        """Cancel a window, and draft that for those who were told of it. Raises as `reschedule`."""
        now, window = self.clock.now(), await self._standing(number)
        gone = replace(
            window, state=WindowState.CANCELLED, changed=now, revision=window.revision + 1
        )
        stopped = await self._stopper.stop(window, actor)
        try:
            return await self._change(window, gone, stopped, actor, reason)
        except BaseException:
            await self._stopper.go_on(stopped, actor)
            raise

    async def _change(
        self, was: Window, now_: Window, stopped: Stopped, actor: str, reason: str = ""
    ) -> Window:
        at, cancels = now_.changed, now_.state is WindowState.CANCELLED
        by = Instead(letters=self._letters, mail=self._stopper.mail)
        drafts = await (by.cancelled(was, reason) if cancels else by.moved(was, now_))
        plans = agenda(now_, self.settings, at)
        event = WindowEvent.CANCELLED if cancels else WindowEvent.RESCHEDULED
        known: dict[str, Any] = {"was_start": was.start.isoformat(), "was_end": was.end.isoformat()}
        known |= {"reason": reason} if cancels else {"too_late": list(plans.too_late)}
        change = WindowChange(
            window=now_,
            expected=was.revision,
            early=timedelta(minutes=self.settings.grace_minutes),
            entries=(replace(_entry(now_, event, at, **known), actor=actor),),
            dues=() if cancels else plans.dues,
            also=_both(
                self._stopper.cancelling(was, stopped, actor),
                await self._letters.drafting(drafts, at),
            ),
        )
        return (await self._commit([change]))[0]

    async def _commit(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
        with translated():
            windows = await self.store.change_windows(changes)
        self._ring()
        return windows

    async def _standing(self, number: int) -> Window:
        """Return a window that may be changed. Raises as `reschedule`."""
        window = await self.store.window(number)
        if window.state is not WindowState.SCHEDULED:
            raise Precondition(Code.WINDOW_OVER, number=number, state=window.state.value)
        begun = await runs_of(self.store, window, self.settings)
        if begun:
            raise Precondition(Code.WINDOW_BEGUN, number=number, hosts=sorted(begun))
        return window

    # ---- freezes ----

    async def freeze(self, start: datetime, end: datetime, reason: str, actor: str) -> Frozen:
        """Let nothing be scheduled in an interval. Raises BadRequest(WINDOW_BACKWARDS)."""
        if end <= start:
            raise BadRequest(Code.WINDOW_BACKWARDS, start=start, end=end)
        wanted = Freeze(start=start, end=end, reason=reason, actor=actor, at=self.clock.now())
        made = await self.store.freeze(wanted)
        windows = windows_in(made, await self.store.windows(open_only=True))
        return Frozen(freeze=made, windows=windows)


def _entry(window: Window, event: WindowEvent, at: datetime, **data: object) -> Entry:
    return Entry(window=window.number, at=at, event=event, actor=window.actor, data=data)


def _both(first: Work, second: Work) -> Work:
    return lambda connection, window: {
        **first(connection, window),
        **second(connection, window),
    }
