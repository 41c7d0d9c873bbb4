"""Windows: agreed intervals for maintenance, what is due for them, and freezes. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


FIRST = -1  # Window.series, before it is stored: that of the first window stored with it


class WindowState(StrEnum):
    """How a window stands. All but the first are ends."""

    SCHEDULED = "scheduled"
    COMPLETED = "completed"  # every run that began in it has ended
    MISSED = "missed"  # it is over, and no run began in it
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Window:
    """One agreed interval. Instants are aware UTC, in world time."""

    hosts: tuple[str, ...]
    start: datetime
    end: datetime
    zone: str  # in which it was asked for
    actor: str
    changed: datetime  # when its newest revision was made
    number: int = 0  # given by the store
    revision: int = 0  # grows with every change
    state: WindowState = WindowState.SCHEDULED
    reason: str = ""
    embargo: datetime | None = None  # until then its reason is nobody's but staff's
    auto: bool = False  # its runs start by themselves
    series: int = 0  # number of the first window of its series; 0: it is alone

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def occasion(self) -> str:
        """What its notices have in common."""
        return f"window:{self.number}"

    def public_state(self, now: datetime) -> str:
        """Return how it stands, as everybody may know: its state, or planned, or under way."""
        if self.state is not WindowState.SCHEDULED:
            return self.state.value
        return "under way" if now >= self.start else "planned"

    def public_reason(self, now: datetime) -> str:
        """Return the reason as customers may know it now."""
        return "" if self.embargo and now < self.embargo else self.reason


class DueKind(StrEnum):
    """What is due; `about` of a row says which of several."""

    SHOW = "show"  # a reminder is rendered and shown to staff; about: days before the start
    REMIND = "remind"  # it is mailed; about: as above
    REVEAL = "reveal"  # its reason can be given now
    ASK = "ask"  # the channel is asked; about: minutes before the start
    START = "start"  # asked again, or started
    ENDING = "ending"  # about: minutes before the end
    END = "end"  # and again, while something goes on after it


class DueState(StrEnum):
    """What became of a due row."""

    WAITING = "waiting"
    DONE = "done"
    MISSED = "missed"  # its time had passed when somebody looked
    VOID = "void"  # its window was changed or cancelled before


@dataclass(frozen=True, kw_only=True)
class Due:
    """One thing to do for a window at an instant, once."""

    kind: DueKind
    at: datetime
    about: int = 0
    window: int = 0
    id: int = 0


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """An interval in which nothing may be scheduled."""

    start: datetime
    end: datetime
    reason: str
    actor: str
    at: datetime
    number: int = 0


class WindowEvent(StrEnum):
    """What happened to a window, worth telling; fields are in the data of the entry."""

    SCHEDULED = "scheduled"  # campaign, post, contacts, too_late: days
    RESCHEDULED = "rescheduled"  # was_start, was_end, campaigns, stopped, uncertain, in_flight
    CANCELLED = "cancelled"  # campaign, post, contacts, stopped, uncertain, in_flight
    TOLD = "told"  # campaign, kind: a notice of it begins to go out; chats hear that elsewhere
    SHOWN = "shown"  # days, campaign, contacts, at: when it goes
    REMINDED = "reminded"  # days, campaign, contacts
    NOT_REMINDED = "not_reminded"  # days, why: a NotReminded, campaign
    CHANGED = "changed"  # campaign, contacts, guests: those of them that are to hear otherwise
    UNCHANGED = "unchanged"  # campaign: a draft that is void, for all is as it was told
    REVEALED = "revealed"  # campaign, contacts
    ASKED = "asked"  # host, minutes: before the start, plan, told, why: a NotByItself
    NOT_ASKED = "not_asked"  # host, minutes, problem, fields: it cannot be planned
    STARTED = "started"  # host, run: by itself
    ENDING = "ending"  # minutes, rows: a line for each host that is not done
    OVERRUN = "overrun"  # rows, campaign, post, contacts
    COMPLETED = "completed"  # done, missed: hosts; late: seconds after the end
    MISSED = "missed"  # hosts
    LATE = "late"  # dues: {kind, about, at}: what the bot was not there for


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the windows' journal, in order of `number` over all windows."""

    window: int
    at: datetime
    event: WindowEvent
    actor: str = ""  # empty: the program
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class WindowSettings:
    """When whom is told what. `maint.toml` has them as [windows]."""

    zone: str = "UTC"  # of times that are typed without one
    customers_zone: str = "UTC"
    hours: float = 2.0  # how long a window is if nobody says
    longest_hours: float = 24.0
    reminder_days: tuple[int, ...] = (7, 1)  # before the start
    show_hours: float = 12.0  # that a reminder is shown to staff before it goes
    apart_hours: float = 12.0  # that two notices to the same contacts are apart
    ask_minutes: int = 15  # before the start
    ending_minutes: tuple[int, ...] = (30, 10)  # before the end
    punctual_seconds: float = 90.0  # a start that is later than this does not go by itself
    grace_minutes: float = 30.0  # a run that began so long before the start belongs to the window
    hear_minutes: float = 60.0  # after an overrun, customers hear again within this time
