"""The processes that deliver, and how they share the connections that the relay allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, text, update

from notifications.tables import WORKER

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.ports import Living

_ALL = select(WORKER.c.owner, WORKER.c.connections).order_by(WORKER.c.owner)
_ALONE = text(f"LOCK TABLE {WORKER.name} IN SHARE ROW EXCLUSIVE MODE")
_OF = WORKER.c.owner == bindparam("of_owner")
_DELETE = delete(WORKER).where(_OF)
_UPDATE = update(WORKER).where(_OF).values(connections=bindparam("count"))


def lock(connection: Connection) -> None:
    """Let no other worker do this until commit: what comes after concerns the rows of all."""
    if connection.dialect.name != "sqlite":
        connection.execute(_ALONE)


def share(connection: Connection, living: Living, limit: int) -> int:
    """Return how many of *limit* connections this worker may open, and let others know.

    It is what the others leave, and at least one. Workers that died leave all of theirs. `lock`
    came before.
    """
    rows: dict[str, int] = {row.owner: row.connections for row in connection.execute(_ALL)}
    for owner in [each for each in rows if each != living.owner]:
        if not living.lives(connection, owner):
            connection.execute(_DELETE, {"of_owner": owner})
            del rows[owner]
    before = rows.pop(living.owner, None)
    mine = max(1, limit - sum(rows.values()))
    if before is None:
        connection.execute(insert(WORKER), {"owner": living.owner, "connections": mine})
    elif before != mine:
        connection.execute(_UPDATE, {"of_owner": living.owner, "count": mine})
    return mine


def leave(connection: Connection, owner: str) -> None:
    """Let the others have the connections of *owner*; again changes nothing."""
    connection.execute(_DELETE, {"of_owner": owner})
