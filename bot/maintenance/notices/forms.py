"""What each kind of notice is asked for with: words, and values that a person sets. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
    PAST = "past"  # what is to come is over
    BEFORE_END = "before_end"  # not after the end that was announced
    URL = "url"  # not the address of a page


@dataclass(frozen=True, kw_only=True)
class Form:
    """What follows the kind, as it is typed, and the values that may be set."""

    about: str = ""
    words: range = range(1)  # how many may follow the kind
    takes: frozenset[str] = frozenset()


_HOSTS = "HOST[,HOST]"
_MANY = range(1, 100)
_WINDOW = frozenset({"start", "end", "reason", "downtime", "page"})
# Of what was announced, the start says which window is meant, should there be several.
_ANNOUNCED = _WINDOW - {"end"}

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "feature-hold": Form(takes=frozenset({"known", "unknown"})),
        "optout-reset": Form(),
        "reoptin": Form(),
        "trial-offer": Form(),
        "trial-result": Form(about="GUEST passed|rolled-back", words=range(2, 3)),
        "maintenance-scheduled": Form(about=_HOSTS, words=_MANY, takes=_WINDOW),
        "maintenance-reminder": Form(about=_HOSTS, words=_MANY, takes=_ANNOUNCED),
        "maintenance-changed": Form(about=_HOSTS, words=_MANY, takes=_ANNOUNCED),
        "maintenance-rescheduled": Form(about=_HOSTS, words=_MANY, takes=_WINDOW | {"was_start"}),
        "maintenance-cancelled": Form(about=_HOSTS, words=_MANY, takes=_ANNOUNCED - {"downtime"}),
        "maintenance-reason": Form(
            about=_HOSTS, words=_MANY, takes=frozenset({"start", "reason", "page"})
        ),
        "maintenance-overrun": Form(about=_HOSTS, words=_MANY, takes=frozenset({"next", "page"})),
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


def read_values(kind: str, values: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return the values that a person has set, as the templates want them.

    Raises BadRequest: UNKNOWN_VALUE: this kind takes no such value; BAD_VALUE.
    """
    takes = FORMS[kind].takes | {PARAGRAPH}
    for name in values:
        if name not in takes:
            raise BadRequest(Code.UNKNOWN_VALUE, kind=kind, name=name, known=sorted(takes))
    read = {name: _READ.get(name, _text)(name, text) for name, text in values.items()}
    for name in _TO_COME.get(kind, ()):
        if name in read and read[name] <= now:
            raise bad_value(name, values[name], ValueProblem.PAST)
    if "start" in read and "end" in read and read["end"] <= read["start"]:
        raise bad_value("end", values["end"], ValueProblem.BACKWARDS)
    return read


def _instant(name: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
        if instant.tzinfo is None:
            raise bad_value(name, text, ValueProblem.NAIVE)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_value(name, text, ValueProblem.INSTANT) from error


def _minutes(name: str, text: str) -> int:
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > DIGITS:
        raise bad_value(name, text, ValueProblem.MINUTES)
    return int(digits) * MINUTE


def _url(name: str, text: str) -> str:
    address = text.strip()
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        known = False
    if not known or len(address.split()) > 1:
        raise bad_value(name, text, ValueProblem.URL)
    return address


def _sentences(_: str, text: str) -> list[str]:
    return [sentence for part in text.split(BETWEEN) if (sentence := part.strip())]


def _text(_: str, text: str) -> str:
    return text.strip()


def bad_value(name: str, text: str, problem: ValueProblem) -> BadRequest:
    """Make the error for a value that cannot be used."""
    return BadRequest(Code.BAD_VALUE, name=name, shown=shown(text), problem=problem.value)


_INSTANTS = ("start", "end", "was_start", "next")
_TO_COME: Mapping[str, tuple[str, ...]] = {
    "maintenance-scheduled": ("start",),
    "maintenance-rescheduled": ("start",),
    "maintenance-overrun": ("next",),
}
_READ: Mapping[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(_INSTANTS, _instant),
    "downtime": _minutes,
    "page": _url,
    "known": _sentences,
    "unknown": _sentences,
}
