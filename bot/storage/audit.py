"""The audit: who asked for what and what came of it; and how far each chat has told each run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from bot.ports import AuditRow, Cursor
from bot.storage.dialects import add_once, put
from bot.storage.rows import built, select_fields
from bot.storage.tables import AUDIT, CURSOR

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NEWEST = select_fields(AUDIT, AuditRow).order_by(AUDIT.c.number.desc())
_ONE = select_fields(AUDIT, AuditRow).where(AUDIT.c.key == bindparam("of_key"))
_CURSOR = select_fields(CURSOR, Cursor).where(
    CURSOR.c.chat == bindparam("of_chat"), CURSOR.c.run == bindparam("of_run")
)


def add(connection: Connection, row: AuditRow) -> bool:
    """Record a request; False if its key was seen before. Rows without a key are all new."""
    return add_once(connection, AUDIT, asdict(row))


def settle(connection: Connection, key: str, result: str) -> None:
    """Record what came of the request with this key; a row without a key cannot be meant."""
    matches = (AUDIT.c.key == key) & (AUDIT.c.key != "")
    connection.execute(update(AUDIT).where(matches).values(result=result))


def newest(connection: Connection, host: str, limit: int) -> tuple[AuditRow, ...]:
    """Return the newest rows, of one host or of all, newest first."""
    query = _NEWEST.where(AUDIT.c.host == host) if host else _NEWEST
    return tuple(built(AuditRow, row) for row in connection.execute(query.limit(limit)))


def one(connection: Connection, key: str) -> AuditRow | None:
    """Return the row of the request with this key, or None."""
    found = connection.execute(_ONE, {"of_key": key}).one_or_none()
    return None if found is None else built(AuditRow, found)


def cursor(connection: Connection, chat: str, run: str) -> Cursor:
    """Return how far *chat* has told *run*; number 0 if it has told nothing."""
    found = connection.execute(_CURSOR, {"of_chat": chat, "of_run": run}).one_or_none()
    return Cursor(chat=chat, run=run, number=0) if found is None else built(Cursor, found)


def move(connection: Connection, cursor: Cursor) -> None:
    """Record how far a chat has told a run."""
    put(connection, CURSOR, [asdict(cursor)])
