"""What the two databases say differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects import postgresql

    Insert = sqlite.Insert | postgresql.Insert


def insert(connection: Connection, table: Table) -> Insert:
    """Return an INSERT that knows ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects.postgresql import insert as insert_into  # noqa: PLC0415 - is slow

    return insert_into(table)


def add_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Add a row; False, and nothing is changed, if a unique index knows it already."""
    statement = insert(connection, table).values(**values).on_conflict_do_nothing()
    # Not rowcount: a driver may not know it where the database gives the row its number.
    added = connection.execute(statement.returning(*table.primary_key))
    return added.first() is not None


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows; where the primary key is known, replace the rest of the row."""
    if not rows:
        return
    statement = insert(connection, table)
    replaced = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
    keys = [column.name for column in table.primary_key]
    update = statement.on_conflict_do_update(index_elements=keys, set_=replaced)
    connection.execute(update, list(rows))


def alone(connection: Connection, table: Table) -> None:
    """Keep others from adding to *table* until this transaction ends; they may go on reading.

    A transaction that writes into SQLite is alone from its beginning.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
