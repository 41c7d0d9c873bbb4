"""What people see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.slack_server.blocks import elements_of
from tests.slack_server.mrkdwn import plain
from tests.slack_server.things import Json, Message, View


class Button(NamedTuple):
    """A button."""

    label: str
    value: str
    style: str
    action_id: str
    block_id: str


def shown(thing: Message | View) -> str:
    """Return everything that is read in it: its blocks, or its text if it has none."""
    if not thing.blocks:
        return plain(thing.text) if isinstance(thing, Message) else ""
    return "\n".join(line for block in thing.blocks for line in _lines(block))


def buttons(thing: Message | View) -> list[Button]:
    """Return the buttons, in order."""
    return [
        Button(
            label=plain(element["text"]["text"]),
            value=element.get("value", ""),
            style=element.get("style", ""),
            action_id=element["action_id"],
            block_id=block["block_id"],
        )
        for block in thing.blocks
        for element in elements_of(block)
        if element["type"] == "button"
    ]


def _lines(block: Json) -> Iterator[str]:
    for part in (block.get("text"), *block.get("fields", [])):
        if part:
            yield plain(part["text"])
    if label := block.get("label"):
        yield plain(label["text"])
    inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    said = [_said(element) for element in inner if element]
    if any(said):
        yield " ".join(filter(None, said))
    if block["type"] == "image":
        yield block["alt_text"]


def _said(element: Json) -> str:
    text = element.get("text") or element.get("placeholder")
    if isinstance(text, dict):  # of a button or a menu
        return f"[{plain(text['text'])}]"
    return plain(text or element.get("alt_text") or element.get("initial_value") or "")
