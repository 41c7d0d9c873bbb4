"""What the chats ask of windows; `bot.maintenance.windows` answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.windows.desk import Frozen, Wanted
    from bot.ports import Chat, Clock, Message
    from bot.rules.fleet import Fleet
    from bot.rules.window.terms import Due, Entry, Freeze, Window, WindowSettings


class WindowRecords(Protocol):
    """The part of the store (`bot.ports.Store`, which says what each does) that chats use."""

    async def window(self, number: int) -> Window:
        """Return one window. Raises BadRequest(UNKNOWN_WINDOW)."""

    async def windows(self, *, open_only: bool = False) -> tuple[Window, ...]:
        """Return the windows, in order of their start."""

    async def entries(self, after: int = 0, window: int = 0) -> tuple[Entry, ...]:
        """Return the journal of windows after a number, oldest first; some hundred at most."""

    async def agenda(self, window: int) -> tuple[Due, ...]:
        """Return what still waits for a window, in order of time."""

    async def freezes(self, now: datetime | None = None) -> tuple[Freeze, ...]:
        """Return the freezes that stand and end after *now*, in order of their start."""

    async def thaw(self, number: int, actor: str, at: datetime) -> Freeze:
        """Lift a freeze, and return it. Raises BadRequest(UNKNOWN_FREEZE)."""


class WindowDesk(Protocol):
    """Schedules and changes windows. Every call may raise a MaintError."""

    @property
    def fleet(self) -> Fleet:
        """Hosts, guests, contacts."""

    @property
    def store(self) -> WindowRecords:
        """Windows, their journal, freezes."""

    @property
    def clock(self) -> Clock:
        """World time."""

    @property
    def settings(self) -> WindowSettings:
        """Zones, lengths, and when whom is told what."""

    async def schedule(self, wanted: Sequence[Wanted], actor: str) -> tuple[Window, ...]:
        """Schedule windows, all or none, and draft what their customers are told first."""

    async def reschedule(
        self, number: int, start: datetime, end: datetime, zone: str, actor: str
    ) -> Window:
        """Move a window, stop what was being told of it, and draft what is told instead."""

    async def cancel(self, number: int, actor: str, reason: str = "") -> Window:
        """Cancel a window, and draft that for those who were told of it."""

    async def freeze(self, start: datetime, end: datetime, reason: str, actor: str) -> Frozen:
        """Let nothing be scheduled in an interval."""


class WindowTeller(Protocol):
    """Tells chats what happened to windows (`bot.maintenance.windows.telling`)."""

    async def tell(self, chat: Chat, *, answered: str = "") -> None:
        """Tell *chat* what is new, save what the actor *answered* was answered here."""

    async def skip(self, chat: Chat) -> None:
        """Tell *chat* only what happens from now on."""

    def message(self, window: Window, entry: Entry) -> Message:
        """Return what *entry* has to say of *window*."""


class Told(Protocol):
    """Knows what customers were told of windows (`bot.maintenance.windows.letters.Letters`)."""

    async def told_by_date(
        self, window: Window
    ) -> Mapping[tuple[datetime, datetime], Mapping[str, Mapping[str, Any]]]:
        """Return by start and end, and by guest, what its contact was told last of *window*."""


class Public(Protocol):
    """Windows in public words (`bot.maintenance.windows.public.Public`)."""

    def feed(self, windows: Iterable[Window], now: datetime) -> str:
        """Return *windows* as one calendar."""

    def planned(self, windows: Iterable[Window], now: datetime) -> list[dict[str, Any]]:
        """Return what a status page shows of *windows*, as JSON values."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Where windows are asked for."""

    desk: WindowDesk
    teller: WindowTeller
    told: Told
    public: Public
