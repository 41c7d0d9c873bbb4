"""Lines become sections, as many as there is room for; what is left out is counted."""

from __future__ import annotations

from bisect import bisect_left
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.chat.slack import limits
from bot.chat.slack.limits import Room, size, weight
from bot.chat.slack.lines import Part, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Block = dict[str, Any]

TAIL = 3  # lines kept at the end: they say what comes next
_SHARE = 3  # ... in this part of the room, at most


def marked(text: str) -> Block:
    """Return a text with markup, in which Slack finds no links or names by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    """Return a text without markup."""
    return {"type": "plain_text", "text": text, "emoji": False}


def sections(parts: Iterable[Part]) -> list[Block]:
    """Return *parts* as sections; neighbours in code share their block."""
    found: list[Block] = []
    for code, group in groupby(parts, key=lambda part: part.code):
        for lines in _chunks(part.text for part in group):
            text = "\n".join(lines).strip("\n")
            if text.strip():
                found.append(_section(f"```\n{text}\n```" if code else text))
    return found


def fitted(parts: Sequence[Part], room: Room, left_out: Callable[[int], str]) -> list[Block]:
    """Return *parts* as sections; what has no *room* is left out before the end, and counted."""
    whole = sections(parts)
    if _fits(whole, room):
        return whole
    share = Room(blocks=room.blocks // _SHARE, weight=room.weight // _SHARE)
    tails = (parts[len(parts) - count :] for count in range(min(TAIL, len(parts)), 0, -1))
    tail = next((tail for tail in tails if _fits(sections(tail), share)), ())
    rest = parts[: len(parts) - len(tail)]

    def shortened(kept: int) -> list[Block]:
        marker = drawn(left_out(len(rest) - kept))
        return sections([*rest[:kept], *marker, *tail])

    def too_many(count: int) -> bool:
        return not _fits(shortened(count + 1), room)

    return shortened(bisect_left(range(len(rest)), x=True, key=too_many))


def _section(text: str) -> Block:
    return {"type": "section", "text": marked(text), "expand": True}


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    taken = 0
    for text in texts:
        more = size(text) + 1
        if chunk and taken + more > limits.SECTION:
            yield chunk
            chunk, taken = [], 0
        chunk.append(text)
        taken += more
    yield chunk


def _fits(blocks: list[Block], room: Room) -> bool:
    return len(blocks) <= room.blocks and weight(blocks) <= room.weight
