"""Recipients of a draft, one for each mailbox, and those who are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from notifications.states import DeliveryState
from notifications.tables import DELIVERY, LEFT_OUT, RECIPIENT
from notifications.terms import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from notifications.audience import Absent, Contact

_MERGE = (
    update(RECIPIENT)
    .where(RECIPIENT.c.id == bindparam("of_id"))
    .values(names=bindparam("all_names"), items=bindparam("all_items"))
)
_NEW: dict[str, Any] = {
    "state": DeliveryState.PENDING,
    "owner": "",
    "attempts": 0,
    "handed": 0,
    "denied": 0,
    "resends": 0,
    "code": "",
    "reply": "",
    "bounce": "",
}


def add(connection: Connection, campaign: int, contacts: Sequence[Contact]) -> None:
    """Add *contacts*, whose mailboxes differ; those that are known get more names and items."""
    wanted = [contact.mailbox.same for contact in contacts]
    columns = (RECIPIENT.c[name] for name in ("id", "mailbox", "name", "names", "items"))
    query = select(*columns).where(RECIPIENT.c.campaign == campaign)
    rows = connection.execute(query.where(RECIPIENT.c.mailbox.in_(wanted)))
    known = {row.mailbox: row for row in rows}
    _merge(connection, [(known[c.mailbox.same], c) for c in contacts if c.mailbox.same in known])
    _insert(connection, campaign, [c for c in contacts if c.mailbox.same not in known])


def leave_out(connection: Connection, campaign: int, absent: Sequence[Absent]) -> None:
    """Record who is left out."""
    if not absent:
        return
    rows = [
        {
            "campaign": campaign,
            "name": each.left_out.name,
            "address": each.left_out.address,
            "why": each.left_out.why,
            "detail": each.left_out.detail,
            "items": each.items,
        }
        for each in absent
    ]
    connection.execute(insert(LEFT_OUT), rows)


def left_out(connection: Connection, campaign: int) -> tuple[LeftOut, ...]:
    """Return who was left out when *campaign* was drafted, in the order given."""
    columns = (LEFT_OUT.c[name] for name in ("name", "address", "why", "detail"))
    query = select(*columns).where(LEFT_OUT.c.campaign == campaign).order_by(LEFT_OUT.c.number)
    return tuple(LeftOut(**row._asdict()) for row in connection.execute(query))


def items_left_out(connection: Connection, campaign: int) -> int:
    """Return how many items those who were left out had together."""
    total = select(func.sum(LEFT_OUT.c["items"])).where(LEFT_OUT.c.campaign == campaign)
    return int(connection.execute(total).scalar() or 0)


def _merge(connection: Connection, pairs: Sequence[tuple[Row[Any], Contact]]) -> None:
    """Give rows the names and items of contacts that are the same mailbox."""
    if not pairs:
        return
    rows = [
        {
            "of_id": row.id,
            "all_names": [*(row.names or [row.name]), *contact.names],
            "all_items": [*row.items, *contact.items],
        }
        for row, contact in pairs
    ]
    connection.execute(_MERGE, rows)


def _insert(connection: Connection, campaign: int, contacts: Sequence[Contact]) -> None:
    if not contacts:
        return
    rows = [_row(campaign, contact) for contact in contacts]
    returned = insert(RECIPIENT).returning(RECIPIENT.c.id, RECIPIENT.c.mailbox)
    places = {contact.mailbox.same: contact.position for contact in contacts}
    deliveries = [
        _NEW | {"id": row.id, "campaign": campaign, "position": places[row.mailbox]}
        for row in connection.execute(returned, rows)
    ]
    connection.execute(insert(DELIVERY), deliveries)


def _row(campaign: int, contact: Contact) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "mailbox": contact.mailbox.same,
        "address": contact.mailbox.address,
        "name": contact.names[0],
        "names": list(contact.names) if len(contact.names) > 1 else [],
        "items": list(contact.items),
        "content": b"",
    }
