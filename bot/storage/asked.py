"""What was asked in chats: recorded before it is acknowledged, settled when it is answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.ports import Asked
from bot.storage.dialects import add_once
from bot.storage.rows import select_fields
from bot.storage.tables import ASKED

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, Row

    from bot.storage.mail import MailWorkers

FAILED = frozenset({1, 2})  # exit statuses after which the same may be asked again at once
ONE_PRESS = 10.0  # seconds of machine time in which a second click means the first

_OPEN = (
    select_fields(ASKED, Asked)
    .add_columns(ASKED.c.owner)
    .where(ASKED.c.chat == bindparam("of_chat"), ASKED.c.status.is_(None))
    .order_by(ASKED.c.number)
)
_ANSWER = update(ASKED).where(ASKED.c.key == bindparam("of_key"))
_BEFORE = select(ASKED.c.status, ASKED.c.at).where(ASKED.c.key == bindparam("of_key"))
_DELIVERED = select(ASKED.c.number).where(ASKED.c.delivery == bindparam("of_delivery"))


def add(connection: Connection, asked: Asked, owner: str) -> str:
    """Record a request that *owner* does; return its key, no other's; empty if it came before.

    A key that may be used again is told from its first use by a number behind it.
    """
    if connection.execute(_DELIVERED, {"of_delivery": asked.delivery}).first():
        return ""
    key, attempt = asked.key, 1
    while not add_once(connection, ASKED, {**asdict(asked), "key": key, "owner": owner}):
        status, at = connection.execute(_BEFORE, {"of_key": key}).one()
        if not _over(status, asked.at - at):
            return ""
        attempt += 1
        key = f"{asked.key}#{attempt}"
    return key


def _over(status: int | None, age: float) -> bool:
    """Say whether what was asked so many seconds ago is over, and the same is meant anew."""
    return status in FAILED or (status is not None and age > ONE_PRESS)


def answered(connection: Connection, key: str, status: int) -> None:
    """Record that the request with this key has its answer."""
    connection.execute(_ANSWER.values(status=status), {"of_key": key})


def orphaned(connection: Connection, chat: str, workers: MailWorkers) -> tuple[Asked, ...]:
    """Return the requests of *chat* without an answer whose owner is no more, oldest first."""
    found = connection.execute(_OPEN, {"of_chat": chat}).all()
    dead = {
        owner: owner != workers.owner and not workers.lives(connection, owner)
        for owner in {row.owner for row in found}
    }
    return tuple(_asked(row) for row in found if dead[row.owner])


def _asked(row: Row[Any]) -> Asked:
    values = row._asdict()
    del values["owner"]
    return Asked(**values)
