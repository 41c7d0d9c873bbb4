"""Wishes: commands that concern a run, committed before anything is done about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.ports import Wish
from bot.storage.dialects import add_once
from bot.storage.rows import built, select_fields
from bot.storage.tables import WISH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_OPEN = (
    select_fields(WISH, Wish)
    .where(WISH.c.host == bindparam("of_host"), ~WISH.c.obeyed)
    .order_by(WISH.c.number)
)
_WANTED = select(WISH.c.host).where(~WISH.c.obeyed).distinct()
_OBEY = update(WISH).where(WISH.c.key == bindparam("of_key")).values(obeyed=True)


def add(connection: Connection, wish: Wish) -> bool:
    """Record a wish; False if its key was seen before (nothing is recorded then)."""
    values = {**asdict(wish), "obeyed": False}
    del values["number"]  # given by the database
    return add_once(connection, WISH, values)


def still_open(connection: Connection, host: str) -> tuple[Wish, ...]:
    """Return the wishes for *host* not yet obeyed, oldest first."""
    return tuple(built(Wish, row) for row in connection.execute(_OPEN, {"of_host": host}))


def wanted(connection: Connection) -> frozenset[str]:
    """Return the hosts for which there are wishes not yet obeyed."""
    return frozenset(connection.execute(_WANTED).scalars())


def obeyed(connection: Connection, keys: Sequence[str]) -> None:
    """Record that the wishes with these keys need no more attention."""
    if keys:
        connection.execute(_OBEY, [{"of_key": key} for key in keys])
