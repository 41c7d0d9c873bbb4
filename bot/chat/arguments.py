"""Reading one line: from what a person typed to a `Command`, or one sentence of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.commands import CHOICES, FAMILIES, VERBS
from bot.chat.grammar import Command, Slot
from bot.chat.mistakes import Mistake, bad_family, bad_usage, unknown_verb
from bot.chat.reading import Reading
from bot.chat.splitting import OpenQuoteError, split
from bot.rules.errors import BadRequest, Code
from bot.rules.names import NameProblem, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.grammar import Spec

LONGEST = 1000  # characters; more is a paste that went wrong, not a command
LONGEST_TEXT = 8000  # of a command that takes a text: a page or two

_SPACES = str.maketrans({"\u00a0": " ", "\t": " "})
_QUOTED = frozenset(" \t\r\n\u00a0'\"\\“”„‟")  # a word with one of these is put into quotes


def parse(text: str) -> Command:
    """Understand *text*; a leading `/maint` or `maint` is dropped, nothing at all means help.

    Raises:
        BadRequest: UNKNOWN_VERB, BAD_USAGE or BAD_NAME; nothing was changed.
    """
    line = _bare(text)
    spec = _spec_of(line)
    _refuse_unreadable(line, spec)
    if spec is None:
        return Command(verb="help")
    words = _split(line, spec)[len(spec.name.split()) :]
    return Reading(spec=spec, words=words).command()


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
    if word and not set(word) & _QUOTED:
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bare(text: str) -> str:
    line = text.translate(_SPACES).strip()
    first, _, rest = line.partition(" ")
    return rest.strip() if first in {"/maint", "maint"} else line


def _refuse_unreadable(line: str, spec: Spec | None) -> None:
    several = spec is not None and spec.lines
    if len(line) > (LONGEST_TEXT if several else LONGEST):
        raise _bad_line(line, NameProblem.TOO_LONG)
    if not (line.replace("\r\n", "").replace("\n", "") if several else line).isprintable():
        raise _bad_line(line, NameProblem.CONTROL)


def _bad_line(line: str, problem: NameProblem) -> BadRequest:
    return BadRequest(Code.BAD_NAME, what="command", shown=shown(line), problem=problem.value)


def _spec_of(line: str) -> Spec | None:
    """Return the verb that the line begins with, the longer one of two; None: there is no word."""
    typed = line.split(maxsplit=2)[:2]
    first, *second = (word.casefold() for word in typed) if typed else ("",)
    if found := VERBS.get(" ".join([first, *second])) or VERBS.get(first):
        return found
    if first in FAMILIES:
        raise bad_family(first, *second)
    if first:
        raise unknown_verb(typed[0])
    return None


def _split(line: str, spec: Spec) -> list[str]:
    last = spec.arguments[-1:]
    takes_text = bool(last) and last[0].slot is Slot.TEXT
    before = len(spec.name.split()) + len(spec.arguments) - 1
    try:
        return split(line, before if takes_text else 0)
    except OpenQuoteError as error:
        raise bad_usage(spec, Mistake.OPEN_QUOTE) from error
