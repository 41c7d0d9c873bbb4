"""Tokens that only the holder of the key can make: Message-IDs, return paths, unsubscribe links."""

from __future__ import annotations

import base64
import binascii
import hmac
import re

SHORT = 10  # bytes of a token in an address: 80 bits, 16 characters
LONG = 15  # bytes of the others: 24 characters

# Relays may change the case of an address, and rewrite its domain: the mark alone is proof.
_MARK = re.compile(r"(?:[^@\s]*\+)?([1-9][0-9]{0,18})-([a-z2-7]{16})(?:@[^@\s]*)?", re.ASCII)


class Tokens:
    """Makes and checks tokens. They never change as long as key and origin stay."""

    def __init__(self, key: bytes, origin: str = "") -> None:
        """Use *key* for all of them; each purpose has tokens of its own.

        *origin* is unlike that of any other database: where campaigns are counted from 1 again
        under the same key, a report or a log line of before must not speak of one of now.
        """
        self._key = key
        self._origin = origin

    def message_id(self, campaign: int, mailbox_same: str, domain: str) -> str:
        """Return the Message-ID of a campaign's mail to a mailbox, in angle brackets."""
        token = self._token("message", LONG, self._origin, campaign, mailbox_same)
        return f"<{campaign}.{token}@{domain}>"

    def mark(self, delivery: int) -> str:
        """Return what proves that a report is about *delivery*; letters, digits and a hyphen."""
        return f"{delivery}-{self._token('return', SHORT, self._origin, delivery)}"

    def return_path(self, bounces: str, delivery: int) -> str:
        """Return *bounces* with the mark of *delivery* before the @."""
        return marked(bounces, self.mark(delivery))

    def delivery(self, address: str) -> int | None:
        """Return the delivery whose mark *address* bears, or is; None: forged, or no mark."""
        found = _MARK.fullmatch(address.lower())
        if found is None:
            return None
        number = int(found[1])
        token = self._token("return", SHORT, self._origin, number)
        return number if hmac.compare_digest(token, found[2]) else None

    def unsubscribe(self, mailbox_same: str) -> str:
        """Return the token that stops offers to a mailbox; safe in a URL."""
        return f"{_text(mailbox_same.encode())}.{self._token('unsubscribe', LONG, mailbox_same)}"

    def mailbox(self, token: str) -> str | None:
        """Return the mailbox (its `same`) that an unsubscribe token is for; None: not ours."""
        if not token.isascii():
            return None
        body = token.partition(".")[0]
        try:
            same = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        return same if hmac.compare_digest(self.unsubscribe(same), token) else None

    def _token(self, purpose: str, size: int, *about: object) -> str:
        words = "\0".join([purpose, *map(str, about)])
        digest = hmac.digest(self._key, words.encode(), "sha256")
        return base64.b32encode(digest[:size]).decode().lower()


def marked(bounces: str, mark: str) -> str:
    """Return the return path that bears *mark*, which is as `Tokens.mark` makes it."""
    local, _, domain = bounces.rpartition("@")
    return f"{local}+{mark}@{domain}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
