"""The forms that Slack shows above everything: as data, without any call. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

START = "start"  # the kind of form that starts a run
NAME, REASON = "name", "reason"  # its blocks
TITLE_LENGTH = 24
NAME_LENGTH = 80  # more than a host's name may have
REASON_LENGTH = 500


def plain(title: str, close: str, blocks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a form that only says something."""
    return {
        "type": "modal",
        "callback_id": "told",
        "title": _plain(title[:TITLE_LENGTH]),
        "close": _plain(close[:TITLE_LENGTH]),
        "blocks": list(blocks),
    }


def asking(
    said: Mapping[str, str],
    blocks: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
    *,
    reason: bool,
) -> dict[str, Any]:
    """Return the form that asks for the host's name, and for a *reason*.

    *said* are its words: title, submit, close, name, reason.
    """
    inputs = [_input(REASON, said["reason"], REASON_LENGTH)] if reason else []
    inputs.append(_input(NAME, said["name"], NAME_LENGTH))
    return {
        **plain(said["title"], said["close"], [*blocks, *inputs]),
        "callback_id": START,
        "submit": _plain(said["submit"][:TITLE_LENGTH]),
        "private_metadata": json.dumps(about),
    }


def _input(block: str, label: str, longest: int) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": block, "max_length": longest}
    return {"type": "input", "block_id": block, "label": _plain(label), "element": element}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
