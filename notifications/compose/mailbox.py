"""What an address means: where mail for it goes, and which addresses are the same mailbox."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from notifications.errors import BadCampaign, Problem

LONGEST = 254  # bytes of an address, RFC 5321 with its erratum
LONGEST_LOCAL = 64  # bytes before the @
SEPARATORS = frozenset({"Zl", "Zp"})  # Unicode's line and paragraph separators


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """An address, understood."""

    address: str  # as it stands in To; all ASCII unless `utf8`
    envelope: str  # as the relay is told it: the domain is ASCII (IDNA)
    utf8: bool  # the part before the @ is not ASCII: only a relay with SMTPUTF8 can take it
    same: str  # equal for addresses that are one mailbox: without case, the domain ASCII


def parse(text: str) -> Mailbox:
    """Understand an address that somebody wrote; spaces around it do not count.

    Raises BadCampaign(BAD_ADDRESS, address, why): blank, control, display (a name and angle
    brackets around it), no_at, too_long, local (the part before the @), domain.
    """
    address = text.strip(" ")
    why = _flaw(address)
    if why:
        raise BadCampaign(Problem.BAD_ADDRESS, address=text, why=why)
    try:
        valid = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        why = "local" if _is_domain(address.rpartition("@")[2]) else "domain"
        raise BadCampaign(Problem.BAD_ADDRESS, address=text, why=why) from error
    envelope = f"{valid.local_part}@{valid.ascii_domain}"
    return Mailbox(
        address=valid.normalized if valid.smtputf8 else envelope,
        envelope=envelope,
        utf8=valid.smtputf8,
        # Not casefold(), which makes one of "straße" and "strasse": those are two people.
        same=unicodedata.normalize("NFC", envelope.lower()),
    )


def same_mailbox(text: str) -> str:
    """Return what is equal for addresses of one mailbox; of what is no address, the text."""
    try:
        return parse(text).same
    except BadCampaign:
        return text


def _flaw(address: str) -> str:
    """Return why *address* cannot be one, as far as its characters and lengths say it."""
    if not address:
        return "blank"
    if not address.isprintable() and any(map(_is_control, address)):
        return "control"
    if "<" in address or ">" in address:
        return "display"
    local, at, _ = address.rpartition("@")
    if not at:
        return "no_at"
    too_long = len(address.encode()) > LONGEST or len(local.encode()) > LONGEST_LOCAL
    return "too_long" if too_long else ""


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in SEPARATORS


def _is_domain(text: str) -> bool:
    try:
        validate_email(f"x@{text}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
