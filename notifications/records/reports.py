"""How campaigns stand: in numbers, and recipient by recipient."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from notifications import forecast
from notifications.records import campaigns, deliveries, recipients
from notifications.states import DeliveryState
from notifications.tables import DELIVERY, RECIPIENT
from notifications.terms import Delivery, Merged, Report
from notifications.values import given

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from notifications.terms import Campaign, Counts, Progress

_COLUMNS = (
    *(RECIPIENT.c[name] for name in ("id", "mailbox", "address", "name", "names", "items")),
    *(DELIVERY.c[name] for name in ("state", "attempts", "reply", "code", "at", "due")),
    *(DELIVERY.c[name] for name in ("resends", "bounce")),
)


def progress(connection: Connection, number: int, now: datetime, pace: float) -> Progress:
    """Say how one campaign stands. Raises BadCampaign(UNKNOWN_CAMPAIGN)."""
    head = campaigns.read(connection, number)
    counts = deliveries.counts(connection, [number])[number]
    return _progress(connection, head, counts, now, pace)


def progress_of_all(
    connection: Connection, now: datetime, pace: float, *, tests: bool
) -> tuple[Progress, ...]:
    """Say how all campaigns stand, newest first."""
    heads = campaigns.newest(connection, tests=tests)
    counts = deliveries.counts(connection, [head.number for head in heads])
    return tuple(_progress(connection, head, counts[head.number], now, pace) for head in heads)


def _progress(
    connection: Connection, head: Campaign, counts: Counts, now: datetime, pace: float
) -> Progress:
    sent = deliveries.recent(connection, head.number)
    deferred = counts[DeliveryState.DEFERRED]
    due = deliveries.due(connection, head.number) if deferred else None
    return forecast.progress(head, counts, sent, now, pace, due)


def report(connection: Connection, number: int, named: Callable[[str], str]) -> Report:
    """Return what became of every recipient; *named* gives a mailbox's mail its Message-ID.

    Raises BadCampaign(UNKNOWN_CAMPAIGN).
    """
    head = campaigns.read(connection, number)
    joined = select(*_COLUMNS).join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
    query = joined.where(DELIVERY.c.campaign == number).order_by(DELIVERY.c.position)
    rows = connection.execute(query).all()
    return Report(
        campaign=head,
        counts=deliveries.counts(connection, [number])[number],
        left_out=recipients.left_out(connection, number),
        merged=tuple(
            Merged(address=row.address, names=tuple(row.names), items=len(row.items))
            for row in rows
            if row.names
        ),
        deliveries=tuple(_delivery(row, named) for row in rows),
        bounces=Counter(row.bounce for row in rows if row.bounce),
    )


def _delivery(row: Row[Any], named: Callable[[str], str]) -> Delivery:
    columns = row._asdict()
    del columns["names"]
    message_id = named(columns.pop("mailbox"))
    return Delivery(**columns | {"items": tuple(given(row.items)), "message_id": message_id})
