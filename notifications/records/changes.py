"""The campaigns' journal: what happened, in order, for whoever tells people.

Numbers grow in the order of commits, so that who reads on after a number misses nothing. Where
several transactions write at once, only one at a time may add rows until it is committed: adding
them is the last thing that waits for anybody, after all rows that a transaction changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import insert, select, text

from notifications.tables import CHANGE
from notifications.terms import Change, ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 500  # rows that one reading returns

#: A row to be: of which campaign, what happened, and its fields.
Entry: TypeAlias = "tuple[int, ChangeEvent, Mapping[str, Any]]"

_ALONE = text(f"LOCK TABLE {CHANGE.name} IN SHARE ROW EXCLUSIVE MODE")


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
    rows: Sequence[Entry],
    at: datetime,
    actor: str = "",
) -> None:
    """Add rows (campaign, event, fields) that happened at once."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(_ALONE)
    values = [
        {"campaign": campaign, "at": at, "event": event, "actor": actor, "fields": dict(fields)}
        for campaign, event, fields in rows
    ]
    connection.execute(insert(CHANGE), values)


def last(connection: Connection, campaign: int, event: ChangeEvent) -> str:
    """Return the person by whom *event* happened to *campaign* last; empty: by nobody yet."""
    query = select(CHANGE.c.actor).where(CHANGE.c.campaign == campaign, CHANGE.c.event == event)
    query = query.where(CHANGE.c.actor != "")
    return connection.execute(query.order_by(CHANGE.c.number.desc()).limit(1)).scalar() or ""


def after(connection: Connection, number: int, campaign: int = 0) -> tuple[Change, ...]:
    """Return at most `MOST` rows after *number*, oldest first, of one campaign or of all."""
    query = select(CHANGE).where(CHANGE.c.number > number).order_by(CHANGE.c.number).limit(MOST)
    if campaign:
        query = query.where(CHANGE.c.campaign == campaign)
    return tuple(Change(**row._asdict()) for row in connection.execute(query))
