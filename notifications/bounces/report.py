"""Delivery reports (RFC 3464), understood: bytes in, values out. Any bytes; nothing is raised."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class BounceKind(StrEnum):
    """What a report means for the address, the gravest last."""

    SOFT = "soft"  # for now, or not clear: counted
    POLICY = "policy"  # we or what we wrote were not wanted: about us, not about the address
    HARD = "hard"  # the address is no address


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report that says that a mail did not arrive."""

    id: str  # its Message-ID, or a digest of it
    to: tuple[str, ...]  # where it was sent, and ENVID: one of them should bear a mark of ours
    kind: BounceKind
    status: str  # RFC 3463: "5.1.1"
    detail: str  # what the other side said, cleaned


# Where a mailer notes the address that it delivered to.
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_MOST_PARTS = 20
_MOST_RECIPIENTS = 100
_LONGEST = 200
# Not part of an IP address.
_STATUS = re.compile(r"(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?!\w|\.\d)")
# RFC 3463. Subjects and details about the address that we wrote to.
_HARD = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
# What was said of the mail, or of its sender: too long, content, protocol, policy.
_POLICY = {"5.1.7", "5.1.8", "5.1.9", "5.2.3", "5.3.4"}
_POLICY_SUBJECTS = {"5", "6", "7"}
_GRAVITY = list(BounceKind)


def classify(action: str, status: str, diagnostic: str = "") -> BounceKind | None:
    """Say what one recipient's report means; None: that the mail went on its way.

    Where *status* is general ("5.0.0"), the code in *diagnostic* is taken. What is permanent
    and not clear is `SOFT`: only what is certain keeps mail from an address.
    """
    if action.lower() in {"delivered", "relayed", "expanded"}:
        return None
    code = exact(status, diagnostic)
    if action.lower() != "failed" or not code.startswith("5"):
        return None if code.startswith("2") else BounceKind.SOFT
    if code in _HARD:
        return BounceKind.HARD
    about_us = code in _POLICY or code.split(".")[1] in _POLICY_SUBJECTS
    return BounceKind.POLICY if about_us else BounceKind.SOFT


def exact(status: str, diagnostic: str) -> str:
    """Return the more exact of the codes in *status* and *diagnostic*; "": there is none."""
    codes = [_STATUS.search(text) for text in (status, diagnostic)]
    found = [code[0] for code in codes if code]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else "")


def understood(raw: bytes) -> Report | None:
    """Return what *raw* reports; None: it is no report of mail that did not arrive."""
    try:
        return _report(message_from_bytes(raw), raw)
    # Whoever knows the address writes here, and the library was not made for all of them.
    except Exception:  # noqa: BLE001
        return None


def _report(message: Message, raw: bytes) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    groups = list(_groups(message))
    found = [one for group in groups for fields in group[1:] if (one := _one(fields)) is not None]
    if not found:
        return None
    kind, status, detail = max(found, key=lambda each: _GRAVITY.index(each[0]))
    name = _clean(str(message.get("Message-ID", ""))) or hashlib.sha256(raw).hexdigest()
    to = (*_addresses(message), *_envelopes(groups))
    return Report(id=name, to=to, kind=kind, status=status, detail=detail)


def _groups(message: Message) -> Iterator[list[Message]]:
    """Yield the groups of fields of each delivery report: of the mail, then of each recipient."""
    for part in _parts(message)[:_MOST_PARTS]:
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            yield _parts(part)[: _MOST_RECIPIENTS + 1]


def _parts(message: Message) -> list[Message]:
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []


def _one(fields: Message) -> tuple[BounceKind, str, str] | None:
    action, status, said = (
        _clean(str(fields.get(name, ""))) for name in ("Action", "Status", "Diagnostic-Code")
    )
    if not action and not status:
        return None
    action = action or "failed"
    kind = classify(action, status, said)
    return (kind, exact(status, said), said) if kind else None


def _envelopes(groups: list[list[Message]]) -> Iterable[str]:
    """Return the ids that the mails had on their envelopes: ENVID, which we make a mark."""
    return [_clean(str(group[0].get("Original-Envelope-Id", ""))) for group in groups if group]


def _addresses(message: Message) -> Iterable[str]:
    values = [str(value) for name in _TO for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(values[:_MOST_RECIPIENTS]) if address]


def _clean(text: str) -> str:
    """Make one line of *text*, without controls, not longer than people read."""
    line = " ".join(text.split())
    return "".join(each for each in line if each.isprintable())[:_LONGEST]
