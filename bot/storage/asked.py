"""What was asked in chats: recorded before it is acknowledged, settled when it is answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.ports import Asked
from bot.storage.dialects import add_once
from bot.storage.rows import built, select_fields
from bot.storage.tables import ASKED

if TYPE_CHECKING:
    from sqlalchemy import Connection

FAILED = frozenset({1, 2})  # exit statuses after which the same may be asked again

_OPEN = (
    select_fields(ASKED, Asked)
    .where(ASKED.c.chat == bindparam("of_chat"), ASKED.c.status.is_(None))
    .order_by(ASKED.c.number)
)
_ANSWER = update(ASKED).where(ASKED.c.key == bindparam("of_key"))
_STATUS = select(ASKED.c.status).where(ASKED.c.key == bindparam("of_key"))
_DELIVERED = select(ASKED.c.number).where(ASKED.c.delivery == bindparam("of_delivery"))


def add(connection: Connection, asked: Asked) -> str:
    """Record a request; return its key, no other's; empty if it came before.

    A key that failed before is told from its first use by a number behind it.
    """
    if connection.execute(_DELIVERED, {"of_delivery": asked.delivery}).first():
        return ""
    key, attempt = asked.key, 1
    while not add_once(connection, ASKED, {**asdict(asked), "key": key}):
        if connection.execute(_STATUS, {"of_key": key}).scalar() not in FAILED:
            return ""
        attempt += 1
        key = f"{asked.key}#{attempt}"
    return key


def answered(connection: Connection, key: str, status: int) -> None:
    """Record that the request with this key has its answer."""
    connection.execute(_ANSWER.values(status=status), {"of_key": key})


def unanswered(connection: Connection, chat: str) -> tuple[Asked, ...]:
    """Return the requests of *chat* without an answer, oldest first."""
    return tuple(built(Asked, row) for row in connection.execute(_OPEN, {"of_chat": chat}))
