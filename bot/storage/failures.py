"""Foreign exceptions stop here: what a database's failure means to the one who asked."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from bot.rules.errors import BadConfiguration, Code, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.errors import MaintError

# A file of another kind, or one that was damaged: no repetition mends it.
_NOT_A_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
# Locked, full, away, a deadlock, a stand-by that only reads. What is not listed is a defect.
_PASSING = (OperationalError, InterfaceError, InternalError, sqlite3.OperationalError, OSError)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn failures of the database at *place* into errors of `bot`; let defects through.

    Raises:
        TryAgain: STORE_UNREACHABLE; nothing of the transaction is recorded.
        BadConfiguration: CONFIGURATION; the file is no database, or a damaged one.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        verdict = _verdict(place, error)
        if verdict is None:
            raise
        raise verdict from error


def _verdict(place: str, error: Exception) -> MaintError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    problem = " ".join(str(cause).split())
    # Extended codes keep the primary one in their low byte.
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _NOT_A_DATABASE:
        return BadConfiguration(Code.CONFIGURATION, faults=[f"{place}: {problem}"])
    if isinstance(error, _PASSING) or _disconnected(error):
        return TryAgain(Code.STORE_UNREACHABLE, path=place, problem=problem)
    return None


def _disconnected(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated
