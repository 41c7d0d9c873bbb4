"""How times, lengths, counts and paragraphs look in mail; pure functions over plain values.

Instants are aware. A customer reads UTC first and the house's own time beside it.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.maintenance import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

COLUMNS = 72
ITEM = "- "  # begins a point of a list
KEPT = "  "  # begins a line that is kept as it is
_UNITS = (("day", formats.DAY), ("hour", formats.HOUR), ("minute", formats.MINUTE), ("second", 1))
_SYSTEMS = MappingProxyType({"xen": "Xen", "kvm": "KVM", "linux": "Linux", "freebsd": "FreeBSD"})


def day(at: datetime, zone: str = "UTC") -> str:
    """Return the date in *zone*: `Tuesday 24 August 2021`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y}"


def hour(at: datetime, zone: str = "UTC") -> str:
    """Return the time of day: `20:00 UTC (21:00 BST)`; with the day where that is another."""
    return _time(at, zone, "%H:%M")


def instant(at: datetime, zone: str = "UTC") -> str:
    """Return the time of day to the second, as `hour` does: `20:00:28 UTC (21:00:28 BST)`."""
    return _time(at, zone, "%H:%M:%S")


def _time(at: datetime, zone: str, form: str) -> str:
    utc, local = at.astimezone(ZoneInfo("UTC")), at.astimezone(ZoneInfo(zone))
    if local.utcoffset() == utc.utcoffset():
        return f"{utc.strftime(form)} UTC"
    other = f"{local:%A} " if local.date() != utc.date() else ""
    # Some zones have no letters of their own, only "+03".
    name = local.tzname() or zone
    here = f"{other}{local.strftime(form)} {name if name.isalpha() else zone}"
    return f"{utc.strftime(form)} UTC ({here})"


def moment(at: datetime, zone: str = "UTC") -> str:
    """Return date and time: `Tuesday 24 August 2021, 20:00 UTC (21:00 BST)`."""
    return f"{day(at)}, {hour(at, zone)}"


def span(seconds: float) -> str:
    """Return a length of time in two units at most: `2 hours`, `1 hour and 5 minutes`."""
    whole = max(1, round(seconds))
    if whole > formats.HOUR:  # seconds say nothing any more
        whole = round(whole / formats.MINUTE) * formats.MINUTE
    parts: list[str] = []
    for name, size in _UNITS:
        number, whole = divmod(whole, size)
        if number:
            parts.append(formats.count(number, name))
    return formats.listed(parts[:2])


def between(start: datetime, end: datetime) -> str:
    """Return how long it is from *start* to *end*, as `span` does."""
    return span((end - start).total_seconds())


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return all *names*, as a sentence lists them: `a, b and c`."""
    known = list(names)
    return formats.listed(known, shown=len(known), last=last)


def capitalized(text: str) -> str:
    """Return *text* with its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


def family(text: str) -> str:
    """Return a kernel family as customers know it: `Linux 5.10 (Xen PV)`."""
    hypervisor, _, rest = text.partition("/")
    mode, _, system = rest.partition("/")
    name, _, version = system.partition("-")
    known = " ".join(filter(None, (_SYSTEMS.get(name, name), version)))
    return f"{known} ({_SYSTEMS.get(hypervisor, hypervisor)} {mode.upper()})"


def filled(text: str) -> str:
    """Fill the paragraphs of *text* to `COLUMNS`, and keep one empty line between them.

    A line that begins with `KEPT` stays as it is: commands, links. One that begins with `ITEM` is a
    point of a list; its further lines stand below its text. A long word is never broken.
    """
    return "\n\n".join(_filled(part) for part in _paragraphs(text)) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in (*text.splitlines(), ""):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield "\n".join(lines)
            lines = []


# Most paragraphs are the same in every mail of a campaign.
@lru_cache(maxsize=256)
def _filled(paragraph: str) -> str:
    pieces: list[str] = []
    for line in paragraph.split("\n"):
        starts = line.startswith((KEPT, ITEM))
        if pieces and not starts and not pieces[-1].startswith(KEPT):
            pieces[-1] += " " + line
        else:
            pieces.append(line)
    return "\n".join(p if p.startswith(KEPT) else _lines(p) for p in pieces)


def _lines(paragraph: str) -> str:
    below = " " * len(ITEM) if paragraph.startswith(ITEM) else ""
    lines, line = [], ""
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > COLUMNS:
            lines.append(line)
            line = below + word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


#: What the templates of mail get.
FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "between": between,
        "capitalized": capitalized,
        "clock": formats.clock,
        "count": formats.count,
        "day": day,
        "family": family,
        "filled": filled,
        "hour": hour,
        "instant": instant,
        "listed": listed,
        "moment": moment,
        "span": span,
    }
)
