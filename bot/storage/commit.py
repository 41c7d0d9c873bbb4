"""One PostgreSQL transaction whose outcome is known, even if the connection dies at its commit."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

# Seconds between questions to a database that went away. Their sum is more than a lease: an owner
# that waited in vain has lost it, and reads the journal anew before it does anything.
_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)

_ID = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
_STATUS = text("SELECT pg_xact_status(CAST(:id AS xid8))")


def committing(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do *work* in a transaction, commit it, and return what it returned.

    When the connection is lost at the commit, the database is asked what became of it.

    Raises:
        DBAPIError: nothing was committed; or the database stayed away and nobody knows.
    """
    with engine.connect() as connection:
        value = work(connection)
        transaction = connection.scalar(_ID)
        try:
            connection.commit()
        except DBAPIError as error:
            if not error.connection_invalidated or not transaction:
                raise
            if _outcome(engine, transaction) != "committed":
                raise
    return value


def _outcome(engine: Engine, transaction: str) -> str:
    """Return "committed" or "aborted"; empty if the database does not say in time."""
    for pause in _PAUSES:
        threading.Event().wait(pause)
        status = _status(engine, transaction)
        if status in {"committed", "aborted"}:
            return status
    return ""


def _status(engine: Engine, transaction: str) -> str:
    try:
        with engine.connect() as connection:
            return str(connection.scalar(_STATUS, {"id": transaction}))
    except (OperationalError, InterfaceError):
        return ""
