"""What an answer of the relay means. Pure: a phase, a code and a text in, a verdict out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where in the conversation an answer came, or did not come."""

    CONNECT = "connect"  # TCP, the banner, EHLO; also what broke off later, before a mail
    TLS = "tls"  # it is not offered, is refused, or proves nothing
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # before the body
    BODY = "body"  # the body and the final dot are written, or may be
    QUIT = "quit"


class Meaning(StrEnum):
    """What a verdict means for the delivery."""

    ACCEPTED = "accepted"
    LATER = "later"  # this recipient, not now: deferred
    REFUSED = "refused"  # this recipient, never
    RELAY = "relay"  # the relay's own trouble: the delivery is as if never tried
    UNKNOWN = "unknown"  # nothing was answered after the body began


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One answer, understood."""

    meaning: Meaning
    phase: Phase
    code: int = 0  # 0: no answer
    text: str = ""  # of the relay, cleaned for people
    broken: bool = False  # the connection is of no more use

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463) that begins the text, or an empty string."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else ""


def awaited(phase: Phase, code: int) -> bool:
    """Say whether *code* is the answer with which the conversation goes on after *phase*."""
    return code == _GO_AHEAD if phase is Phase.DATA else code // 100 == _DONE


def understand(phase: Phase, code: int, text: str) -> Verdict:
    """Say what an answer means that is not `awaited`, or that ends a mail.

    *code* is 0 if nothing was answered, or nothing that is an answer; *text* may be anything.
    """
    meaning, broken = _meaning(phase, code)
    return Verdict(meaning=meaning, phase=phase, code=code, text=cleaned(text), broken=broken)


def cleaned(text: str) -> str:
    """Return *text* on one line, without what cannot be printed or stored, and not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]


def _meaning(phase: Phase, code: int) -> tuple[Meaning, bool]:
    if code == CLOSING:  # nothing was accepted, whenever it comes
        return Meaning.RELAY, True
    if phase is Phase.BODY:
        meaning = _OF_THE_BODY.get(code // 100, Meaning.UNKNOWN)
        return meaning, meaning is Meaning.UNKNOWN
    if code // 100 not in {_LATER, _NEVER}:
        return Meaning.RELAY, True
    return _before_the_body(phase, code), phase in _ALONE


def _before_the_body(phase: Phase, code: int) -> Meaning:
    if phase is Phase.MAIL:
        return Meaning.REFUSED if code == _TOO_MUCH else Meaning.RELAY
    if phase not in {Phase.RCPT, Phase.DATA} or code in _ABOUT_US:
        return Meaning.RELAY
    if code // 100 == _LATER or (phase is Phase.RCPT and code == _TOO_MUCH):
        return Meaning.LATER
    return Meaning.REFUSED


CLOSING = 421  # the relay ends the conversation
_ALONE = frozenset({Phase.CONNECT, Phase.TLS, Phase.AUTH, Phase.QUIT})  # no mail is spoken of
_DONE, _LATER, _NEVER = 2, 4, 5  # first digits
_GO_AHEAD = 354
_TOO_MUCH = 552  # at MAIL: the mail is too large; at RCPT: the mailbox is full (RFC 5321, 4.5.3.1)
# Commands out of order, and authentication that is missing: no recipient is to blame.
_ABOUT_US = frozenset({503, 530, 535, 538})
_OF_THE_BODY = {_DONE: Meaning.ACCEPTED, _LATER: Meaning.LATER, _NEVER: Meaning.REFUSED}
_LONGEST = 200
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
