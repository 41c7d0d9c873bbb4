"""Who gets a campaign's mail: one mail for each mailbox, and nobody left out in silence.

Pure; recipients are read once, in batches, so that memory does not grow with their number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from notifications import values
from notifications.compose.mailbox import parse
from notifications.errors import BadCampaign, Problem
from notifications.terms import LeftOut, Omission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from notifications.compose.mailbox import Mailbox
    from notifications.terms import Kind, Recipient

BATCH = 500
# How far staff's places are before those of all others.
_AHEAD = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One mailbox, and all recipients of a batch that share it."""

    mailbox: Mailbox
    position: int  # the order of sending: staff first, then as given
    names: tuple[str, ...]  # one for each recipient; may be empty texts
    items: tuple[dict[str, Any], ...]  # as JSON


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Somebody who cannot be written to."""

    left_out: LeftOut
    items: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some recipients, in the order given. Mailboxes differ within a batch, not between two."""

    contacts: tuple[Contact, ...]
    absent: tuple[Absent, ...]


def sort(recipients: Iterable[Recipient], kind: Kind, staff: AbstractSet[str]) -> Iterator[Batch]:
    """Yield *recipients* in batches of at most `BATCH`, equal mailboxes merged within each.

    *staff* are the mailboxes (`Mailbox.same`) that come first.

    Raises BadCampaign: BAD_VALUE; MISSING_VALUES, with the `address` whose item lacks them.
    """
    entries = (
        _entry(recipient, kind, position, staff) for position, recipient in enumerate(recipients)
    )
    while some := tuple(islice(entries, BATCH)):
        contacts = (entry for entry in some if isinstance(entry, Contact))
        absent = tuple(entry for entry in some if isinstance(entry, Absent))
        yield Batch(contacts=merged(contacts), absent=absent)


def sole(mailbox: Mailbox) -> Contact:
    """Return the one contact of a post or of a test mail."""
    return Contact(mailbox=mailbox, position=0, names=("",), items=())


def merged(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """Return *contacts* with equal mailboxes made one, at the place of the first."""
    known: dict[str, Contact] = {}
    for contact in contacts:
        first = known.get(contact.mailbox.same)
        known[contact.mailbox.same] = contact if first is None else _joined(first, contact)
    return tuple(known.values())


def _joined(first: Contact, other: Contact) -> Contact:
    return replace(first, names=first.names + other.names, items=first.items + other.items)


def _entry(
    recipient: Recipient, kind: Kind, position: int, staff: AbstractSet[str]
) -> Contact | Absent:
    address = recipient.address.strip()
    name = values.line("name", recipient.name, address)
    items = tuple(_item(item, kind, address) for item in recipient.items)
    if not address:
        return _absent(name, address, Omission.NO_ADDRESS, len(items))
    try:
        mailbox = parse(address)
    except BadCampaign as error:
        why = str(error.fields["why"])
        return _absent(name, address, Omission.BAD_ADDRESS, len(items), why)
    place = position - _AHEAD if mailbox.same in staff else position
    return Contact(mailbox=mailbox, position=place, names=(name,), items=items)


def _item(item: Mapping[str, Any], kind: Kind, address: str) -> dict[str, Any]:
    if missing := kind.item_needs - item.keys():
        names = tuple(sorted(missing))
        raise BadCampaign(Problem.MISSING_VALUES, kind=kind.name, names=names, address=address)
    return values.kept(item, address)


def _absent(name: str, address: str, why: Omission, items: int, detail: str = "") -> Absent:
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in address)
    left_out = LeftOut(name=name, address=shown, why=why, detail=detail)
    return Absent(left_out=left_out, items=items)
