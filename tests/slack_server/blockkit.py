"""The limits of blocks, messages and modals, as Slack states them; knows nothing of serving.

Blocks that the bot has no use for (rich text, markdown, video, table, ...) count as unsupported.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.slack_server.elements import (
    ACCESSORIES,
    ACTIONS,
    FILE,
    ID,
    IMAGE,
    INPUTS,
    plain,
    text,
    url,
)
from tests.slack_server.shapes import Flag, Items, OfType, Rule, Shape, String
from tests.slack_server.things import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Of a message's blocks together, as JSON. Slack does not document it; people who measured
# `msg_blocks_too_long` met it at about 13 200.
MESSAGE_CHARACTERS = 13_000
VIEW_CHARACTERS = 250_000

_ID: dict[str, Rule] = {"block_id": ID}
_CONTEXT = OfType(shapes={"image": IMAGE, **text(3000).shapes})

BLOCK = OfType(
    shapes={
        "section": Shape(
            allowed={
                **_ID,
                "text": text(3000),
                "fields": Items(of=text(2000), most=10),
                "accessory": ACCESSORIES,
                "expand": Flag(),
            },
            one_of=["text", "fields"],
        ),
        "header": Shape(required={"text": plain(150)}, allowed=_ID),
        "divider": Shape(allowed=_ID),
        "context": Shape(required={"elements": Items(of=_CONTEXT, most=10)}, allowed=_ID),
        "actions": Shape(required={"elements": Items(of=ACTIONS, most=25)}, allowed=_ID),
        "image": Shape(
            required={"alt_text": String(most=2000)},
            allowed={**_ID, "image_url": url(), "slack_file": FILE, "title": plain(2000)},
            one_of=["image_url", "slack_file"],
        ),
        "input": Shape(
            required={"label": plain(2000), "element": INPUTS},
            allowed={**_ID, "hint": plain(2000), "optional": Flag(), "dispatch_action": Flag()},
        ),
    }
)

VIEW = OfType(
    shapes={
        "modal": Shape(
            required={"title": plain(24), "blocks": Items(of=BLOCK, most=VIEW_BLOCKS)},
            allowed={
                "submit": plain(24),
                "close": plain(24),
                "private_metadata": String(most=3000, least=0),
                "callback_id": ID,
                "external_id": ID,
                "clear_on_close": Flag(),
                "notify_on_close": Flag(),
                "submit_disabled": Flag(),
            },
        )
    }
)


def faults_in_blocks(blocks: object) -> list[str]:
    """Return what is wrong with the blocks of a message; there may be none."""
    rule = Items(of=BLOCK, most=MESSAGE_BLOCKS, least=0)
    return [*rule.faults(blocks, "/blocks"), *_twice(blocks)]


def faults_in_view(view: object) -> list[str]:
    """Return what is wrong with a modal."""
    faults = list(VIEW.faults(view, "/view"))
    if isinstance(view, dict) and not faults:
        faults += _twice(view["blocks"])
        if "submit" not in view and any(b["type"] == "input" for b in view["blocks"]):
            faults.append("/view: inputs need a submit button")
    return faults


def too_long(blocks: list[Json]) -> bool:
    """Say whether the blocks of a message are too much together."""
    return _size(blocks) > MESSAGE_CHARACTERS


def too_large(view: Json) -> bool:
    """Say whether a modal is too much."""
    return _size(view) > VIEW_CHARACTERS


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _twice(blocks: object) -> Iterator[str]:
    """Say which identifiers are not unique, where they have to be."""
    known = [b for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    for identifier, count in Counter(b.get("block_id") for b in known).items():
        if identifier and count > 1:
            yield f"/blocks: block_id {identifier!r} occurs {count} times"
    for number, block in enumerate(known):
        elements = block.get("elements")
        inner = [e for e in elements if isinstance(e, dict)] if isinstance(elements, list) else []
        for identifier, count in Counter(e.get("action_id") for e in inner).items():
            if identifier and count > 1:
                yield f"/blocks/{number}: action_id {identifier!r} occurs {count} times"
