"""Times as people type them, read into data: `sat 01:00 UTC`, `19 dec 01:00`, `in 3h`.

Nothing is reckoned here: which instant is meant depends on the clock and on zones, and is said by
`bot.maintenance.windows.when`. Case does not matter. A zone is a name (`Europe/London`, `UTC`, `Z`)
or an offset (`+02:00`, also directly behind the time); letters such as BST are refused, as they
mean several. Every refusal is BadRequest(BAD_TIME).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from bot.rules.errors import BadRequest
from bot.rules.window import mistyped
from bot.rules.window.days import Day, midnight, take_day, written
from bot.rules.window.lengths import After, after
from bot.rules.window.mistyped import TimeProblem, bad_time
from bot.rules.window.reader import Reader
from bot.rules.window.zones import take_zone

Words = tuple[str, ...]

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_GLUED = re.compile(r"([0-9]{1,2}:[0-9]{2})(z|[+-][0-9].*)")
_TIMELIKE = re.compile(r"[0-9][0-9:.]*(am|pm|h|z)?|[0-9]{1,2}:[0-9]{2}[+-][0-9].*")


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A time as it was typed: *after*, or *day* and *time* in *zone*.

    Without a *day* it is the next time the clock shows *time*. Only at the ends of a span may
    *time* be missing: the day's edge is meant. *zone* is empty for the configured one, "UTC", an
    offset as "+02:00", or a name that nobody has looked up yet.
    """

    day: Day | None = None
    time: time | None = None
    zone: str = ""
    after: After | None = None


@dataclass(frozen=True)
class Span:
    """From *start* to *end*; a day alone is the beginning of the one, and the end of the other."""

    start: Phrase
    end: Phrase


def read(words: Sequence[str]) -> tuple[Phrase, Words]:
    """Return the time with which *words* begin, and the words behind it. Raises BadRequest."""
    reader = Reader(words)
    return _phrase(reader), reader.rest()


def read_span(words: Sequence[str]) -> tuple[Span, Words]:
    """Return the `START to END` with which *words* begin, and the rest. Raises BadRequest.

    Either end may be a day alone; the start may be `now`.
    """
    reader = Reader(words)
    start = _now(reader) or _phrase(reader, whole_days=True)
    if reader.word() != "to":
        raise bad_time(reader.typed(), TimeProblem.NO_TO, f"{reader.before()} to 2 jan")
    reader.take()
    if reader.word() == "in":
        raise bad_time(reader.typed(2), TimeProblem.LENGTH_AT_END, "20 dec to 2 jan")
    return Span(start, _phrase(reader, whole_days=True)), reader.rest()


def _phrase(reader: Reader, *, whole_days: bool = False) -> Phrase:
    reader.begin()
    if reader.word() == "in":
        later = after(reader.word(1))
        reader.take(2)
        return Phrase(after=later)
    day = take_day(reader)
    if day and whole_days and not _TIMELIKE.fullmatch(reader.word()):
        return Phrase(day=day, zone=take_zone(reader))
    clock = _clock(reader, day)
    zone = take_zone(reader)
    if day is None and (behind := take_day(reader)):
        raise _disordered(behind, clock)
    return Phrase(day=day, time=clock, zone=zone)


def _now(reader: Reader) -> Phrase | None:
    if reader.word() != "now":
        return None
    reader.take()
    return Phrase(after=After())


def _clock(reader: Reader, day: Day | None) -> time:
    """Take the time of the day."""
    if glued := _GLUED.fullmatch(reader.word()):
        reader.split(glued[1], glued[2])
    word = reader.word()
    found = _CLOCK.fullmatch(word)
    if found and int(found[1]) < 24 and int(found[2]) < 60:  # noqa: PLR2004 - of a day, of an hour
        reader.take()
        return time(int(found[1]), int(found[2]))
    raise mistyped.bad_clock(word, reader.word(1), reader.before(), midnight(day))


def _disordered(day: Day, clock: time) -> BadRequest:
    return bad_time(f"{clock:%H:%M}", TimeProblem.ORDER, f"{written(day)} {clock:%H:%M}")
