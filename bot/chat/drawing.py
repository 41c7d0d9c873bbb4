"""How a message looks as lines of text, with or without colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.ports import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.ports import Act, Message

INDENT = "  "  # what belongs to a run's thread, or to the line above


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


def drawn(message: Message, ink: Ink) -> list[str]:
    """Return the lines of *message*: its text, its fields, and what can be done."""
    first, *rest = message.text.split("\n")
    lines = [ink.loud(first) if message.loud else first, *rest]
    lines += _fields(message.fields)
    lines += _acts(message.acts, ink)
    return [INDENT + line for line in lines] if message.audience is Audience.THREAD else lines


def _fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    known = list(fields)
    width = max((len(name) for name, _ in known), default=0)
    return [f"{INDENT}{name + ':':<{width + 1}} {value}" for name, value in known]


def _acts(acts: tuple[Act, ...], ink: Ink) -> list[str]:
    width = max((len(act.command) for act in acts), default=0)
    return [
        f"{INDENT}→ {ink.command(act.command.ljust(width))}  {ink.faint(act.label)}" for act in acts
    ]
