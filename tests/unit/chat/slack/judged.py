"""What Slack would make of texts and blocks, written down again: nothing of the drawing is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Block = Mapping[str, Any]

LONGEST = 13_000  # of all blocks as JSON; Slack refuses some more
FORMATS = {
    "bold": r"(?<![A-Za-z0-9])[*\uff0a](?=\S)[^*\uff0a\n]*(?<=\S)[*\uff0a](?![A-Za-z0-9])",
    "italic": r"(?<![A-Za-z0-9])[_\uff3f](?=\S)[^_\uff3f\n]*(?<=\S)[_\uff3f](?![A-Za-z0-9])",
    "struck": r"(?<![A-Za-z0-9])[~\uff5e](?=\S)[^~\uff5e\n]*(?<=\S)[~\uff5e](?![A-Za-z0-9])",
    "tick": r"[`\uff40]",
    "quote": r"(?m)^(?:&gt;|\uff1e)",
    "link": r"\w+://",
    "shout": r"(?<!\w)@(?:here|channel|everyone)",
    "entity": r"&(?!(?:amp|lt|gt);)",
    "stray": r"<(?!@[UW][A-Z0-9]+>)|(?<!<)(?<![A-Z0-9])>",
}
BOLD = re.compile(r"(?<!\S)\*(\S[^*\n]*)\*(?!\S)")
EMOJI = re.compile(r":([\w'’+-]+):")
OURS = {"red_circle", "warning"}  # signs that the drawing sets


def seen(marked: str) -> set[str]:
    """Return what Slack makes of a text with markup beyond its letters and its code."""
    rest = re.sub(r"(?s)```\n.*?\n```", "C", marked)
    rest = re.sub(r"`[^`\n]+`", "C", rest)
    found = {name for name, pattern in FORMATS.items() if re.search(pattern, rest)}
    pictures = {name for name in EMOJI.findall(rest) if not re.fullmatch(r"\d\d", name)}
    return found | {f":{name}:" for name in pictures - OURS}


def read(marked: str) -> str:
    """Return a text as it is read: without the signs of code and of bold type."""
    parts = re.split(r"(?s)(```\n.*?\n```|`[^`\n]+`)", marked)
    plain = [part.strip("`") if n % 2 else BOLD.sub(r"\1", part) for n, part in enumerate(parts)]
    return "".join(plain).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said(blocks: Sequence[Block]) -> str:
    """Return all that sections say, as it is read."""
    return "\n".join(read(text["text"]) for text in texts(blocks) if text["type"] == "mrkdwn")


def buttons(blocks: Sequence[Block]) -> list[Block]:
    return [e for block in blocks if block["type"] == "actions" for e in block["elements"]]


def texts(value: object) -> Iterator[Block]:
    """Return every text object in *value*."""
    if isinstance(value, Mapping):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def broken(blocks: Sequence[Block]) -> list[str]:
    """Return the limits that are not kept."""
    every = list(texts(blocks))
    ids = [button["action_id"] for button in buttons(blocks)]
    kept = {
        "blocks": 1 <= len(blocks) <= 50,
        "weight": len(json.dumps(blocks, ensure_ascii=False)) <= LONGEST,
        "empty": all(text["text"].strip() for text in every),
        "utf-8": all(text["text"].encode() for text in every),
        "verbatim": all(text.get("verbatim") for text in every if text["type"] == "mrkdwn"),
        "pictures": all(not text["emoji"] for text in every if text["type"] == "plain_text"),
        "escaped": all(_escaped(text["text"]) for text in every if text["type"] == "plain_text"),
        "ids": len(set(ids)) == len(ids) and all(0 < len(known) <= 255 for known in ids),
    }
    return [name for name, true in kept.items() if not true] + [
        fault for block in blocks for fault in _broken(block)
    ]


def _broken(block: Block) -> Iterator[str]:
    if block["type"] == "section":
        if "text" in block and _size(block["text"]) > 3000:
            yield "section"
        fields = block.get("fields", ["text"])
        if not 1 <= len(fields) <= 10 or any(_size(f) > 2000 for f in fields if f != "text"):
            yield "fields"
        if "text" not in block and "fields" not in block:
            yield "nothing in it"
    elif block["type"] == "actions":
        if not 1 <= len(block["elements"]) <= 25:
            yield "elements"
        for button in block["elements"]:
            yield from _in_button(button)
    else:
        yield f"type {block['type']}"


def _in_button(button: Block) -> Iterator[str]:
    if _size(button["text"]) > 75 or button["text"]["type"] != "plain_text":
        yield "label"
    if not 1 <= len(button["value"]) <= 2000 or re.search("[&<>]", button["value"]):
        yield "value"
    if button.get("style", "primary") not in {"primary", "danger"}:
        yield "style"
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    asked = button.get("confirm", {})
    if asked and any(_size(asked[name]) > most for name, most in limits.items()):
        yield "confirm"


def _size(text: Block) -> int:
    return len(text["text"].encode("utf-16-le")) // 2


def _escaped(text: str) -> bool:
    return not re.search("[<>]|&(?!(?:amp|lt|gt);)", text)
