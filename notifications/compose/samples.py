"""One finished mail as an example of all: read for people, or sent to one who tests."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

from notifications.compose import headers

if TYPE_CHECKING:
    from notifications.compose.mailbox import Mailbox

MARK = "[Test]"  # begins the subject of a test mail

_FIELD = re.compile(rb"\r\n(?![ \t])")


def parts(content: bytes) -> tuple[str, str]:
    """Return the subject and the text, decoded; lines end with LF."""
    found = message_from_bytes(content, policy=default)
    body = found.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    return str(found["Subject"] or ""), text.replace("\r\n", "\n")


def for_testing(content: bytes, message_id: str, mailbox: Mailbox) -> bytes:
    """Return *content* to *mailbox*, marked as a test, without one-click unsubscribing.

    Raises BadCampaign(BAD_VALUE): as `headers`.
    """
    head, _, body = content.partition(b"\r\n\r\n")
    changed = {
        b"To": headers.person("To", "", mailbox),
        b"Subject": headers.text("Subject", f"{MARK} {parts(content)[0]}"),
        b"Message-ID": headers.exact("Message-ID", message_id),
        b"List-Unsubscribe": b"",
        b"List-Unsubscribe-Post": b"",
    }
    fields = ((field.partition(b":")[0], field + b"\r\n") for field in _FIELD.split(head))
    return b"".join([*(changed.get(name, field) for name, field in fields), b"\r\n", body])
