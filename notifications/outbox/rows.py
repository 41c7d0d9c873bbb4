"""Conditions on rows that the outbox's statements share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from notifications.states import CampaignState, DeliveryState, before
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Connection

    from notifications.states import Step

#: Deliveries that the program has not brought to an end yet.
OPEN = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
)

BEING_SENT = CAMPAIGN.c.state == CampaignState.SENDING

_ADDRESSES = select(RECIPIENT.c.id, RECIPIENT.c.address)


def in_state(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    """Return "the delivery is in one of *states*", fit for many rows of parameters at once."""
    return or_(*(DELIVERY.c.state == state for state in states))


def ready_for(step: Step) -> ColumnElement[bool]:
    """Return "*step* is possible for the delivery"."""
    return in_state(before(step))


def lock_campaigns(
    connection: Connection, numbers: Collection[int], *, moving: bool = False
) -> None:
    """Keep others from moving what is being sent, and *numbers*, until commit.

    Comes before any lock of a delivery, and once in a transaction; *moving*: they are moved by
    this one. SQLite has no such locks and needs none: whoever writes is alone.
    """
    if connection.dialect.name == "sqlite":
        return
    query = select(CAMPAIGN.c.number).where(BEING_SENT | CAMPAIGN.c.number.in_(numbers))
    locked = query.order_by(CAMPAIGN.c.number).with_for_update(read=not moving)
    connection.execute(locked).all()


def addresses(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of recipients."""
    found = connection.execute(_ADDRESSES.where(RECIPIENT.c.id.in_(ids)))
    return {row.id: row.address for row in found}
