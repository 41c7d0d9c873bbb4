"""What people type behind `schedule`, `reschedule`, `cancel` and `freeze`, read into data. Pure.

Which instants are meant is said by `bot.maintenance.windows.when`. A text in quotes is one word
here. Every refusal is BadRequest: BAD_TIME, BAD_NAME or SCHEDULE_FORM, which names the word that
does not fit, and the whole form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.errors import BadRequest, Code
from bot.rules.names import checked, shown
from bot.rules.names import reason as checked_reason
from bot.rules.window.lengths import duration
from bot.rules.window.phrase import Phrase, Span, read, read_span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = timedelta(days=366)  # that can be typed; how long a window may be is configured

_REASON = "reason"
_EACH_DAY = "each day"
_DASHES = "-—–"  # of an option: `--auto` is as good as `auto`


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """Windows as they were asked for; *length* None: as the settings have it."""

    hosts: tuple[str, ...]
    start: Phrase
    length: timedelta | None = None
    each_day: bool = False  # a window for each host, one day after the other
    auto: bool = False
    embargo: Phrase | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """When a window is to be instead; *length* None: it keeps its own."""

    start: Phrase
    length: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A freeze as it was asked for."""

    span: Span
    reason: str


Wanted = Scheduled | Moved | Frozen


@dataclass(frozen=True)
class Form:
    """What the words are to be: of which verb, and its whole form."""

    verb: str
    usage: str

    def refusal(self, word: str) -> BadRequest:
        """Make the error for a *word* that does not fit; empty: one is missing at the end."""
        return BadRequest(Code.SCHEDULE_FORM, verb=self.verb, word=shown(word), usage=self.usage)


def read_schedule(words: Sequence[str], form: Form) -> Scheduled:
    """Read `HOST[,HOST] WHEN …`."""
    hosts, rest = _hosts(words)
    start, rest = read(_without(rest, "from"))
    asked = _clauses(Scheduled(hosts=hosts, start=start), rest, form)
    if asked.each_day and len(hosts) == 1:
        raise form.refusal(_EACH_DAY)
    return asked


def read_move(words: Sequence[str], form: Form) -> Moved:
    """Read `WHEN [for DURATION]`."""
    start, rest = read(_without(words, "to"))
    if rest and _key(rest[0]) == "for":
        length, rest = _length(rest[1:], form), rest[2:]
    else:
        length = None
    if rest:
        raise form.refusal(rest[0])
    return Moved(start=start, length=length)


def read_moment(words: Sequence[str], form: Form) -> Moved:
    """Read `WHEN`."""
    start, rest = read(_without(words, "at"))
    if rest:
        raise form.refusal(rest[0])
    return Moved(start=start)


def read_freeze(words: Sequence[str], form: Form) -> Frozen:
    """Read `FROM to UNTIL "reason"`."""
    span, rest = read_span(_without(words, "from"))
    why = read_reason(rest)
    if not why:
        raise form.refusal(_at(rest, 0))
    return Frozen(span=span, reason=why)


def read_reason(words: Sequence[str]) -> str:
    """Return the reason that *words* give, with `reason` before it or not; empty: they do not."""
    told = words[1:] if words and _key(words[0]) == _REASON else words
    return checked_reason(" ".join(told)) if told else ""


def _hosts(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hosts with which *words* begin, and the rest; commas may have spaces beside."""
    count = 1
    while count < len(words) and (words[count - 1].endswith(",") or words[count].startswith(",")):
        count += 1
    names = " ".join(words[:count]).replace(",", " ").split()
    found = dict.fromkeys(checked("host", name) for name in names or words[:1])
    return tuple(found), tuple(words[count:])


def _clauses(asked: Scheduled, words: Sequence[str], form: Form) -> Scheduled:
    """Add to *asked* what stands behind the time, in any order, each once."""
    while words:
        key = _key(words[0])
        take = _TAKERS.get(key)
        if take is None or getattr(asked, _FIELDS[key]):
            raise form.refusal(words[0])
        asked, words = take(asked, words[1:], form)
    return asked


def _for(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    return replace(asked, length=_length(words, form)), words[1:]


def _each(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    if _at(words, 0).lower() != "day":
        raise form.refusal(_at(words, 0))
    return replace(asked, each_day=True), words[1:]


def _daily(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    del form
    return replace(asked, each_day=True), words


def _auto(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    del form
    return replace(asked, auto=True), words


def _embargo(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    del form
    until, rest = read(_without(words, "until"))
    return replace(asked, embargo=until), rest


def _why(asked: Scheduled, words: Sequence[str], form: Form) -> tuple[Scheduled, Sequence[str]]:
    """Take the reason: one word if it was in quotes, or if clauses follow; else all that is left.

    What is left of the quotes are the spaces in it.
    """
    first = _at(words, 0)
    if not first.strip():
        raise form.refusal("")
    told = replace(asked, reason=checked_reason(first))
    if " " in first.strip():
        return told, words[1:]
    try:
        return _clauses(told, words[1:], form), ()
    except BadRequest:
        return replace(asked, reason=checked_reason(" ".join(words))), ()


def _length(words: Sequence[str], form: Form) -> timedelta:
    if not words:
        raise form.refusal("")
    return duration(words[0], LONGEST)


def _without(words: Sequence[str], word: str) -> Sequence[str]:
    """Return *words* without *word* in front of them."""
    return words[1:] if _key(_at(words, 0)) == word else words


def _key(word: str) -> str:
    return word.lower().lstrip(_DASHES)


def _at(words: Sequence[str], place: int) -> str:
    return words[place] if place < len(words) else ""


_TAKERS: dict[str, Callable[[Scheduled, Sequence[str], Form], tuple[Scheduled, Sequence[str]]]] = {
    "for": _for,
    "each": _each,
    "daily": _daily,
    "auto": _auto,
    "embargo": _embargo,
    _REASON: _why,
}
_FIELDS = {
    "for": "length",
    "each": "each_day",
    "daily": "each_day",
    "auto": "auto",
    "embargo": "embargo",
    _REASON: "reason",
}
