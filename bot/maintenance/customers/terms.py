"""What the customers' pages show, and how they refuse. Words are in `templates/web/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Refusal(StrEnum):
    """Why a page does not do what was asked; fields beside each."""

    LINK = "link"  # it is not ours, has expired or was revoked: one answer for all of them
    SEAL = "seal"  # the page was open for too long, or its token is not ours
    CHANGED = "changed"  # something else was said of the guest since the page was opened
    OFTEN = "often"  # it was changed so often lately that it would be no help
    UNREAD = "unread"  # the warning was not confirmed
    KERNEL = "kernel"  # verdict (of `attesting`), minimum: it cannot be accepted
    UNDONE = "undone"  # there is nothing left to undo


class PageRefused(Exception):
    """A page refuses what was asked; nothing was recorded."""

    def __init__(self, refusal: Refusal, **fields: object) -> None:
        """Refuse by *refusal*, with the fields that its words need."""
        super().__init__(refusal.value)
        self.refusal = refusal
        self.fields: Mapping[str, object] = MappingProxyType(fields)


class By(StrEnum):
    """Who said something, as a customer is told it: no name of staff."""

    YOU = "you"  # by the page, or in another way that the customer was known
    US = "us"  # staff, as the customer had asked them
    RESET = "reset"  # everybody was set back
    BEFORE = "before"  # known from before there were pages


class Now(StrEnum):
    """How a guest is doing in the run of its host, in public words."""

    WAITING = "waiting"  # its turn has not come
    STOPPING = "stopping"  # is being saved or shut down
    SUSPENDED = "suspended"  # saved; comes back where it was
    OFF = "off"  # shut down; is booted later
    COMING = "coming"  # is being restored or booted
    CHECKED = "checked"  # runs, and is being looked at
    UP = "up"  # runs, and was found well
    TROUBLE = "trouble"  # did not come back well: people are at it
    UNTOUCHED = "untouched"  # is not part of it


@dataclass(frozen=True, kw_only=True)
class Said:
    """One statement about a guest, as its customer is shown it."""

    at: datetime
    wanted: bool
    by: By
    undone: bool = False  # it took the one before it back
    kernel: str = ""


@dataclass(frozen=True, kw_only=True)
class Course:
    """A run that concerns the guest: open, or ended within the last day."""

    now: Now
    started: datetime
    trial: bool = False
    ended: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A window of the guest's host that is to come or under way; `reason` may be empty."""

    start: datetime
    end: datetime
    reason: str
    under_way: bool


@dataclass(frozen=True, kw_only=True)
class Trials:
    """How it stands with a trial of the guest."""

    asked: datetime | None = None  # a wish stands since then
    note: str = ""  # when it would suit, in the customer's words
    agreed: datetime | None = None  # it was agreed to be then
    tried: datetime | None = None  # the newest trial ended then …
    outcome: str = ""  # … as "passed", "rolled_back", "unreachable" or "failed"


@dataclass(frozen=True, kw_only=True)
class GuestPage:
    """All that the page of one guest shows. Instants are aware UTC."""

    guest: str
    host: str  # as customers know it
    wanted: bool
    since: datetime | None  # None: nothing was ever said
    by: By | None
    kernel: str  # attested; empty: none
    history: tuple[Said, ...]  # newest first
    held: datetime | None  # a hold stands over it since then: the wish is not honoured
    warning: tuple[str, ...]  # paragraphs; what is confirmed with an opt-in
    minimum: str  # the oldest kernel that is accepted, "4.2"
    seal: str  # the page's token, for its forms
    at: datetime  # now
    trials: Trials = Trials()
    course: Course | None = None
    coming: tuple[Coming, ...] = ()
    zone: str = "UTC"  # the customers' zone


@dataclass(frozen=True, kw_only=True)
class UndoPage:
    """What the page behind an undo link shows."""

    guest: str
    wanted: bool  # as it is now
    back: bool  # as it would be again
    seal: str
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
