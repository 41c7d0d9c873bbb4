"""The commands for windows and freezes: scheduled, moved, cancelled, looked at."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.replies import Reply
from bot.chat.window_views import Around
from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import when
from bot.maintenance.windows.desk import Wanted
from bot.rules.window.clashes import windows_in
from bot.rules.window.request import Frozen, Moved, Scheduled
from bot.rules.window.terms import WindowEvent, WindowState
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.chat.asked_of_mail import Campaigns
    from bot.chat.asked_of_windows import Windows
    from bot.chat.grammar import Command
    from bot.chat.window_views import WindowViews
    from bot.ports import Message, Request
    from bot.rules.window.terms import Entry, Freeze, Window

ICS, JSON = "windows.ics", "windows.json"

_UNSENT = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED, CampaignState.APPROVED})


class Scheduling:
    """Looks at windows and freezes, and changes them. Raises MaintError or NotificationError."""

    def __init__(self, windows: Windows, mail: Campaigns, views: WindowViews) -> None:
        """Act by *windows*, know campaigns by *mail*, speak by *views*."""
        self._windows, self._desk, self._mail = windows, windows.desk, mail
        self._views = views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {
            "windows": self._list,
            "window": self._show,
            "freezes": self._freezes,
        }
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "schedule": self._schedule,
            "reschedule": self._reschedule,
            "cancel": self._cancel,
            "freeze": self._freeze,
            "unfreeze": self._unfreeze,
        }

    # ---- changing ----------------------------------------------------------------------------

    async def _schedule(self, command: Command, request: Request) -> Reply:
        asked = command.wanted
        assert isinstance(asked, Scheduled)  # noqa: S101 - its slot reads no other
        made = await self._desk.schedule(self._wanted(asked), request.actor)
        every = [await self._echoed(window, WindowEvent.SCHEDULED) for window in made]
        return Reply(messages=tuple(every))

    def _wanted(self, asked: Scheduled) -> list[Wanted]:
        """Return the windows that are asked for: one, or one for each host on its own day."""
        settings, now = self._desk.settings, self._desk.clock.now()
        zone = when.zone_of(asked.start, settings.zone)
        start = _whole_minute(when.instant(asked.start, now, settings.zone))
        length = timedelta(hours=settings.hours) if asked.length is None else asked.length
        until = when.instant(asked.embargo, now, settings.zone) if asked.embargo else None
        days = when.each_day(start, len(asked.hosts), zone) if asked.each_day else (start,)
        hosts = [(host,) for host in asked.hosts] if asked.each_day else [asked.hosts]
        return [
            Wanted(
                hosts=each,
                start=day,
                end=day + length,
                zone=zone,
                reason=asked.reason,
                embargo=until,
                auto=asked.auto,
            )
            for each, day in zip(hosts, days, strict=True)
        ]

    async def _reschedule(self, command: Command, request: Request) -> Reply:
        asked, number = command.wanted, command.window
        assert isinstance(asked, Moved)  # noqa: S101 - its slot reads no other
        settings, now = self._desk.settings, self._desk.clock.now()
        length = asked.length or (await self._desk.store.window(number)).length
        start = _whole_minute(when.instant(asked.start, now, settings.zone))
        zone = when.zone_of(asked.start, settings.zone)
        moved = await self._desk.reschedule(number, start, start + length, zone, request.actor)
        return _said(await self._echoed(moved, WindowEvent.RESCHEDULED))

    async def _cancel(self, command: Command, request: Request) -> Reply:
        gone = await self._desk.cancel(command.window, request.actor, command.reason)
        return _said(await self._journalled(gone, WindowEvent.CANCELLED))

    async def _freeze(self, command: Command, request: Request) -> Reply:
        asked = command.wanted
        assert isinstance(asked, Frozen)  # noqa: S101 - its slot reads no other
        now, zone = self._desk.clock.now(), self._desk.settings.zone
        start, end = when.between(asked.span, now, zone)
        made = await self._desk.freeze(start, end, asked.reason, request.actor)
        return _said(self._views.frozen(made.freeze, made.windows, self._desk.settings))

    async def _unfreeze(self, command: Command, request: Request) -> Reply:
        now = self._desk.clock.now()
        lifted = await self._desk.store.thaw(command.frozen, request.actor, now)
        return _said(self._views.thawed(lifted, self._desk.settings))

    async def _echoed(self, window: Window, event: WindowEvent) -> Message:
        """Return what its journal says, with all clocks, and what follows by schedule."""
        told = await self._journalled(window, event)
        agenda = await self._desk.store.agenda(window.number)
        return self._views.echoed(told, window, agenda, self._desk.settings)

    async def _journalled(self, window: Window, event: WindowEvent) -> Message:
        """Return the words of the newest *event* of *window*."""
        entries = await self._desk.store.entries(window=window.number)
        newest = next(entry for entry in reversed(entries) if entry.event is event)
        return self._windows.teller.message(window, newest)

    # ---- looking -----------------------------------------------------------------------------

    async def _list(self, command: Command) -> Reply:
        known = await self._desk.store.windows(open_only=not command.all)
        now = self._desk.clock.now()
        shown = self._views.windows(known, now, self._desk.settings, every=command.all)
        files = self._files(command, known, now)
        return Reply(messages=(replace(shown, files=files),), document=bool(files))

    def _files(
        self, command: Command, windows: Sequence[Window], now: datetime
    ) -> tuple[tuple[str, bytes], ...]:
        public, files = self._windows.public, []
        if command.ics:
            stand = [window for window in windows if window.state is not WindowState.CANCELLED]
            files.append((ICS, public.feed(stand, now).encode()))
        if command.json:
            planned = json.dumps(public.planned(windows, now), ensure_ascii=False, indent=2)
            files.append((JSON, f"{planned}\n".encode()))
        return tuple(files)

    async def _show(self, command: Command) -> Reply:
        window = await self._desk.store.window(command.window)
        with translated():
            mine = await self._mail.heads(window.occasion)
        waiting = {campaign.number for campaign in mine if campaign.state in _UNSENT}
        surprised = _surprised(await self._desk.store.entries(window=window.number), waiting)
        now, settings = self._desk.clock.now(), self._desk.settings
        around = Around(
            agenda=await self._desk.store.agenda(window.number),
            campaigns=mine,
            surprised=surprised,
            freezes=await self._freezes_of(window, now),
        )
        return _said(self._views.window(window, around, now, settings))

    async def _freezes_of(self, window: Window, now: datetime) -> list[Freeze]:
        """Return the freezes that an open window is in: made later, they do not stop it."""
        if window.state is not WindowState.SCHEDULED:
            return []
        known = await self._desk.store.freezes(now)
        return [freeze for freeze in known if windows_in(freeze, [window])]

    async def _freezes(self, _: Command) -> Reply:
        known = await self._desk.store.freezes(self._desk.clock.now())
        return _said(self._views.freezes(known, self._desk.settings))


def _surprised(entries: Sequence[Entry], waiting: set[int]) -> int:
    """Return how many contacts stand to be surprised: what would tell them is not sent yet."""
    told = {WindowEvent.CHANGED, WindowEvent.UNCHANGED}
    newest = next((entry for entry in reversed(entries) if entry.event in told), None)
    if newest is None or newest.event is WindowEvent.UNCHANGED:
        return 0
    return int(newest.data["contacts"]) if newest.data["campaign"] in waiting else 0


def _whole_minute(at: datetime) -> datetime:
    """Return the full minute from *at* on: what is echoed is when it happens."""
    return at + timedelta(seconds=-at.timestamp() % 60)


def _said(message: Message) -> Reply:
    return Reply(messages=(message,))
