"""The commands: one table of what can be said, the same in Slack, the terminal and the shell.

`arguments.parse` reads a line by this table, `handlers.Handler` obeys what it read. A new command
is a new `Spec` here and a method there; its line in `help` is a macro `help_NAME` in the templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.grammar import NAME_VALUE, Argument, Option, Slot, Spec
from bot.settings.people import Right

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICES = tuple(Slot.CHOICE.value.split("|"))

_HOST = Argument(slot=Slot.HOST)
_ANY_HOST = Argument(slot=Slot.HOST, optional=True)
_GUEST = Argument(slot=Slot.GUEST)
_ANY_GUEST = Argument(slot=Slot.GUEST, optional=True)
_REASON = Argument(slot=Slot.REASON)
_ID = Argument(slot=Slot.ID)
_ADDRESS = Argument(slot=Slot.ADDRESS)
_WINDOW = Argument(slot=Slot.WINDOW)
_CELL = Argument(slot=Slot.CELL)
_CONFIRM = Option(name="--confirm", into="confirmed")
_SEEN = Option(name="--seen", takes="DIGEST")
_HOW = (Option(name="--no-suspend"), Option(name="--guard"))
_PLAN = Option(name="--plan", takes="HASH")
_START = (
    *_HOW,
    Option(name="--dry-run"),
    Option(name="--reason", takes='"…"'),
    Option(name="--confirm", takes="HOST"),
    _PLAN,
    Option(name="--alone", takes='"…"'),
)
_TRIAL = (
    Option(name="--dry-run"),
    Option(name="--reason", takes='"…"'),
    Option(name="--confirm", takes="HOST"),
    _PLAN,
    Option(name="--alone", takes='"…"'),
)
_NEW = (
    Option(name="--text", takes='"…"'),
    Option(name="--set", takes=NAME_VALUE, into="values"),
    Option(name="--announce"),
)


def _look(name: str, *arguments: Argument, options: tuple[Option, ...] = ()) -> Spec:
    return Spec(name=name, needs=Right.LOOK, arguments=arguments, options=options)


def _operate(name: str, *arguments: Argument, options: tuple[Option, ...] = ()) -> Spec:
    return Spec(name=name, needs=Right.OPERATE, arguments=arguments, options=options)


def _approve(name: str, *arguments: Argument, options: tuple[Option, ...] = ()) -> Spec:
    return Spec(name=name, needs=Right.APPROVE, arguments=arguments, options=options)


def _leave(name: str) -> Spec:
    return Spec(name=name, needs=Right.LOOK, terminal=True)


_RUNS = (
    _look("help", Argument(slot=Slot.COMMAND, optional=True)),
    _look("hosts"),
    _look("guests", _HOST),
    _look("plan", _HOST, options=_HOW),
    _operate("start", _HOST, options=_START),
    _approve("approve", _HOST, options=(_PLAN,)),
    Spec(name="refuse", needs=Right.OPERATE, or_needs=Right.APPROVE, arguments=(_HOST,)),
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
        "unhold", Argument(slot=Slot.SCOPE, optional=True), _REASON, options=(_CONFIRM, _SEEN)
    ),
    _approve("approve unhold", options=(_SEEN,)),
    Spec(name="refuse unhold", needs=Right.OPERATE, or_needs=Right.APPROVE),
    _look("holds"),
    _look("evidence", Argument(slot=Slot.CELL, optional=True)),
    _operate("evidence ban", _CELL, _REASON),
    _approve("evidence trust", _CELL, _REASON, options=(_CONFIRM,)),
    # Which of the two is needed depends on what is withdrawn.
    Spec(
        name="evidence withdraw",
        needs=Right.OPERATE,
        or_needs=Right.APPROVE,
        arguments=(_CELL, _REASON),
    ),
    _look("audit", _ANY_HOST),
)
_TRIALS = (
    _operate("trial", Argument(slot=Slot.GUESTS), options=_TRIAL),
    _operate("trial request", _GUEST, Argument(slot=Slot.NOTE, optional=True)),
    _operate("trial schedule", _GUEST, Argument(slot=Slot.MOMENT)),
    _operate("trial withdraw", _GUEST),
    _look("trial list"),
)
_WINDOWS = (
    _operate("schedule", Argument(slot=Slot.SCHEDULE)),
    _look("windows", options=tuple(Option(name=f"--{name}") for name in ("all", "ics", "json"))),
    _look("window", _WINDOW),
    _operate("reschedule", _WINDOW, Argument(slot=Slot.MOVE)),
    _operate("cancel", _WINDOW, Argument(slot=Slot.WHY, optional=True)),
    _operate("freeze", Argument(slot=Slot.SPAN)),
    _look("freezes"),
    _operate("unfreeze", Argument(slot=Slot.FREEZE)),
)
_OPT_INS = (
    _look("optin list", _ANY_HOST),
    _look("optin show", _GUEST),
    _operate(
        "optin set",
        _GUEST,
        Argument(slot=Slot.ON_OFF),
        Argument(slot=Slot.KERNEL, optional=True),
    ),
    _operate("optin link", _GUEST),
    _operate("optin revoke", _GUEST),
    _operate("optin reset", options=(_CONFIRM,)),
)
_MAIL = (
    _look("campaign list"),
    _operate(
        "campaign new",
        Argument(slot=Slot.KIND),
        Argument(slot=Slot.WORDS, optional=True),
        options=_NEW,
    ),
    _operate("campaign text", _ID, Argument(slot=Slot.TEXT)),
    _operate("campaign preview", _ID, options=(Option(name="--files"),)),
    _operate("campaign test", _ID, _ADDRESS),
    _approve(
        "campaign approve",
        _ID,
        options=(Option(name="--digest", takes="DIGEST"), Option(name="--send")),
    ),
    *(_operate(f"campaign {name}", _ID) for name in ("send", "pause", "resume")),
    _operate("campaign cancel", _ID, options=(_CONFIRM,)),
    _look("campaign report", _ID, options=(Option(name="--files"),)),
    _operate("campaign resend", _ID, _ADDRESS),
    _operate("campaign settle", _ID, _ADDRESS, Argument(slot=Slot.VERDICT)),
    _operate("announce preview", _ID),
    _operate("announce post", _ID),
    _look("suppressions"),
    _operate("suppressions lift", _ADDRESS),
)

#: In the order `help` lists them.
VERBS: dict[str, Spec] = {
    spec.name: spec
    for spec in (*_RUNS, *_TRIALS, *_WINDOWS, *_OPT_INS, *_MAIL, _leave("quit"), _leave("exit"))
}


def first_word(spec: Spec) -> str:
    """Return the word that its family shares, or its whole name."""
    return spec.name.partition(" ")[0]


def _families(specs: Iterable[Spec]) -> dict[str, tuple[Spec, ...]]:
    found: dict[str, tuple[Spec, ...]] = {}
    for spec in specs:
        found[first_word(spec)] = (*found.get(first_word(spec), ()), spec)
    return {word: each for word, each in found.items() if len(each) > 1}


#: Commands that share their first word, by that word.
FAMILIES = _families(VERBS.values())


def called(name: str) -> tuple[Spec, ...]:
    """Return the commands that *name* means: one, a family by its first word, or none."""
    if name in FAMILIES:
        return FAMILIES[name]
    return (VERBS[name],) if name in VERBS else ()
