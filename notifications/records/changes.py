"""The campaigns' journal: what happened, in order, for whoever tells people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from notifications.tables import CHANGE
from notifications.terms import Change, ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 500  # rows that one reading returns


def add(
    connection: Connection,
    campaign: int,
    at: datetime,
    event: ChangeEvent,
    *,
    actor: str = "",
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Add one row; *fields* are JSON values without secrets."""
    add_all(connection, [(campaign, event, fields or {})], at, actor)


def add_all(
    connection: Connection,
    rows: Sequence[tuple[int, ChangeEvent, Mapping[str, Any]]],
    at: datetime,
    actor: str = "",
) -> None:
    """Add rows (campaign, event, fields) that happened at once."""
    if not rows:
        return
    values = [
        {"campaign": campaign, "at": at, "event": event, "actor": actor, "fields": dict(fields)}
        for campaign, event, fields in rows
    ]
    connection.execute(insert(CHANGE), values)


def after(connection: Connection, number: int, campaign: int = 0) -> tuple[Change, ...]:
    """Return at most `MOST` rows after *number*, oldest first, of one campaign or of all."""
    query = select(CHANGE).where(CHANGE.c.number > number).order_by(CHANGE.c.number).limit(MOST)
    if campaign:
        query = query.where(CHANGE.c.campaign == campaign)
    return tuple(Change(**row._asdict()) for row in connection.execute(query))
