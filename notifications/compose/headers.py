"""Header fields as bytes. A line never holds what was not meant to be there.

Every function raises BadCampaign(BAD_VALUE, name, why): control (a character that ends a line or
steers something), not_ascii (where only ASCII may stand), too_long (it cannot be folded).
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifications.compose.mailbox import Mailbox

LINE = 76  # characters, where it can be folded: RFC 2047 asks this of lines with encoded words
LONGEST = 998  # bytes of a line, RFC 5322
LEAD, INSIDE = 0xC0, 0x80  # bits of a byte, and how they are within a character of UTF-8
CHUNK = 39  # bytes in an encoded word: with "Reply-To: " before it, it still fits the line

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Words that can be folded and come back unchanged; what is not like this is encoded.
_FOLDABLE = re.compile(r"(?:[!-~]{1,60}(?: [!-~]{1,60})*)?")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_SPECIAL = re.compile(r'["\\]')


def text(name: str, value: str) -> bytes:
    """Return a field that people read; what is not plain ASCII is encoded (RFC 2047)."""
    _check(name, value)
    return _folded(name, _words(value))


def person(name: str, display: str, mailbox: Mailbox) -> bytes:
    """Return a field with one person. The address is never encoded: not ASCII, it is UTF-8.

    Spaces around and between the words of *display* become one.
    """
    _check(name, display)
    shown = " ".join(display.split())
    if not shown:
        return _folded(name, [mailbox.address])
    return _folded(name, [*_phrase(shown), f"<{mailbox.address}>"])


def exact(name: str, value: str) -> bytes:
    """Return a field that programs read: ASCII, folded at its spaces only, never encoded."""
    _check(name, value)
    if not value.isascii():
        raise BadCampaign(Problem.BAD_VALUE, name=name, why="not_ascii")
    return _folded(name, value.split(" "))


def _check(name: str, value: str) -> None:
    if not value.isprintable() and _CONTROL.search(value):
        raise BadCampaign(Problem.BAD_VALUE, name=name, why="control")


def _is_foldable(value: str) -> bool:
    return "=?" not in value and _FOLDABLE.fullmatch(value) is not None


def _words(value: str) -> list[str]:
    """Cut *value* where it may be folded, encoding it if it must be."""
    return value.split(" ") if _is_foldable(value) else list(_encoded(value.encode()))


def _phrase(display: str) -> list[str]:
    """Cut a display name as `_words` does, in quotes if it must be: nothing is encoded in them."""
    if _PHRASE.fullmatch(display):
        return _words(display)
    quoted = '"' + _SPECIAL.sub(r"\\\g<0>", display) + '"'
    return quoted.split(" ") if _is_foldable(quoted) else list(_encoded(display.encode()))


def _encoded(data: bytes) -> Iterator[str]:
    """Yield encoded words; none of them cuts a character."""
    while data:
        cut = CHUNK
        while data[cut : cut + 1] and data[cut] & LEAD == INSIDE:
            cut -= 1
        yield f"=?utf-8?b?{binascii.b2a_base64(data[:cut], newline=False).decode()}?="
        data = data[cut:]


def _folded(name: str, words: list[str]) -> bytes:
    """Return the field, as few lines as fit; the first word stays beside the name."""
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= LINE:
            lines[-1] += " " + word
        else:
            lines.append(" " + word)
    folded = [line.encode() for line in lines]
    if max(map(len, folded)) > LONGEST:
        raise BadCampaign(Problem.BAD_VALUE, name=name, why="too_long")
    return b"\r\n".join(folded) + b"\r\n"
