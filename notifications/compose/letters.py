"""Finished mails: a campaign's letter to one recipient, and its post to the announce list.

What is made here is frozen at approval. `Date` is not in it: it comes when the mail is handed over.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import format_datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from notifications.compose import headers, samples
from notifications.compose.mailbox import Mailbox, parse
from notifications.compose.mime import attached, mail
from notifications.compose.tokens import marked
from notifications.errors import BadCampaign, Problem
from notifications.ports import Envelope
from notifications.values import CALENDAR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from notifications.compose.tokens import Tokens
    from notifications.compose.wording import Rendered, Wording
    from notifications.settings import House
    from notifications.terms import Campaign, Kind, Recipient

_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)\r$", re.MULTILINE)


class Composer:
    """Composes for one house. The same campaign and recipient give the same bytes, always."""

    def __init__(self, wording: Wording, tokens: Tokens, house: House) -> None:
        """Use the templates of *wording*, and *tokens* for what nobody else may make."""
        self._wording = wording
        self._tokens = tokens
        self._house = house

    def letter(
        self, kind: Kind, campaign: Campaign, recipient: Recipient, mailbox: Mailbox
    ) -> bytes:
        """Return the mail to one recipient, without Date.

        It carries the calendar of *campaign*, where the kind says so and there is one.

        Raises BadCampaign: TEMPLATE (`Wording.render`), BAD_VALUE (`headers`, `mime`): nothing is
        made.
        """
        known = self._known(campaign)
        known |= {
            "to": {"name": recipient.name, "address": mailbox.address},
            "items": recipient.items,
        }
        leaving = [] if kind.service else self._leaving(known, mailbox)
        words = self._wording.render("email", kind, known)
        lines = [
            headers.person("To", recipient.name, mailbox),
            *self._lines(kind, campaign, words, mailbox),
            *leaving,
        ]
        return self._mail(lines, words, _calendar(kind, campaign))

    def post(self, kind: Kind, campaign: Campaign, follows: str) -> bytes:
        """Return the post to the announce list, without Date, Approved and signature.

        *follows* is the Message-ID of the post whose thread it continues, or empty. It never
        carries a calendar: lists take attachments off, which breaks a signature.

        Raises as `letter`, and BadCampaign: NO_ANNOUNCE (no list is configured).
        """
        if not self._house.list:
            raise BadCampaign(Problem.NO_ANNOUNCE, number=campaign.number)
        mailbox = parse(self._house.list)
        words = self._wording.render("announce", kind, self._known(campaign))
        names = ("In-Reply-To", "References") if follows else ()
        lines = [
            headers.person("To", "", mailbox),
            *self._lines(kind, campaign, words, mailbox),
            *(headers.exact(name, follows) for name in names),
        ]
        return self._mail(lines, words)

    def test(self, content: bytes, campaign: int, mailbox: Mailbox) -> bytes:
        """Return *content*, made here, as a test mail of its own campaign to another mailbox.

        Only fields of its head change. Who tests an offer cannot stop another's by one click.

        Raises BadCampaign(BAD_VALUE): as `headers`.
        """
        message_id = self._tokens.message_id(campaign, mailbox.same, self._house.domain)
        return samples.for_testing(content, message_id, mailbox)

    def sample_parts(self, content: bytes) -> tuple[str, str]:
        """Return the subject and the text of a mail that was made here."""
        return samples.parts(content)

    def envelope(self, delivery: int, address: Mailbox | str, size: int = 0) -> Envelope:
        """Return what the relay is told of a delivery to *address* with *size* bytes.

        Raises BadCampaign(BAD_ADDRESS).
        """
        mailbox = _drafted(address) if isinstance(address, str) else address
        bounces, mark = self._house.bounces, self._tokens.mark(delivery)
        return Envelope(
            sender=marked(bounces, mark) if bounces else self._people,
            recipient=mailbox.envelope,
            utf8=mailbox.utf8,
            id=mark,
            size=size,
        )

    def _known(self, campaign: Campaign) -> dict[str, object]:
        """Return what every template of *campaign* may use; our own names win."""
        about = {"number": campaign.number, "kind": campaign.kind}
        return {**campaign.values, "house": self._house, "campaign": about}

    def _leaving(self, known: dict[str, object], mailbox: Mailbox) -> list[bytes]:
        """Return how to stop offers with one click (RFC 8058), and tell the templates."""
        address = f"{self._house.links}/unsubscribe/{self._tokens.unsubscribe(mailbox.same)}"
        known["unsubscribe"] = address
        return [
            headers.exact("List-Unsubscribe", f"<{address}>"),
            headers.exact("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]

    def _lines(
        self, kind: Kind, campaign: Campaign, words: Rendered, mailbox: Mailbox
    ) -> Iterable[bytes]:
        """Yield the fields that letters and posts have."""
        yield headers.text("Subject", words.subject)
        message_id = self._tokens.message_id(campaign.number, mailbox.same, self._house.domain)
        yield headers.exact("Message-ID", message_id)
        yield headers.exact("Auto-Submitted", "auto-generated")
        if kind.bulk:
            yield headers.exact("Precedence", "bulk")

    def _mail(self, lines: Iterable[bytes], words: Rendered, attachment: bytes = b"") -> bytes:
        return mail([self._written_by, *lines], words.text, words.html, attachment)

    @cached_property
    def _people(self) -> str:
        """Where reports go that no program reads: to those who read the answers."""
        return parse(self._house.address).envelope

    @cached_property
    def _written_by(self) -> bytes:
        """The fields that are the same in every mail of the house; answers come to people."""
        mailbox = parse(self._house.address)
        names = ("From", "Reply-To")
        return b"".join(headers.person(name, self._house.name, mailbox) for name in names)


def _calendar(kind: Kind, campaign: Campaign) -> bytes:
    """Return the part that all letters of *campaign* carry; empty: none."""
    calendar = campaign.values.get(CALENDAR) if kind.calendar else None
    return attached(calendar) if calendar else b""


def _drafted(address: str) -> Mailbox:
    """Return the mailbox of an *address* that was understood when it was drafted."""
    if address.isascii():  # to understand it again costs more than to send it
        return Mailbox(address=address, envelope=address, utf8=False, same="")
    return parse(address)


def message_id(content: bytes) -> str:
    """Return the Message-ID of a mail that was made here, in its brackets; empty: it has none."""
    found = _MESSAGE_ID.search(content)
    return found[1].decode() if found else ""


def dated(content: bytes, at: datetime) -> bytes:
    """Return *content* with `Date` as its first line."""
    return _date(at.astimezone(UTC).replace(microsecond=0)) + content


@lru_cache(maxsize=1)  # to say the time costs more than many other things that a mail needs
def _date(second: datetime) -> bytes:
    return b"Date: " + format_datetime(second).encode() + b"\r\n"
