"""Adding a row that a unique index may know already, in both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects import postgresql


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Add a row and return its number; None, and nothing is changed, if it is there already."""
    (key,) = table.primary_key
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    number: int | None = connection.execute(statement.returning(key)).scalar()
    return number


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - is slow

    return insert(table)
