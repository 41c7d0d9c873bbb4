"""Trials that customers wish for, and what they have confirmed: rows are only ever added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, insert, select

from bot.rules.optin import TrialWish, standing
from bot.storage import dialects
from bot.storage.rows import built, select_fields
from bot.storage.tables import CONSENT_TEXT, LINK_GENERATION, TRIAL_WISH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

T = TypeVar("T")

_AFTER = (
    select_fields(TRIAL_WISH, TrialWish)
    .where(TRIAL_WISH.c.number > bindparam("after_number"))
    .order_by(TRIAL_WISH.c.number)
)


def add(connection: Connection, rows: Sequence[TrialWish]) -> None:
    """Add statements; their order of arrival is the database's."""
    values = [{k: v for k, v in asdict(row).items() if k != "number"} for row in rows]
    if values:
        connection.execute(insert(TRIAL_WISH), values)


def rewish(
    connection: Connection,
    work: Callable[[Connection, Mapping[str, TrialWish]], tuple[Sequence[TrialWish], T]],
) -> T:
    """Add the statements that *work* makes of the newest ones; nobody adds one meanwhile."""
    dialects.alone(connection, TRIAL_WISH)
    rows, value = work(connection, newest(connection))
    add(connection, rows)
    return value


def after(connection: Connection, number: int = 0) -> tuple[TrialWish, ...]:
    """Return every statement after a number, oldest first."""
    rows = connection.execute(_AFTER, {"after_number": number})
    return tuple(built(TrialWish, row) for row in rows)


def newest(connection: Connection) -> Mapping[str, TrialWish]:
    """Return the newest statement about each guest."""
    return standing(after(connection))


def keep_text(connection: Connection, version: str, text: str, since: datetime) -> None:
    """Keep the words of a warning for ever, so that it can be said what was confirmed."""
    values: dict[str, Any] = {"version": version, "text": text, "since": since}
    dialects.add_once(connection, CONSENT_TEXT, values)


def kept_text(connection: Connection, version: str) -> str:
    """Return the words of a warning; empty: nobody has confirmed it."""
    query = select(CONSENT_TEXT.c.text).where(CONSENT_TEXT.c.version == version)
    return connection.execute(query).scalar() or ""


def generations(connection: Connection) -> Mapping[str, int]:
    """Return how often the links of guests were revoked, where they were."""
    rows = connection.execute(select(LINK_GENERATION.c.guest, LINK_GENERATION.c.generation))
    return {row.guest: row.generation for row in rows}


def revoke(connection: Connection, guests: Sequence[str]) -> None:
    """Revoke every link that was ever made for *guests*."""
    dialects.alone(connection, LINK_GENERATION)
    known = generations(connection)
    rows = [{"guest": guest, "generation": known.get(guest, 0) + 1} for guest in guests]
    dialects.put(connection, LINK_GENERATION, rows)
