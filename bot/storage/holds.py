"""Holds: opened, standing, lifted. A lifted one stays as a record and is never opened again."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from bot.rules.errors import Code, Precondition
from bot.rules.hold import Hold
from bot.storage.dialects import insert
from bot.storage.digest import canonical, short
from bot.storage.rows import built, select_fields
from bot.storage.tables import HOLD

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bot.rules.hold import Scope

_STANDING = select_fields(HOLD, Hold).where(HOLD.c.lifted_at.is_(None)).order_by(HOLD.c.id)


def open_hold(connection: Connection, hold: Hold) -> Hold:
    """Open a hold; an equal one that stands is returned instead, as it was opened.

    Equal are holds of the same scope, value and reason, opened by the same person or breaker.
    """
    values = {
        "scope": hold.scope,
        "value": hold.value,
        "reason": hold.reason,
        "opened_by": hold.opened_by,
        "opened_at": hold.opened_at,
        "because": list(hold.because),
        "digest": _digest(hold),
        "lifted_by": "",
        "lift_reason": "",
    }
    # The update changes nothing: it keeps others from lifting the equal one while it is read.
    statement = (
        insert(connection, HOLD)
        .values(values)
        .on_conflict_do_update(
            index_elements=[HOLD.c.digest],
            index_where=HOLD.c.lifted_at.is_(None),
            set_={"digest": HOLD.c.digest},
        )
        .returning(*(HOLD.c[field.name] for field in fields(Hold)))
    )
    return _hold(connection.execute(statement).one())


def lift(  # noqa: PLR0913 - what is recorded of it
    connection: Connection,
    scope: Scope,
    value: str,
    actor: str,
    reason: str,
    at: datetime,
    *,
    known: Collection[int] | None,
) -> int:
    """Lift the standing holds of this scope and value; return how many stood.

    Raises Precondition(LIFT_CHANGED) if those are others than the *known* ones.
    """
    lifted = (
        update(HOLD)
        .where(HOLD.c.scope == scope, HOLD.c.value == value, HOLD.c.lifted_at.is_(None))
        .values(lifted_at=at, lifted_by=actor, lift_reason=reason)
        .returning(HOLD.c.id)
    )
    found = set(connection.execute(lifted).scalars())
    if known is not None and found != set(known):
        raise Precondition(Code.LIFT_CHANGED)
    return len(found)


def standing(connection: Connection) -> tuple[Hold, ...]:
    """Return the standing holds, oldest first."""
    return tuple(_hold(row) for row in connection.execute(_STANDING))


def _hold(row: Row[Any]) -> Hold:
    return built(Hold, row, because=tuple(row.because))


def _digest(hold: Hold) -> str:
    parts = {"scope": hold.scope, "value": hold.value, "reason": hold.reason}
    return short(canonical({**parts, "opened_by": hold.opened_by}))
