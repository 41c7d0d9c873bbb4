"""What the lines of a text are, and how each is drawn: head, warning, console, table, item.

Texts are made for a terminal; what is aligned or quoted there stands in a code block here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.drawing import wrapped
from bot.chat.slack import limits
from bot.chat.slack.escaping import bold, code, literal
from bot.maintenance import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALARM = ":red_circle: "
WARNING = ":warning: "
ITEM = "• "
DEEPER = "\N{EM SPACE}" * 2  # before what belongs to an item

_QUOTED = "  |"  # from a console, or a mail
_WARNS = "  ! "
_SIGNS = ("+", "-", "~")  # begin an item by themselves
_COLUMNS = re.compile(r"\S {2,}\S")
_BELOW = " " * 6  # before what goes on from the row above
_BAR = re.compile(r" *\[(?=[#-]{20}\])(#*)(-*)\]")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A line as Slack shows it, or what of it fits; `code`: it belongs into a code block."""

    text: str
    code: bool = False


def headline(text: str) -> str:
    """Return what the first line of *text* says, in plain words."""
    return " ".join(_barred(clean(text.split("\n", 1)[0])).split())


def parts(text: str, *, loud: bool, strong: bool) -> Iterator[Part]:
    """Draw the lines of *text*; its first one alarms if *loud*, and is bold if *strong*, too."""
    lines = [_barred(clean(line).rstrip()) for line in text.split("\n")]
    if loud or not lines[0].startswith(" "):
        draw = bold if loud or strong else literal
        yield from drawn(headline(lines.pop(0)), draw, ALARM if loud else "")
    in_table = False
    for line in lines:
        in_table = bool(_COLUMNS.search(line)) or (in_table and line.startswith(_BELOW))
        yield from _drawn(line, in_table=in_table)


def drawn(line: str, draw: Callable[[str], str] = literal, before: str = "") -> list[Part]:
    """Draw *line* in one or more parts, with *before* in front of it."""
    first, *rest = limits.pieces(line, limits.LINE, draw)
    return [Part(text=text, code=draw is code) for text in (before + first, *rest)]


def _drawn(line: str, *, in_table: bool) -> list[Part]:
    if line.startswith(_QUOTED):
        return drawn(line.removeprefix(_QUOTED).removeprefix(" "), code)
    if line.startswith(_WARNS):
        return drawn(line.removeprefix(_WARNS), before=WARNING)
    if in_table:
        rows = wrapped(line.removeprefix(formats.INDENT), formats.LINE)
        return drawn("\n".join(rows), code)
    return drawn(line.lstrip(), before=_indent(line))


def _indent(line: str) -> str:
    words = line.lstrip()
    depth = (len(line) - len(words)) // len(formats.INDENT)
    if depth > 1:
        return DEEPER
    return ITEM if depth and not words.startswith(_SIGNS) else ""


def _barred(line: str) -> str:
    """Draw a progress bar with blocks; its brackets are no columns then."""
    if line.startswith(_QUOTED):
        return line
    return _BAR.sub(lambda found: f" {'▓' * len(found[1])}{'░' * len(found[2])}", line)


def clean(line: str) -> str:
    """Return *line* on one line, without control or invisible characters."""
    return formats.clean(line, len(line))
