"""Names that come from outside, refused unless they are safe in a path and on a command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")  # a run, a guest and an attempt
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_HOST = "-"  # stands for the guest in an operation on the host itself
_PARTS = 4
_LONGEST_TEXT = 200


class BadName(Exception):
    """A name or a value is not what it must be; says which."""


def is_name(text: object) -> bool:
    """Say whether *text* can be the name of a guest, a run or a command."""
    return isinstance(text, str) and _NAME.match(text) is not None


def is_uuid(text: object) -> bool:
    """Say whether *text* is a UUID in small letters."""
    return isinstance(text, str) and _UUID.match(text) is not None


def name(text: object, what: str) -> str:
    """Return *text* as it is. Raises BadName."""
    if not is_name(text):
        raise BadName(f"{what} is not a name")
    return str(text)


@dataclass(frozen=True)
class Operation:
    """One thing asked of this host. What a verb does not use stays empty."""

    id: str  # RUN/GUEST/VERB/ATTEMPT
    guest: str = ""  # empty: the host itself
    verb: str = ""
    uuid: str = ""
    domid: int = 0
    image: str = ""
    snapshot: str = ""
    again: bool = False
    argument: str = ""

    @property
    def file(self) -> str:
        """Return the id as the name of a file."""
        return self.id.replace("/", "+")


def operation_id(text: object) -> str:
    """Return *text*, the id of an operation. Raises BadName."""
    parts = text.split("/") if isinstance(text, str) else []
    right = len(parts) == _PARTS and all(
        is_name(part) or (place == 1 and part == _HOST) for place, part in enumerate(parts)
    )
    if not right or not parts[3].isdigit():
        raise BadName("operation is not RUN/GUEST/VERB/ATTEMPT")
    return "/".join(parts)


def operation(data: object) -> Operation:
    """Return the operation that *data* describes, every part of it checked. Raises BadName."""
    if not isinstance(data, dict):
        raise BadName("operation is not an object")
    id_ = operation_id(data.get("id"))
    _, guest, verb, _ = id_.split("/")
    return Operation(
        id=id_,
        guest="" if guest == _HOST else guest,
        verb=verb,
        uuid=_matching(data, "uuid", _TEXT),
        domid=_number(data, "domid"),
        image=_matching(data, "image", _IMAGE),
        snapshot=_matching(data, "snapshot", _IMAGE),
        again=data.get("again") is True,
        argument=_matching(data, "argument", _TEXT),
    )


_TEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~:-]*\Z")


def _matching(data: dict[str, Any], key: str, form: re.Pattern[str]) -> str:
    text = data.get(key) or ""
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT or (text and not form.match(text)):
        raise BadName(f"{key} is not a name")
    return text


def _number(data: dict[str, Any], key: str) -> int:
    number = data.get(key, 0)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise BadName(f"{key} is not a number")
    return number
