"""A mail as bytes: CRLF line ends, 7bit or quoted-printable, no line too long.

The standard library's EmailMessage costs a millisecond per mail, and folds headers in ways that
other programs do not read.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import string
from typing import TYPE_CHECKING

from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 998  # bytes of a line, RFC 5322

_PLAIN = (string.ascii_letters + string.digits + string.punctuation + " \t\n").encode()
# What stores mailboxes as one file puts ">" before it, which breaks a signature (RFC 3156, 5).
_FROM = re.compile(rb"^From ", re.MULTILINE)
_SPACE_BEYOND = re.compile(rb"^([^\r\n]{74,75})(=20|=09)(?=\r$)", re.MULTILINE)


def mail(headers: Iterable[bytes], text: str, html: str | None = None) -> bytes:
    """Return a whole mail: finished *headers*, the text, and HTML beside it.

    Line ends of the texts become CRLF, and each ends with one.

    Raises BadCampaign(BAD_VALUE, name="text" or "html", why="control"): half a surrogate pair.
    """
    parts = [_part("text", "plain", text)]
    if html is None:
        return b"".join([*headers, b"MIME-Version: 1.0\r\n", *parts])
    parts.append(_part("html", "html", html))
    # No part can hold a digest of itself.
    boundary = b"=_" + hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
    opening = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    separated = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts]
    closing = b"--" + boundary + b"--\r\n"
    return b"".join([*headers, b"MIME-Version: 1.0\r\n", opening, *separated, closing])


def _part(name: str, subtype: str, text: str) -> bytes:
    """Return the headers and the body of one part."""
    charset = b"us-ascii" if text.isascii() else b"utf-8"
    data = _data(name, text)
    quoted = not _is_seven_bit(data)
    body = data.replace(b"\n", b"\r\n")
    return b"".join(
        [
            b"Content-Type: text/" + subtype.encode() + b'; charset="' + charset + b'"\r\n',
            b"Content-Transfer-Encoding: ",
            b"quoted-printable" if quoted else b"7bit",
            b"\r\n\r\n",
            _quoted(body) if quoted else body,
        ]
    )


def _quoted(body: bytes) -> bytes:
    """Return *body* as quoted-printable, in lines of 76 characters at most."""
    # The library counts a space at the end of a line as one character, and writes three.
    quoted = _SPACE_BEYOND.sub(rb"\1=\r\n\2", binascii.b2a_qp(body))
    return _FROM.sub(b"=46rom =\r\n", quoted)


def _data(name: str, text: str) -> bytes:
    """Return the lines of *text*, each ended by one LF."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    try:
        data = lines.encode()
    except UnicodeEncodeError as error:
        raise BadCampaign(Problem.BAD_VALUE, name=name, why="control") from error
    return data if data.endswith(b"\n") else data + b"\n"


def _is_seven_bit(data: bytes) -> bool:
    """Say whether relays and lists leave it as it is.

    It is ASCII, has no long line, no space at the end of one, and no "From " at its start.
    """
    if data.translate(None, _PLAIN) or b" \n" in data or b"\t\n" in data or _FROM.search(data):
        return False
    return max(map(len, data.split(b"\n"))) <= LONGEST
