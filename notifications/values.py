"""Values and items of a campaign: checked where they enter, kept as JSON, and given back."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from notifications.errors import BadCampaign, Problem

# The names whose values may have line breaks: a person's own words, and an iCalendar object.
PARAGRAPH = "paragraph"
CALENDAR = "calendar"
_OF_LINES = frozenset({PARAGRAPH, CALENDAR})
# Marks a kept instant: {"$at": "2021-08-29T01:02:18+00:00"}.
_AT = "$at"
# Controls, line and paragraph separators, halves of surrogate pairs.
_CONTROLS = frozenset({"Cc", "Zl", "Zp", "Cs"})


def kept(values: Mapping[str, Any], address: str = "") -> dict[str, Any]:
    """Return *values* as JSON; *address* is whose they are, for the error.

    Instants are kept as UTC. Line ends of a paragraph or a calendar become LF.

    Raises BadCampaign(BAD_VALUE) with `name`, `address` and `why`: "control" (a control character
    or a line break), "naive" (a time without a zone), "type" (nothing that can be kept).
    """
    return {
        line("name", name, address): _kept(name, each, address) for name, each in values.items()
    }


def given(kept: object) -> Any:  # noqa: ANN401 - it is what was given
    """Return what `kept` was made of; tuples come back as lists."""
    match kept:
        case {"$at": str(text)}:
            return datetime.fromisoformat(text)
        case dict():
            return {name: given(each) for name, each in kept.items()}
        case list():
            return [given(each) for each in kept]
        case _:
            return kept


def line(name: str, text: str, address: str = "") -> str:
    """Return *text* if it is free of controls and line breaks. Raises as `kept`."""
    if not text.isprintable() and any(unicodedata.category(each) in _CONTROLS for each in text):
        raise _bad(name, address, "control")
    return text


def _kept(name: str, value: object, address: str) -> object:
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(name, value, address)
        case float() if math.isfinite(value):
            return value
        case datetime():
            return _instant(name, value, address)
        case Mapping() if _AT not in value and all(isinstance(key, str) for key in value):
            return kept(value, address)
        case list() | tuple():
            return [_kept(name, each, address) for each in value]
        case _:
            raise _bad(name, address, "type")


def _text(name: str, value: str, address: str) -> str:
    if name not in _OF_LINES:
        return line(name, value, address)
    lines = value.replace("\r\n", "\n").split("\n")
    return "\n".join(line(name, each, address) for each in lines)


def _instant(name: str, value: datetime, address: str) -> dict[str, str]:
    if value.utcoffset() is None:
        raise _bad(name, address, "naive")
    return {_AT: value.astimezone(UTC).isoformat()}


def _bad(name: str, address: str, why: str) -> BadCampaign:
    return BadCampaign(Problem.BAD_VALUE, name=name, address=address, why=why)
