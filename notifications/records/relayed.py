"""Uncertain deliveries that the relay's own log settles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from notifications.records import changes
from notifications.states import DeliveryState, Step, after, before
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One uncertain delivery."""

    delivery: int
    campaign: int
    mailbox: str
    address: str
    taken: int  # how often the relay must have taken it, for the last time to be among them


def doubts(connection: Connection) -> list[Doubt]:
    """Return all uncertain deliveries, by campaign."""
    query = (
        select(DELIVERY, RECIPIENT.c.mailbox, RECIPIENT.c.address)
        # By way of the campaigns, which are few: the index of deliveries begins with them.
        .join(CAMPAIGN, CAMPAIGN.c.number == DELIVERY.c.campaign)
        .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.id)
        .where(DELIVERY.c.state == DeliveryState.UNCERTAIN)
        .order_by(CAMPAIGN.c.number, DELIVERY.c.position)
    )
    return [
        Doubt(
            delivery=row.id,
            campaign=row.campaign,
            mailbox=row.mailbox,
            address=row.address,
            taken=max(1, row.handed - row.denied),
        )
        for row in connection.execute(query)
    ]


def settle(connection: Connection, found: Sequence[Doubt], at: datetime) -> int:
    """Record that the relay took them, where that is still in doubt; return how many."""
    settled = [doubt for doubt in found if _settled(connection, doubt, at)]
    told = {"verdict": "sent", "by": "relay_log"}
    rows = [
        (doubt.campaign, ChangeEvent.SETTLED, {"address": doubt.address, **told})
        for doubt in settled
    ]
    changes.add_all(connection, rows, at)
    return len(settled)


def _settled(connection: Connection, doubt: Doubt, at: datetime) -> bool:
    same = (DELIVERY.c.handed - DELIVERY.c.denied) <= doubt.taken
    possible = DELIVERY.c.state.in_(before(Step.SETTLE_SENT))
    settled = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == doubt.delivery, possible, same)
        .values(state=after(Step.SETTLE_SENT), owner="", at=at)
        .returning(DELIVERY.c.id)
    ).first()
    return settled is not None
