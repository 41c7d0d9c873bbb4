"""Deliveries whose worker died, or leaves: nothing is lost, and nothing goes out twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, literal_column, null, select, update

from notifications.outbox.rows import addresses, in_state, lock_campaigns, ready_for
from notifications.outbox.settle import follow_cancel
from notifications.records import changes
from notifications.states import DeliveryState, Step, after
from notifications.tables import DELIVERY
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.ports import Living

# As a literal: only so does the index of what somebody has in hand serve.
_HELD = DELIVERY.c.owner != literal_column("''")
_IN_HAND = in_state((DeliveryState.CLAIMED, DeliveryState.SENDING))
_OWNERS = select(DELIVERY.c.owner).where(_HELD, _IN_HAND).distinct()
_THEIRS = (_HELD, DELIVERY.c.owner == bindparam("by_owner"))
_CAMPAIGNS = select(DELIVERY.c.campaign).where(*_THEIRS, _IN_HAND).distinct()
_AT = bindparam("at_now", type_=DELIVERY.c.at.type)

_RELEASE = (
    update(DELIVERY)
    .where(*_THEIRS, ready_for(Step.RELEASE))
    .values(
        state=after(Step.RELEASE),
        owner="",
        attempts=DELIVERY.c.attempts - 1,
        first=case((DELIVERY.c.attempts > 1, DELIVERY.c.first), else_=null()),
        at=_AT,
    )
    .returning(DELIVERY.c.id)
)
# The owner stays: if it lives after all, and knows that the mail was accepted, it may say so.
_LOSE = (
    update(DELIVERY)
    .where(*_THEIRS, ready_for(Step.LOSE))
    .values(state=after(Step.LOSE), at=_AT)
    .returning(DELIVERY.c.id, DELIVERY.c.campaign)
)


def recover(connection: Connection, living: Living, at: datetime) -> None:
    """Take from dead workers what they had in hand: claimed is pending again, begun is uncertain.

    Does nothing where all owners live.
    """
    for owner in connection.execute(_OWNERS).scalars().all():
        if owner != living.owner and not living.lives(connection, owner):
            abandon(connection, owner, at)


def abandon(connection: Connection, owner: str, at: datetime) -> None:
    """Take from *owner* what it has in hand; it is dead, or says so itself."""
    theirs = {"by_owner": owner, "at_now": at}
    campaigns = set(connection.execute(_CAMPAIGNS, {"by_owner": owner}).scalars())
    if not campaigns:
        return
    lock_campaigns(connection, campaigns)
    released = connection.execute(_RELEASE, theirs).scalars().all()
    follow_cancel(connection, released)
    lost = connection.execute(_LOSE, theirs).all()
    known = addresses(connection, [row.id for row in lost])
    changes.add_all(
        connection,
        [
            (row.campaign, ChangeEvent.UNCERTAIN, {"address": known[row.id], "reply": ""})
            for row in lost
        ],
        at,
    )
