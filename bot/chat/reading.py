"""One pass over the words behind a verb, argument by argument, as its spec says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.chat.commands import called
from bot.chat.grammar import Command, Slot
from bot.chat.mistakes import Mistake, bad_usage, nearest, unknown_verb
from bot.rules.hold import Scope
from bot.rules.names import checked, reason
from bot.rules.window.request import (
    Form,
    read_freeze,
    read_moment,
    read_move,
    read_reason,
    read_schedule,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.chat.grammar import Argument, Option, Spec

_DASHES = ("—", "–")  # what Slack makes of two hyphens
_SCOPES = {s.value: s for s in (Scope.HOST, Scope.GUEST, Scope.KERNEL)}
_NUMBER = re.compile(r"#?([0-9]{1,9})", re.ASCII)
_NAME_VALUE = re.compile(r"([a-z][a-z_]{0,30})=(.*\S.*)", re.ASCII | re.DOTALL)


@dataclass(kw_only=True)
class Reading:
    """Reads *words* by *spec*, once."""

    spec: Spec
    words: list[str]
    found: dict[str, Any] = field(default_factory=dict)

    def command(self) -> Command:
        """Return what was understood. Raises BadRequest: BAD_USAGE, BAD_NAME, UNKNOWN_VERB."""
        self._take_options()
        for argument in self.spec.arguments:
            if self.words or not argument.optional:
                _TAKERS[argument.slot](self, argument)
        if self.words:
            raise bad_usage(self.spec, Mistake.TOO_MANY, self.words[0])
        return Command(verb=self.spec.name, **self.found)

    # ---- options -----------------------------------------------------------------------------

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
        if option.many:
            self.found[option.field] = (*self.found.get(option.field, ()), self._setting(value))
        else:
            text = _lines(value) if option.field == "text" else value.strip()
            self.found[option.field] = text if option.takes else True

    def _setting(self, word: str) -> tuple[str, str]:
        found = _NAME_VALUE.fullmatch(word)
        if not found:
            raise bad_usage(self.spec, Mistake.NOT_NAME_VALUE, word)
        return found[1], found[2].strip()

    def _refuse_no_value(self, name: str, value: str) -> None:
        if not value.strip() or value.startswith("--"):
            raise bad_usage(self.spec, Mistake.NEEDS_VALUE, name)
        if name in {"--reason", "--alone"}:
            reason(value)

    def _option(self, name: str) -> Option:
        options = {option.name: option for option in self.spec.options}
        if name not in options:
            raise bad_usage(self.spec, Mistake.UNKNOWN_OPTION, name, nearest(name, options))
        return options[name]

    # ---- arguments ---------------------------------------------------------------------------

    def _next(self, what: str) -> str:
        word = self.words.pop(0) if self.words else ""
        if not word.strip():
            raise bad_usage(self.spec, Mistake.MISSING, what)
        return word

    def _all(self, what: str) -> list[str]:
        words, self.words = [self._next(what), *self.words], []
        return words

    def take_host(self, argument: Argument) -> None:
        """Take a host's name."""
        self.found["host"] = checked("host", self._next(argument.slot))

    def take_guest(self, argument: Argument) -> None:
        """Take a guest's name."""
        self.found["guest"] = checked("guest", self._next(argument.slot))

    def take_guests(self, argument: Argument) -> None:
        """Take names of guests that are joined by commas, with blanks behind them or not."""
        names = [name for word in self._all(argument.slot) for name in word.split(",") if name]
        self.found["trial"] = tuple(checked("guest", name) for name in names)

    def take_choice(self, argument: Argument) -> None:
        """Take one of the words that the slot names."""
        word, choices = self._next(argument.slot).casefold(), argument.slot.split("|")
        if word not in choices:
            raise bad_usage(self.spec, Mistake.NOT_A_CHOICE, word, nearest(word, choices))
        self.found["choice"] = word

    def take_scope(self, _: Argument) -> None:
        """Take how far a hold reaches, if the next word says so."""
        scope = _SCOPES.get(self.words[0].casefold())
        if scope is None:
            return  # it holds everywhere, and the reason begins
        self.words.pop(0)
        value = self._next("FAMILY" if scope is Scope.KERNEL else scope.value.upper())
        self.found["scope"] = scope
        self.found["value"] = value if scope is Scope.KERNEL else checked(scope.value, value)

    def take_reason(self, argument: Argument) -> None:
        """Take a reason: all that is left, or one word where it could be a mistyped scope."""
        everywhere = self._reaches_everywhere()
        words = [self._next(argument.slot)] if everywhere else self._all(argument.slot)
        self.found["reason"] = reason(" ".join(words))

    def _reaches_everywhere(self) -> bool:
        """Say whether no scope was given: a mistyped one must not become a reason."""
        takes = any(a.slot is Slot.SCOPE for a in self.spec.arguments)
        return takes and "scope" not in self.found

    def take_cell(self, argument: Argument) -> None:
        """Take the name of a cell; whether it is there is for others to say."""
        self.found["cell"] = checked("cell", self._next(argument.slot))

    def take_command(self, argument: Argument) -> None:
        """Take the name of a command, or the first word of several."""
        typed = " ".join(self._all(argument.slot))
        if not called(typed.casefold()):
            raise unknown_verb(typed)
        self.found["topic"] = typed.casefold()

    def take_id(self, argument: Argument) -> None:
        """Take the number of a campaign."""
        self.found["number"] = self._number(argument, Mistake.NOT_A_NUMBER)

    def _number(self, argument: Argument, mistake: Mistake) -> int:
        word = self._next(argument.slot)
        found = _NUMBER.fullmatch(word)
        if not found:
            raise bad_usage(self.spec, mistake, word)
        return int(found[1])

    def take_kind(self, argument: Argument) -> None:
        """Take a kind of campaign; whether it is there is for others to say."""
        self.found["kind"] = checked("kind", self._next(argument.slot)).casefold()

    def take_words(self, argument: Argument) -> None:
        """Take what a campaign is about; hosts may be joined by commas."""
        words = self._all(argument.slot)
        for name in (name for word in words for name in word.split(",")):
            checked("host or guest", name)
        self.found["about"] = tuple(words)

    def take_address(self, argument: Argument) -> None:
        """Take a mail address; whether it is one is for others to say."""
        self.found["address"] = self._next(argument.slot).strip("<>")

    def take_kernel(self, argument: Argument) -> None:
        """Take `kernel VERSION`."""
        word = self._next(argument.slot)
        if word.casefold() != "kernel":
            raise bad_usage(self.spec, Mistake.NOT_A_CHOICE, word, argument.slot)
        self.found["kernel"] = checked("kernel", self._next("VERSION"))

    def take_text(self, argument: Argument) -> None:
        """Take a text as it is, line ends and all."""
        self.found["text"] = _lines(" ".join(self._all(argument.slot)))

    # ---- windows -----------------------------------------------------------------------------

    def take_window(self, argument: Argument) -> None:
        """Take the number of a window."""
        self.found["window"] = self._number(argument, Mistake.NOT_A_WINDOW)

    def take_freeze(self, argument: Argument) -> None:
        """Take the number of a freeze."""
        self.found["frozen"] = self._number(argument, Mistake.NOT_A_FREEZE)

    def take_schedule(self, _: Argument) -> None:
        """Take hosts, a time, and what else a window has."""
        self.found["wanted"] = read_schedule(self._all("HOST"), self._form)

    def take_move(self, _: Argument) -> None:
        """Take another time."""
        self.found["wanted"] = read_move(self._all("WHEN"), self._form)

    def take_moment(self, _: Argument) -> None:
        """Take a time that has no length."""
        self.found["wanted"] = read_moment(self._all("WHEN"), self._form)

    def take_span(self, _: Argument) -> None:
        """Take two times and a reason."""
        self.found["wanted"] = read_freeze(self._all("FROM"), self._form)

    def take_why(self, argument: Argument) -> None:
        """Take a reason, with the word `reason` before it or not."""
        words = self._all(argument.slot)
        self.found["reason"] = read_reason(words)
        if not self.found["reason"]:
            raise self._form.refusal(words[0])

    @property
    def _form(self) -> Form:
        return Form(self.spec.name, self.spec.usage)


def _lines(text: str) -> str:
    """Return *text* with its line ends: a backslash and an n, where only one line can be typed."""
    return text.replace("\r\n", "\n").replace("\\n", "\n").strip()


_TAKERS: dict[Slot, Callable[[Reading, Argument], None]] = {
    Slot.HOST: Reading.take_host,
    Slot.GUEST: Reading.take_guest,
    Slot.GUESTS: Reading.take_guests,
    Slot.NOTE: Reading.take_reason,
    Slot.CHOICE: Reading.take_choice,
    Slot.SCOPE: Reading.take_scope,
    Slot.REASON: Reading.take_reason,
    Slot.COMMAND: Reading.take_command,
    Slot.ID: Reading.take_id,
    Slot.KIND: Reading.take_kind,
    Slot.WORDS: Reading.take_words,
    Slot.ADDRESS: Reading.take_address,
    Slot.VERDICT: Reading.take_choice,
    Slot.ON_OFF: Reading.take_choice,
    Slot.KERNEL: Reading.take_kernel,
    Slot.TEXT: Reading.take_text,
    Slot.WINDOW: Reading.take_window,
    Slot.FREEZE: Reading.take_freeze,
    Slot.CELL: Reading.take_cell,
    Slot.SCHEDULE: Reading.take_schedule,
    Slot.MOVE: Reading.take_move,
    Slot.MOMENT: Reading.take_moment,
    Slot.SPAN: Reading.take_span,
    Slot.WHY: Reading.take_why,
}
