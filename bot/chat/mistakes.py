"""What can be wrong with a line, and the error that says so with the nearest form that is valid."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.chat.commands import FAMILIES, VERBS
from bot.rules.errors import BadRequest, Code
from bot.rules.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.grammar import Spec


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
    NOT_A_NUMBER = "not_a_number"  # of a campaign
    NOT_A_WINDOW = "not_a_window"  # its number
    NOT_A_FREEZE = "not_a_freeze"  # its number
    NOT_NAME_VALUE = "not_name_value"
    WHICH = "which"  # only the first of two words was typed


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the name that *word* was probably meant to be, or an empty string."""
    return next(iter(get_close_matches(word.casefold(), sorted(names), n=1)), "")


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


def bad_family(family: str, word: str = "") -> BadRequest:
    """Make the error for a first word with a second one that does not follow it, or none."""
    seconds = {spec.name.partition(" ")[2]: spec for spec in FAMILIES[family]}
    near = nearest(word, seconds)
    whole = f"{family} {'|'.join(seconds)}"
    return BadRequest(
        Code.BAD_USAGE,
        verb=family,
        usage=seconds[near].usage if near else whole,
        problem=(Mistake.NOT_A_CHOICE if word else Mistake.WHICH).value,
        word=shown(word),
        nearest=near,
    )


def unknown_verb(name: str) -> BadRequest:
    """Make the error for a command that is not there."""
    near = nearest(name, {*VERBS, *FAMILIES})
    return BadRequest(Code.UNKNOWN_VERB, verb=shown(name), nearest=near)
