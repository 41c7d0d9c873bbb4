"""What a line can be made of: arguments, options, commands, and a line that was understood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.rules.window.request import Wanted
    from bot.settings.people import Right


class Slot(StrEnum):
    """What an argument is; the value is how `usage` shows it."""

    HOST = "HOST"
    GUEST = "GUEST"
    GUESTS = "GUEST[,GUEST…]"
    NOTE = '"note"'  # takes all words that are left
    CHOICE = "boot|proven|back|wait"
    SCOPE = "host HOST | guest GUEST | kernel FAMILY"
    REASON = '"reason"'  # takes all words that are left
    COMMAND = "command"  # takes all words that are left
    ID = "ID"  # of a campaign
    KIND = "KIND"  # of campaign
    WORDS = "HOST|GUEST …"  # what a campaign is about; takes all words that are left
    ADDRESS = "ADDRESS"
    VERDICT = "sent|unsent"
    ON_OFF = "on|off"
    KERNEL = "kernel VERSION"
    TEXT = '"…"'  # takes all words that are left, and may have several lines
    WINDOW = "WINDOW"  # its number
    FREEZE = "FREEZE"  # its number
    CELL = "CELL"  # of the matrix of evidence: its name, or the beginning of it
    # These take all words that are left: `bot.rules.window.request` reads them.
    SCHEDULE = 'HOST[,HOST] WHEN [for DURATION] [each day] [auto] [embargo UNTIL] [reason "…"]'
    MOVE = "WHEN [for DURATION]"
    MOMENT = "WHEN"
    SPAN = 'FROM to UNTIL "reason"'
    WHY = 'reason "…"'


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One place in a command's line."""

    slot: Slot
    optional: bool = False

    def __str__(self) -> str:
        """Return it as usage shows it."""
        return f"[{self.slot}]" if self.optional else self.slot.value


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something that may stand anywhere after the verb; `takes` is empty for a flag."""

    name: str
    takes: str = ""
    into: str = ""  # the field of `Command`; empty: the one of the same name

    @property
    def many(self) -> bool:
        """Whether it may be given again and again, each time for another name."""
        return self.takes == NAME_VALUE

    @property
    def field(self) -> str:
        """Return the field of `Command` that it fills."""
        return self.into or self.name[2:].replace("-", "_")

    def __str__(self) -> str:
        """Return it as usage shows it."""
        shown = f"[{self.name} {self.takes}]" if self.takes else f"[{self.name}]"
        return f"{shown}…" if self.many else shown


NAME_VALUE = "NAME=VALUE"  # what an option takes that may be given again


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What one verb takes, and the right it needs. A verb may have two words."""

    name: str
    needs: Right
    or_needs: Right | None = None  # a right that does as well
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    terminal: bool = False  # only where somebody sits at a prompt

    def allowed(self, rights: Collection[Right]) -> bool:
        """Say whether who has *rights* may use it."""
        return self.needs in rights or self.or_needs in rights

    @property
    def short(self) -> str:
        """Return the form without options, as `start HOST`."""
        return " ".join([self.name, *map(str, self.arguments)])

    @property
    def usage(self) -> str:
        """Return the whole form, as `start HOST [--guard]`."""
        return " ".join([self.short, *map(str, self.options)])

    @property
    def lines(self) -> bool:
        """Whether it takes a text of several lines."""
        texts = {argument.slot for argument in self.arguments} | {o.field for o in self.options}
        return bool({Slot.TEXT, "text"} & texts)


@dataclass(frozen=True, kw_only=True)
class Command:
    """One understood line. What a verb does not use stays empty."""

    verb: str
    host: str = ""
    guest: str = ""
    choice: str = ""
    scope: Scope = Scope.GLOBAL
    value: str = ""  # of the scope
    reason: str = ""
    topic: str = ""  # the command, or the first word of several, that `help` is asked about
    no_suspend: bool = False
    guard: bool = False
    dry_run: bool = False
    alone: str = ""  # why it starts without a second person
    trial: tuple[str, ...] = ()  # the guests that are tried, in this order
    confirm: str = ""  # the host's name, given with the command itself
    confirmed: bool = False  # the same, where no name is to be typed
    plan: str = ""  # the hash of the plan that was seen
    number: int = 0  # of a campaign
    kind: str = ""  # of campaign
    about: tuple[str, ...] = ()  # hosts, guests or words that a campaign is about
    values: tuple[tuple[str, str], ...] = ()  # of a campaign: name, value
    text: str = ""  # a person's own paragraph in a mail; may have several lines
    announce: bool = False  # post it to the list too
    files: bool = False  # every mail as a file
    digest: str = ""  # of the preview that was seen, or its beginning
    cell: str = ""  # of the matrix of evidence: its name
    seen: str = ""  # digest of the holds and damage that were seen, or of what was proposed
    address: str = ""
    kernel: str = ""  # as the customer says it, as `uname -r` prints it
    window: int = 0  # number of a window
    frozen: int = 0  # number of a freeze
    wanted: Wanted | None = None  # a window or a freeze, as it was asked for
    ics: bool = False  # as a calendar
    json: bool = False  # as the status page gets it
    all: bool = False  # also what is over
    send: bool = False  # send what is approved, at once
