"""How much Slack takes of each thing, and fitting texts to it."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.slack.escaping import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

#: Of all blocks together, as JSON. Slack does not document that limit: people have met it
#: (`msg_blocks_too_long`) from 13 200 on.
MESSAGE = 12_000
NOTICE = 3000  # bytes of the text beside the blocks; an edit with more than 4000 is refused
SECTION = 2900  # characters of a section's text, of 3000
LINE = 2000  # ... of one line in it; a longer one is broken
ELEMENTS = 25  # buttons of a row, at most
LABEL = 75
VALUE = 2000  # what a button sends
TITLE, QUESTION, ANSWER = 100, 300, 30  # of its dialog
FIELDS = 10  # of a section


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is left of a message: blocks, and their weight."""

    blocks: int
    weight: int


def size(text: str) -> int:
    """Return how many characters Slack can count in *text*: the rarest may count twice."""
    return len(text.encode("utf-16-le")) // 2


def length(text: str) -> int:
    """Return how many bytes *text* has on its way."""
    return len(text.encode())


def weight(value: object) -> int:
    """Return what a block, or blocks, weigh in a message."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def cut(
    text: str,
    most: int,
    draw: Callable[[str], str] = escaped,
    measure: Callable[[str], int] = size,
) -> str:
    """Draw as much of *text* as has at most the size *most* then; an ellipsis ends what is cut."""

    def too_long(count: int) -> bool:
        return measure(draw(text[: count + 1] + "…")) > most

    whole = draw(text)
    if measure(whole) <= most:
        return whole
    return draw(text[: bisect_left(range(len(text)), x=True, key=too_long)] + "…")


def pieces(line: str, most: int, draw: Callable[[str], str]) -> list[str]:
    """Draw *line* whole, or in as many parts as have at most the size *most*."""
    whole = draw(line)
    if size(whole) <= most:
        return [whole]
    middle = len(line) // 2
    at = line.rfind(" ", 1, middle + 1)
    first, rest = (line[:at], line[at + 1 :]) if at > 0 else (line[:middle], line[middle:])
    return [*pieces(first, most, draw), *pieces(rest, most, draw)]
