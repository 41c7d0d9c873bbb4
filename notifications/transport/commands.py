"""What is written to a relay for one mail. Pure: an envelope or a mail in, bytes out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notifications.verdict import Phase, understand

if TYPE_CHECKING:
    from collections.abc import Container

    from notifications.ports import Envelope
    from notifications.verdict import Verdict

END = b".\r\n"
RESET = (Phase.MAIL, b"RSET\r\n")  # forgets what is left of the mail before

_BAD_NAME = 553  # RFC 5321: mailbox name not allowed
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\ud800-\udfff]")
_NOT_XTEXT = re.compile(r"[^!-~]|[+=]")


def unsendable(envelope: Envelope, offered: Container[str]) -> Verdict | None:
    """Say why a relay that *offered* these extensions is not even asked; None: it may be.

    The text is "smtputf8" (the relay does not take such addresses) or "address".
    """
    if _UNSAFE.search(envelope.sender):
        return understand(Phase.MAIL, _BAD_NAME, "address")
    if not envelope.recipient or _UNSAFE.search(envelope.recipient):
        return understand(Phase.RCPT, _BAD_NAME, "address")
    if _needs_utf8(envelope) and "smtputf8" not in offered:
        return understand(Phase.RCPT, _BAD_NAME, "smtputf8")
    return None


def commands(envelope: Envelope, offered: Container[str]) -> tuple[tuple[Phase, bytes], ...]:
    """Return what asks whether the mail may come, with all that was *offered* and is of use."""
    sender, recipient = [f"MAIL FROM:<{envelope.sender}>"], [f"RCPT TO:<{envelope.recipient}>"]
    if "size" in offered and envelope.size:
        sender.append(f"SIZE={envelope.size}")
    if _needs_utf8(envelope):
        sender.append("SMTPUTF8")
    if "dsn" in offered:
        sender += ["RET=HDRS", f"ENVID={xtext(envelope.id)}"]
        recipient.append("NOTIFY=FAILURE,DELAY")
        if envelope.recipient.isascii():  # the form for others (RFC 6533) is hardly understood
            recipient.append(f"ORCPT=rfc822;{xtext(envelope.recipient)}")
    return (Phase.MAIL, _line(sender)), (Phase.RCPT, _line(recipient)), (Phase.DATA, b"DATA\r\n")


def body(content: bytes) -> bytes:
    """Return *content* as it goes over the wire: leading dots doubled, then the final dot."""
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..") + END


def xtext(text: str) -> str:
    """Encode ASCII *text* for a parameter of DSN (RFC 3461)."""
    return _NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _needs_utf8(envelope: Envelope) -> bool:
    return envelope.utf8 or not (envelope.sender + envelope.recipient).isascii()


def _line(words: list[str]) -> bytes:
    return " ".join(words).encode() + b"\r\n"
