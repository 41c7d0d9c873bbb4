"""A mail as bytes: CRLF line ends, 7bit or quoted-printable, no line too long.

The standard library's EmailMessage costs a millisecond per mail, and folds headers in ways that
other programs do not read.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import string
from functools import lru_cache
from typing import TYPE_CHECKING

from notifications.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 998  # bytes of a line, RFC 5322

_PLAIN = (string.ascii_letters + string.digits + string.punctuation + " \t\n").encode()
# What stores mailboxes as one file puts ">" before it, which breaks a signature (RFC 3156, 5).
_FROM = re.compile(rb"^From ", re.MULTILINE)
_SPACE_BEYOND = re.compile(rb"^([^\r\n]{74,75})(=20|=09)(?=\r$)", re.MULTILINE)
# No value holds a line of its own: the lines that continue one begin with a space.
_METHOD = re.compile(r"^METHOD:(PUBLISH|CANCEL)\r?$", re.MULTILINE)
_OBJECT = "BEGIN:VCALENDAR"
_CALENDAR = """\
Content-Type: text/calendar; charset=utf-8; method={method};\r
 name="maintenance.ics"\r
Content-Disposition: attachment; filename="maintenance.ics"\r
"""
_CAMPAIGNS = 8  # that are rendered at the same time, at most


def mail(
    headers: Iterable[bytes], text: str, html: str | None = None, attachment: bytes = b""
) -> bytes:
    """Return a whole mail: finished *headers*, the text, HTML beside it, and an `attached` part.

    Line ends of the texts become CRLF, and each ends with one.

    Raises BadCampaign(BAD_VALUE, name="text" or "html", why="control"): half a surrogate pair.
    """
    whole = _text("text", "plain", text)
    if html is not None:
        whole = _multipart(b"alternative", whole, _text("html", "html", html))
    if attachment:
        whole = _multipart(b"mixed", whole, attachment)
    return b"".join([*headers, b"MIME-Version: 1.0\r\n", whole])


def attached(calendar: object) -> bytes:
    """Return the part that carries the iCalendar object *calendar*: its headers and its body.

    Its lines end with CRLF, those that fold a value too; read back it is the same, octet for octet.

    Raises BadCampaign(BAD_VALUE, name="calendar"): why="type": not the text of an object that
    publishes or cancels; why="control": half a surrogate pair.
    """
    if not isinstance(calendar, str):
        raise BadCampaign(Problem.BAD_VALUE, name="calendar", why="type")
    return _attached(calendar)


@lru_cache(maxsize=_CAMPAIGNS)  # every mail of a campaign carries the same
def _attached(calendar: str) -> bytes:
    method = _METHOD.search(calendar)
    if method is None or not calendar.startswith(_OBJECT):
        raise BadCampaign(Problem.BAD_VALUE, name="calendar", why="type")
    return _part(_CALENDAR.format(method=method[1]).encode(), _data("calendar", calendar))


def _multipart(subtype: bytes, *parts: bytes) -> bytes:
    """Return *parts* as one part."""
    # No part can hold a digest of itself.
    boundary = b"=_" + hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
    opening = b"Content-Type: multipart/" + subtype + b'; boundary="' + boundary + b'"\r\n\r\n'
    separated = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts]
    return b"".join([opening, *separated, b"--" + boundary + b"--\r\n"])


def _text(name: str, subtype: str, text: str) -> bytes:
    """Return *text* as a part."""
    charset = b"us-ascii" if text.isascii() else b"utf-8"
    kind = b"Content-Type: text/" + subtype.encode() + b'; charset="' + charset + b'"\r\n'
    return _part(kind, _data(name, text))


def _part(headers: bytes, data: bytes) -> bytes:
    """Return the headers and the body of one part."""
    quoted = not _is_seven_bit(data)
    body = data.replace(b"\n", b"\r\n")
    return b"".join(
        [
            headers,
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
