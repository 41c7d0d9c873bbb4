"""Reading one line: from what a person typed to a `Command`, or one sentence of what is wrong."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.chat.commands import CHOICES, VERBS, Argument, Command, Option, Slot, Spec
from bot.rules.errors import BadRequest, Code
from bot.rules.hold import Scope
from bot.rules.names import NameProblem, checked, reason, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST = 1000  # characters; more is a paste that went wrong, not a command

# Phones and word processors write these for what the grammar spells in ASCII.
_TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "\u00a0": " ", "\t": " "})
_DASHES = ("—", "–")  # what Slack makes of two hyphens
_SCOPES = {s.value: s for s in (Scope.HOST, Scope.GUEST, Scope.KERNEL)}


class Mistake(StrEnum):
    """What is wrong with a line; each has a macro in `templates/chat/mistakes.jinja`.

    Their fields: `word` is what it concerns, `nearest` what may have been meant.
    """

    MISSING = "missing"
    TOO_MANY = "too_many"
    UNKNOWN_OPTION = "unknown_option"
    NEEDS_VALUE = "needs_value"
    TAKES_NO_VALUE = "takes_no_value"
    NOT_A_CHOICE = "not_a_choice"
    OPEN_QUOTE = "open_quote"
    NOT_A_REASON = "not_a_reason"  # it names a host or a guest: its scope is missing


def parse(text: str) -> Command:
    """Understand *text*; a leading `/maint` or `maint` is dropped, nothing at all means help.

    Raises:
        BadRequest: UNKNOWN_VERB, BAD_USAGE or BAD_NAME; nothing was changed.
    """
    line = _clean(text)
    spec = _spec_of(line)
    if spec is None:
        return Command(verb="help")
    reading = _Reading(spec=spec, words=_split(line, spec)[1:])
    return reading.command()


def bare_answer(text: str) -> Command | None:
    """Return what *text* means if it is only an answer, as `boot`; its host is for others to find.

    It is no command by itself, but enough while exactly one run asks.
    """
    word = text.strip().removeprefix("/").removeprefix("maint").strip().casefold()
    if word == "continue":
        return Command(verb=word)
    return Command(verb="choose", choice=word) if word in CHOICES else None


def line_of(words: Iterable[str]) -> str:
    """Return the line that is read as *words*: what a shell has taken apart, as it was typed."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if word and not set(word) & set(" \t'\"\\"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the name that *word* was probably meant to be, or an empty string."""
    return next(iter(get_close_matches(word.casefold(), sorted(names), n=1)), "")


def spec_called(name: str) -> Spec:
    """Return the verb of this name. Raises BadRequest(UNKNOWN_VERB)."""
    spec = VERBS.get(name.casefold())
    if spec is None:
        raise BadRequest(Code.UNKNOWN_VERB, verb=shown(name), nearest=nearest(name, VERBS))
    return spec


def _clean(text: str) -> str:
    line = text.translate(_TYPOGRAPHY).strip()
    if len(line) > LONGEST:
        raise _bad_line(line, NameProblem.TOO_LONG)
    if not line.isprintable():
        raise _bad_line(line, NameProblem.CONTROL)
    first, _, rest = line.partition(" ")
    return rest.strip() if first in {"/maint", "maint"} else line


def _bad_line(line: str, problem: NameProblem) -> BadRequest:
    return BadRequest(Code.BAD_NAME, what="command", shown=shown(line), problem=problem.value)


def _spec_of(line: str) -> Spec | None:
    first = line.split(maxsplit=1)[:1]
    return spec_called(first[0]) if first else None


def _split(line: str, spec: Spec) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return _split_plain(line, spec)


def _split_plain(line: str, spec: Spec) -> list[str]:
    """Split with the double quote as the only one: an apostrophe is a letter."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError as error:
        raise bad_usage(spec, Mistake.OPEN_QUOTE) from error


def bad_usage(spec: Spec, problem: Mistake, word: str = "", near: str = "") -> BadRequest:
    """Make the error for a line that does not fit its verb."""
    return BadRequest(
        Code.BAD_USAGE,
        verb=spec.name,
        usage=spec.usage,
        problem=problem.value,
        word=shown(word),
        nearest=near,
    )


@dataclass(kw_only=True)
class _Reading:
    """One pass over the words behind a verb."""

    spec: Spec
    words: list[str]
    found: dict[str, object] = field(default_factory=dict)

    def command(self) -> Command:
        self._take_options()
        for argument in self.spec.arguments:
            if self.words or not argument.optional:
                _TAKERS[argument.slot](self, argument)
        if self.words:
            raise bad_usage(self.spec, Mistake.TOO_MANY, self.words[0])
        return Command(verb=self.spec.name, **self.found)  # type: ignore[arg-type]

    def _take_options(self) -> None:
        if not self.spec.options:
            return
        rest, self.words = self.words, []
        while rest:
            word = rest.pop(0)
            if word.startswith(("--", *_DASHES)):
                self._take_option("--" + word.lstrip("-—–"), rest)
            else:
                self.words.append(word)

    def _take_option(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.partition("=")
        option = self._option(name)
        if not option.takes and equals:
            raise bad_usage(self.spec, Mistake.TAKES_NO_VALUE, name)
        if option.takes:
            value = value if equals else "".join(rest[:1])
            del rest[: 0 if equals else 1]
            self._refuse_no_value(name, value)
        self.found[name[2:].replace("-", "_")] = value.strip() if option.takes else True

    def _refuse_no_value(self, name: str, value: str) -> None:
        if not value.strip() or value.startswith("--"):
            raise bad_usage(self.spec, Mistake.NEEDS_VALUE, name)
        if name == "--reason":
            reason(value)

    def _option(self, name: str) -> Option:
        options = {option.name: option for option in self.spec.options}
        if name not in options:
            raise bad_usage(self.spec, Mistake.UNKNOWN_OPTION, name, nearest(name, options))
        return options[name]

    def _next(self, what: str) -> str:
        word = self.words.pop(0) if self.words else ""
        if not word.strip():
            raise bad_usage(self.spec, Mistake.MISSING, what)
        return word

    def take_host(self, argument: Argument) -> None:
        self.found["host"] = checked("host", self._next(argument.slot))

    def take_guest(self, argument: Argument) -> None:
        self.found["guest"] = checked("guest", self._next(argument.slot))

    def take_choice(self, argument: Argument) -> None:
        word = self._next(argument.slot).casefold()
        if word not in CHOICES:
            raise bad_usage(self.spec, Mistake.NOT_A_CHOICE, word, nearest(word, CHOICES))
        self.found["choice"] = word

    def take_scope(self, _: Argument) -> None:
        scope = _SCOPES.get(self.words[0].casefold())
        if scope is None:
            return  # it holds everywhere, and the reason begins
        self.words.pop(0)
        value = self._next("FAMILY" if scope is Scope.KERNEL else scope.value.upper())
        self.found["scope"] = scope
        self.found["value"] = value if scope is Scope.KERNEL else checked(scope.value, value)

    def take_reason(self, argument: Argument) -> None:
        words = [self._next(argument.slot)]
        if not self._reaches_everywhere():
            words, self.words = words + self.words, []
        self.found["reason"] = reason(" ".join(words))

    def _reaches_everywhere(self) -> bool:
        """Say whether no scope was given: a mistyped one must not become a reason."""
        takes = any(a.slot is Slot.SCOPE for a in self.spec.arguments)
        return takes and "scope" not in self.found

    def take_command(self, argument: Argument) -> None:
        self.found["topic"] = spec_called(self._next(argument.slot)).name


_TAKERS: dict[Slot, Callable[[_Reading, Argument], None]] = {
    Slot.HOST: _Reading.take_host,
    Slot.GUEST: _Reading.take_guest,
    Slot.CHOICE: _Reading.take_choice,
    Slot.SCOPE: _Reading.take_scope,
    Slot.REASON: _Reading.take_reason,
    Slot.COMMAND: _Reading.take_command,
}
