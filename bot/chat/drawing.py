"""How a message looks as lines of text, with or without colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from bot.ports import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.ports import Act, Message

INDENT = "  "  # what belongs to a run's thread, or to the line above

#: Ends where the text begins, or its next column: behind spaces, and behind a sign as "→".
_LABELS = re.compile(r"^ +(?:[→!|] )?|^[→!|>] | {2,}")


@dataclass(frozen=True, kw_only=True)
class Ink:
    """ANSI colours, if there are any."""

    colours: bool = False

    def loud(self, text: str) -> str:
        """Return what must be seen: bold red."""
        return self._in("1;31", text)

    def faint(self, text: str) -> str:
        """Return what may be overlooked."""
        return self._in("2", text)

    def command(self, text: str) -> str:
        """Return what can be typed."""
        return self._in("36", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and text else text


def drawn(message: Message, ink: Ink, width: int = 0) -> list[str]:
    """Return the lines of *message*: its text, its fields, and what can be done.

    None is longer than *width* characters but for a word that is; 0: they have no end.
    """
    indent = INDENT if message.audience is Audience.THREAD else ""
    text = f"{message.text} {message.answer}" if message.answer else message.text
    first, *rest = text.split("\n")
    loud = wrapped(indent + first, width)
    lines = [ink.loud(line) for line in loud] if message.loud else loud
    others = [*rest, *_fields(message.fields)]
    lines += [part for line in others for part in wrapped(indent + line, width)]
    return lines + _acts(message.acts, ink, indent, width)


def wrapped(line: str, width: int) -> list[str]:
    """Break *line* at words; what goes on stands under the text, not under its sign or label."""
    if not width or len(line) <= width:
        return [line]
    starts = [label.end() for label in _LABELS.finditer(line, 0, width // 2)]
    below = " " * (starts[-1] if starts else 0)
    parts = wrap(
        line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False
    )
    return parts or [""]


def _fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    known = list(fields)
    width = max((len(name) for name, _ in known), default=0)
    return [f"{INDENT}{name + ':':<{width + 1}} {value}" for name, value in known]


def _acts(acts: Iterable[Act], ink: Ink, indent: str, width: int) -> list[str]:
    known = list(acts)
    longest = max((len(act.command) for act in known), default=0)
    lines: list[str] = []
    for act in known:
        before, command = f"{indent}{INDENT}→ ", act.command.ljust(longest)
        whole = len(f"{before}{command}  {act.label}")
        if not width or whole <= width:
            lines.append(f"{before}{ink.command(command)}  {ink.faint(act.label)}")
        else:  # what is typed stays whole as far as it can
            lines += [ink.command(part) for part in wrapped(before + act.command, width)]
            label = " " * len(before) + act.label
            lines += [ink.faint(part) for part in wrapped(label, width)]
    return lines
