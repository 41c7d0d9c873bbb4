"""The commands: one table of what can be said, the same in Slack, the terminal and the shell.

`arguments.parse` reads a line by this table, `handlers.Handler` obeys what it read. A new command
is a new `Spec` here and a method there; its line in `help` is a macro `help_NAME` in the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.rules.hold import Scope
from bot.settings.people import Right


class Slot(StrEnum):
    """What an argument is; the value is how `usage` shows it."""

    HOST = "HOST"
    GUEST = "GUEST"
    CHOICE = "boot|proven|back|wait"
    SCOPE = "host HOST | guest GUEST | kernel FAMILY"
    REASON = '"reason"'  # takes all words that are left
    COMMAND = "command"


CHOICES = tuple(Slot.CHOICE.value.split("|"))


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

    def __str__(self) -> str:
        """Return it as usage shows it."""
        return f"[{self.name} {self.takes}]" if self.takes else f"[{self.name}]"


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What one verb takes, and the right it needs."""

    name: str
    needs: Right
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    terminal: bool = False  # only where somebody sits at a prompt

    @property
    def short(self) -> str:
        """Return the form without options, as `start HOST`."""
        return " ".join([self.name, *map(str, self.arguments)])

    @property
    def usage(self) -> str:
        """Return the whole form, as `start HOST [--guard]`."""
        return " ".join([self.short, *map(str, self.options)])


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
    topic: str = ""  # the command that `help` is asked about
    no_suspend: bool = False
    guard: bool = False
    dry_run: bool = False
    confirm: str = ""  # the host's name, given with the command itself
    plan: str = ""  # the hash of the plan that was seen


_HOST = Argument(slot=Slot.HOST)
_ANY_HOST = Argument(slot=Slot.HOST, optional=True)
_GUEST = Argument(slot=Slot.GUEST)
_ANY_GUEST = Argument(slot=Slot.GUEST, optional=True)
_REASON = Argument(slot=Slot.REASON)
_HOW = (Option(name="--no-suspend"), Option(name="--guard"))
_START = (
    *_HOW,
    Option(name="--dry-run"),
    Option(name="--reason", takes='"…"'),
    Option(name="--confirm", takes="HOST"),
    Option(name="--plan", takes="HASH"),
)


def _look(name: str, *arguments: Argument, options: tuple[Option, ...] = ()) -> Spec:
    return Spec(name=name, needs=Right.LOOK, arguments=arguments, options=options)


def _operate(name: str, *arguments: Argument, options: tuple[Option, ...] = ()) -> Spec:
    return Spec(name=name, needs=Right.OPERATE, arguments=arguments, options=options)


def _leave(name: str) -> Spec:
    return Spec(name=name, needs=Right.LOOK, terminal=True)


#: In the order `help` lists them.
VERBS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        _look("help", Argument(slot=Slot.COMMAND, optional=True)),
        _look("hosts"),
        _look("guests", _HOST),
        _look("plan", _HOST, options=_HOW),
        _operate("start", _HOST, options=_START),
        _look("status", _ANY_HOST),
        _operate("continue", _HOST),
        *(_operate(name, _HOST) for name in ("pause", "resume", "abort")),
        *(
            _operate(name, _HOST, _GUEST)
            for name in ("retry", "boot", "rollback", "leave", "wait", "destroy")
        ),
        _operate("choose", _HOST, Argument(slot=Slot.CHOICE)),
        *(_operate(name, _HOST, _REASON) for name in ("release", "takeback")),
        _look("log", _HOST, _ANY_GUEST),
        _operate("hold", Argument(slot=Slot.SCOPE, optional=True), _REASON),
        _operate(
            "unhold",
            Argument(slot=Slot.SCOPE, optional=True),
            Argument(slot=Slot.REASON, optional=True),
        ),
        _look("holds"),
        _look("evidence"),
        _look("audit", _ANY_HOST),
        _leave("quit"),
        _leave("exit"),
    )
}
