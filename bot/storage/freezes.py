"""Freezes: intervals in which nothing is scheduled. A lifted one stays as a record."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from bot.rules.errors import BadRequest, Code
from bot.rules.window.terms import Freeze
from bot.storage.dialects import alone
from bot.storage.rows import built, select_fields
from bot.storage.tables import FREEZE, WINDOW

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

_STANDING = select_fields(FREEZE, Freeze).where(FREEZE.c.lifted.is_(None)).order_by(FREEZE.c.start)
_LIFT = (
    update(FREEZE)
    .where(FREEZE.c.number == bindparam("of_number"), FREEZE.c.lifted.is_(None))
    .returning(*(FREEZE.c[field.name] for field in fields(Freeze)))
)


def add(connection: Connection, freeze: Freeze) -> Freeze:
    """Record a freeze; nobody schedules beside it meanwhile."""
    alone(connection, WINDOW)
    values = {f.name: getattr(freeze, f.name) for f in fields(freeze) if f.name != "number"}
    added = FREEZE.insert().values(**values, lifted_by="").returning(FREEZE.c.number)
    return replace(freeze, number=int(connection.execute(added).scalar_one()))


def standing(connection: Connection, after: datetime | None = None) -> tuple[Freeze, ...]:
    """Return the freezes that stand, and end after an instant if one is given."""
    query = _STANDING.where(FREEZE.c.end > after) if after else _STANDING
    return tuple(_freeze(row) for row in connection.execute(query))


def lift(connection: Connection, number: int, actor: str, at: datetime) -> Freeze:
    """Lift a freeze, and return it. Raises BadRequest(UNKNOWN_FREEZE)."""
    lifted = _LIFT.values(lifted=at, lifted_by=actor)
    row = connection.execute(lifted, {"of_number": number}).one_or_none()
    if row is None:
        raise BadRequest(Code.UNKNOWN_FREEZE, number=number)
    return _freeze(row)


def _freeze(row: Row[Any]) -> Freeze:
    return built(Freeze, row)
