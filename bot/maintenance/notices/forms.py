"""What each kind of notice is asked for with: words, and values that a person sets. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.rules.errors import BadRequest, Code
from bot.rules.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MINUTE = 60  # seconds
DIGITS = 5  # of a number of minutes: some weeks
PARAGRAPH = "paragraph"  # a person's own words; every kind takes it
BETWEEN = "|"  # sentences of one value


class ValueProblem(StrEnum):
    """Why a value that a person has set cannot be used."""

    INSTANT = "instant"  # not a date and time in ISO 8601
    NAIVE = "naive"  # a date and time without its zone
    MINUTES = "minutes"  # not a number of minutes
    BACKWARDS = "backwards"  # an end that does not come after its start


@dataclass(frozen=True, kw_only=True)
class Form:
    """What follows the kind, as it is typed, and the values that may be set."""

    about: str = ""
    words: range = range(1)  # how many may follow the kind
    takes: frozenset[str] = frozenset()


_HOSTS = "HOST[,HOST]"
_MANY = range(1, 100)
_WINDOW = frozenset({"start", "end", "reason", "downtime", "page"})

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "feature-hold": Form(takes=frozenset({"known", "unknown"})),
        "optout-reset": Form(),
        "reoptin": Form(),
        "trial-offer": Form(),
        "trial-result": Form(about="GUEST passed|rolled-back", words=range(2, 3)),
        "maintenance-scheduled": Form(about=_HOSTS, words=_MANY, takes=_WINDOW),
        "maintenance-reminder": Form(about=_HOSTS, words=_MANY, takes=_WINDOW),
        "maintenance-changed": Form(about=_HOSTS, words=_MANY, takes=_WINDOW),
        "maintenance-rescheduled": Form(
            about=_HOSTS, words=_MANY, takes=_WINDOW | {"was_start", "was_end"}
        ),
        "maintenance-cancelled": Form(about=_HOSTS, words=_MANY, takes=_WINDOW - {"downtime"}),
        "maintenance-overrun": Form(
            about=_HOSTS, words=_MANY, takes=frozenset({"end", "next", "page"})
        ),
        "maintenance-completed": Form(about="HOST", words=range(1, 2), takes=frozenset({"page"})),
        "incident": Form(about="HOST GUEST", words=range(2, 3)),
    }
)


def misfit(kind: str) -> BadRequest:
    """Make the error for words that do not fit this *kind*; it names those that do."""
    usage = f"campaign new {kind} {FORMS[kind].about}".strip()
    return BadRequest(Code.NOTICE_FORM, kind=kind, usage=usage)


def refuse_misfit(kind: str, about: Sequence[str]) -> None:
    """Raise BadRequest(NOTICE_FORM) unless as many words follow the *kind* as must."""
    if len(about) not in FORMS[kind].words:
        raise misfit(kind)


def read_values(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that a person has set, as the templates want them.

    Raises BadRequest: UNKNOWN_VALUE: this kind takes no such value; BAD_VALUE.
    """
    takes = FORMS[kind].takes | {PARAGRAPH}
    for name in values:
        if name not in takes:
            raise BadRequest(Code.UNKNOWN_VALUE, kind=kind, name=name, known=sorted(takes))
    read = {name: _READ.get(name, _text)(name, text) for name, text in values.items()}
    for start, end in (("start", "end"), ("was_start", "was_end")):
        if start in read and end in read and read[end] <= read[start]:
            raise _bad(end, values[end], ValueProblem.BACKWARDS)
    return read


def _instant(name: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
        if instant.tzinfo is None:
            raise _bad(name, text, ValueProblem.NAIVE)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _bad(name, text, ValueProblem.INSTANT) from error


def _minutes(name: str, text: str) -> int:
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > DIGITS:
        raise _bad(name, text, ValueProblem.MINUTES)
    return int(digits) * MINUTE


def _sentences(_: str, text: str) -> list[str]:
    return [sentence for part in text.split(BETWEEN) if (sentence := part.strip())]


def _text(_: str, text: str) -> str:
    return text.strip()


def _bad(name: str, text: str, problem: ValueProblem) -> BadRequest:
    return BadRequest(Code.BAD_VALUE, name=name, shown=shown(text), problem=problem.value)


_INSTANTS = ("start", "end", "was_start", "was_end", "next")
_READ: Mapping[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(_INSTANTS, _instant),
    "downtime": _minutes,
    "known": _sentences,
    "unknown": _sentences,
}
