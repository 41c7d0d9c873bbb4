"""Taking deliveries in hand: the oldest campaign first, in the order of sending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal_column, null, select, update

from notifications.outbox import pace
from notifications.outbox.rows import BEING_SENT
from notifications.records import campaigns
from notifications.states import DeliveryState
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select, Update

    from notifications.settings import Pace
    from notifications.terms import Campaign


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A delivery that a worker has in hand."""

    id: int
    campaign: int
    address: str
    content: bytes  # packed, as it was previewed
    attempts: int  # this one is among them
    first: datetime  # of the first attempt
    handed: int  # times that a body was begun before: marks this turn of it


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the deliveries of one campaign share."""

    campaign: Campaign  # as it was when this was read; all but its state is frozen
    base: bytes  # what the contents are packed against


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a worker asks for."""

    owner: str
    announce: bool  # posts to the list, or mails: each has its own transport
    transport: str  # its name: whose pace is used
    limit: int  # as many as the worker can keep busy with
    at: datetime
    pace: Pace


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a worker got."""

    claimed: tuple[Claimed, ...]
    dry: bool  # there is nothing more that could be claimed now, whatever the pace allows
    wait: float | None = None  # seconds until there may be more; None: nothing is known to come


_SENDING = (
    select(CAMPAIGN.c.number)
    .where(BEING_SENT, CAMPAIGN.c.announce == bindparam("of_announce"))
    .order_by(CAMPAIGN.c.started, CAMPAIGN.c.number)
)

_PENDING = (
    select(DELIVERY.c.id)
    .where(DELIVERY.c.campaign == bindparam("of"), DELIVERY.c.state == DeliveryState.PENDING)
    .order_by(DELIVERY.c.position)
)
# The state as a literal: only so does the index of what is deferred serve.
_WAITING = (
    DELIVERY.c.campaign == bindparam("of"),
    DELIVERY.c.state == literal_column("'deferred'"),
)
_DUE = (
    select(DELIVERY.c.id)
    .where(*_WAITING, DELIVERY.c.due <= bindparam("at_now"))
    .order_by(DELIVERY.c.due)
)
_NEXT_DUE = select(func.min(DELIVERY.c.due)).where(*_WAITING)
_BASE = select(CAMPAIGN.c.base).where(CAMPAIGN.c.number == bindparam("of"))


def _claim(which: Select[Any]) -> Update:
    turn = which.limit(bindparam("most", type_=DELIVERY.c.id.type)).with_for_update(
        skip_locked=True
    )
    return (
        update(DELIVERY)
        .where(DELIVERY.c.id.in_(turn.scalar_subquery()))
        .values(
            state=DeliveryState.CLAIMED,
            owner=bindparam("by_owner"),
            attempts=DELIVERY.c.attempts + 1,
            first=func.coalesce(DELIVERY.c.first, bindparam("at_now", type_=DELIVERY.c.at.type)),
            due=null(),
            at=bindparam("at_now", type_=DELIVERY.c.at.type),
        )
        .returning(DELIVERY.c.id)
    )


_CLAIMS = (_claim(_PENDING), _claim(_DUE))

_CONTENT = (
    select(
        DELIVERY.c.id,
        DELIVERY.c.campaign,
        RECIPIENT.c.address,
        RECIPIENT.c.content,
        DELIVERY.c.attempts,
        DELIVERY.c.first,
        DELIVERY.c.handed,
    )
    .join_from(DELIVERY, RECIPIENT, RECIPIENT.c.id == DELIVERY.c.id)
    .where(DELIVERY.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(DELIVERY.c.position)
)


def being_sent(connection: Connection, *, announce: bool) -> tuple[int, ...]:
    """Return the campaigns that are being sent, posts or not, the oldest first."""
    return tuple(connection.execute(_SENDING, {"of_announce": announce}).scalars())


def take(connection: Connection, wish: Wish) -> Taken:
    """Claim what *wish* asks for, as far as the pace allows and there is something."""
    numbers = being_sent(connection, announce=wish.announce)
    if not numbers:
        return Taken(claimed=(), dry=True)
    if not wish.pace.per_minute:
        return _taken(connection, numbers, wish, wish.limit)
    now = wish.at.timestamp()
    due = pace.read(connection, wish.transport)
    allowed = pace.allowance(due, now, wish.pace)
    taken = _taken(connection, numbers, wish, min(wish.limit, allowed.mails))
    if taken.claimed:
        due = pace.spent(due, now, len(taken.claimed), wish.pace)
        pace.write(connection, wish.transport, due)
    return taken if taken.dry else replace(taken, wait=allowed.wait)


def head(connection: Connection, number: int) -> Head:
    """Return what the deliveries of a campaign share."""
    base = connection.execute(_BASE, {"of": number}).scalar_one()
    return Head(campaign=campaigns.read(connection, number), base=base)


def _taken(connection: Connection, numbers: Sequence[int], wish: Wish, most: int) -> Taken:
    """Claim at most *most*; if there are fewer, say when the next one is due."""
    claimed: list[Claimed] = []
    for number in numbers:
        if len(claimed) < most:
            claimed += _of(connection, number, wish, most - len(claimed))
    if len(claimed) >= most:
        return Taken(claimed=tuple(claimed), dry=False)
    wait = _next_due(connection, numbers, wish.at)
    return Taken(claimed=tuple(claimed), dry=True, wait=wait)


def _of(connection: Connection, number: int, wish: Wish, most: int) -> list[Claimed]:
    ids: list[int] = []
    for statement in _CLAIMS:
        if len(ids) < most:
            asked = {
                "of": number,
                "most": most - len(ids),
                "by_owner": wish.owner,
                "at_now": wish.at,
            }
            ids += connection.execute(statement, asked).scalars()
    if not ids:
        return []
    return [Claimed(**row._asdict()) for row in connection.execute(_CONTENT, {"ids": ids})]


def _next_due(connection: Connection, numbers: Sequence[int], at: datetime) -> float | None:
    """Return the seconds until the first deferred delivery is due."""
    dues = [connection.execute(_NEXT_DUE, {"of": each}).scalar_one() for each in numbers]
    known = [due for due in dues if due is not None]
    return max(0.0, (min(known) - at).total_seconds()) if known else None
