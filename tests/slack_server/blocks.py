"""Finding one's way in blocks that are well formed, and giving names to what has none."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from tests.slack_server.elements import ACTIONS, INPUTS
from tests.slack_server.things import Json

INTERACTIVE = {*ACTIONS.shapes, *INPUTS.shapes}


def marked_texts(value: object) -> Iterator[str]:
    """Return every text in *value* that Slack would interpret."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield str(value.get("text"))
        for inner in value.values():
            yield from marked_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from marked_texts(inner)


def elements_of(block: Json) -> list[Json]:
    """Return what can be pressed, chosen or filled in within *block*."""
    found = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [e for e in found if isinstance(e, dict) and e["type"] in INTERACTIVE]


def completed(blocks: list[Json]) -> list[Json]:
    """Return *blocks* with the identifiers that Slack gives to what has none."""
    blocks = copy.deepcopy(blocks)
    for number, block in enumerate(blocks):
        block.setdefault("block_id", f"block{number}")
        for place, element in enumerate(elements_of(block)):
            element.setdefault("action_id", f"action{number}.{place}")
    return blocks
