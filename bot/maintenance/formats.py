"""How sizes, times, counts and lists look in every message; pure functions over plain values.

They are the filters of the templates (`bot.maintenance.words`) and the cells of tables.
"""

from __future__ import annotations

import unicodedata
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

MIB = 1024  # MiB in a GiB
MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds
LONGEST = 400  # characters of one value from outside; a console line or a reason fits
FEW = 6  # names shown before "and N more"
LINE = 85  # characters of a terminal line
LAST = 24  # characters left to the last column, at least
INDENT = "  "


def clean(text: str, longest: int = LONGEST) -> str:
    """Return *text* on one line, without control or invisible characters, cut at *longest*.

    What came from outside (names, reasons, console lines) can then neither forge a line of ours
    nor steer a terminal.
    """
    spaced = "".join(" " if c.isspace() else c for c in text)
    shown = "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def gib(mib: float) -> str:
    """Return a size in MiB as text: `512 MiB`, `4.0 GiB`."""
    return f"{mib / MIB:.1f} GiB" if mib >= MIB else f"{mib:.0f} MiB"


def span(seconds: float | None) -> str:
    """Return a length of time in two units at most: `45 s`, `4 min 10 s`, `2 h 5 min`, `3 d`."""
    if seconds is None:
        return "not known"
    whole = max(0, round(seconds))
    units = ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s"))
    for size, name, smaller, lesser in units:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole} s"


def clock(at: datetime | None) -> str:
    """Return the time of day in UTC, as `20:14:03`; the zone stands once in the message."""
    return at.strftime("%H:%M:%S") if at else "--:--:--"


def moment(at: datetime | None) -> str:
    """Return a date and time with its zone: `2021-08-25 20:14 UTC`."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "not known"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 guest`, `2 guests`, `2 families`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Iterable[str], shown: int = FEW, last: str = "and") -> str:
    """Return names as a sentence lists them: `a, b and c`, `a, b and 3 more`."""
    known = list(names)
    if len(known) > shown + 1:  # one more is as short as a count of it
        return f"{', '.join(known[:shown])} {last} {len(known) - shown} more"
    if len(known) <= 1:
        return "".join(known)
    return f"{', '.join(known[:-1])} {last} {known[-1]}"


def bar(share: float, width: int = 20) -> str:
    """Draw a share (0…1) as `[########------------]`."""
    full = round(min(1.0, max(0.0, share)) * width)
    return f"[{'#' * full}{'-' * (width - full)}]"


def cell(text: object, width: int) -> str:
    """Return *text* as wide as a column: filled with spaces, or cut with an ellipsis."""
    return clean(str(text), width).ljust(width)


def merged(known: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of both; those of *more* win."""
    return {**known, **more}


def columns(rows: Iterable[Sequence[object]]) -> str:
    """Align rows of cells under each other; no line is longer than LINE.

    The last column goes on below itself; of the others, the widest give way.
    """
    cells = [[clean(str(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    while sum(widths[:-1]) + len(INDENT) * len(widths) > LINE - LAST:
        widths[widths.index(max(widths[:-1]))] -= 1
    return "\n".join(line for row in cells for line in _aligned(row, widths))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    before = "".join(INDENT + cell(*each) for each in zip(row[:-1], widths[:-1], strict=True))
    below = " " * len(before + INDENT)
    wrapped = wrap(row[-1], LINE - len(below)) or [""]
    return [(before + INDENT + wrapped[0]).rstrip(), *(below + line for line in wrapped[1:])]
