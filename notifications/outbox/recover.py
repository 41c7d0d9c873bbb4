"""Deliveries whose worker died, or leaves: nothing is lost, and nothing goes out twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, literal_column, null, select, update

from notifications.outbox.rows import addresses, in_state, lock_campaigns, ready_for
from notifications.outbox.settle import follow_cancel
from notifications.records import changes
from notifications.states import DeliveryState, Step, after
from notifications.tables import DELIVERY
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

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
    owners = connection.execute(_OWNERS).scalars().all()
    dead = [each for each in owners if each != living.owner and not living.lives(connection, each)]
    lost = [each for owner in dead for each in _taken(connection, owner, at)]
    _tell(connection, lost, at)


def abandon(connection: Connection, owner: str, at: datetime) -> None:
    """Take from *owner* what it has in hand; it says itself that it leaves."""
    _tell(connection, _taken(connection, owner, at), at)


def _taken(connection: Connection, owner: str, at: datetime) -> Sequence[Row[Any]]:
    """Take from *owner* what it has in hand; return what is uncertain by it."""
    theirs = {"by_owner": owner, "at_now": at}
    campaigns = set(connection.execute(_CAMPAIGNS, {"by_owner": owner}).scalars())
    if not campaigns:
        return ()
    lock_campaigns(connection, campaigns)
    _release(connection, theirs)
    return connection.execute(_LOSE, theirs).all()


def _tell(connection: Connection, lost: Sequence[Row[Any]], at: datetime) -> None:
    if not lost:
        return
    known = addresses(connection, [row.id for row in lost])
    changes.add_all(
        connection,
        [
            (row.campaign, ChangeEvent.UNCERTAIN, {"address": known[row.id], "reply": ""})
            for row in lost
        ],
        at,
    )


def forget(connection: Connection, owner: str, at: datetime, held: Collection[int]) -> None:
    """Let go of what *owner* has claimed without knowing of it: all that is not *held*."""
    campaigns = set(connection.execute(_CAMPAIGNS, {"by_owner": owner}).scalars())
    lock_campaigns(connection, campaigns)
    _release(connection, {"by_owner": owner, "at_now": at}, held)


def _release(
    connection: Connection, theirs: Mapping[str, object], held: Collection[int] = ()
) -> None:
    release = _RELEASE.where(DELIVERY.c.id.not_in(held)) if held else _RELEASE
    released = connection.execute(release, theirs).scalars().all()
    follow_cancel(connection, released)
