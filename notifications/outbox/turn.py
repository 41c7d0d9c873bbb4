"""What a worker does in one transaction, again and again: its turn, its upkeep, its leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.outbox import endings, recover, workers
from notifications.outbox.claim import head, take

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.outbox.claim import Head, Taken, Wish
    from notifications.ports import Living


def turn(
    connection: Connection,
    *,
    wish: Wish,
    known: AbstractSet[int],
    held: AbstractSet[int] | None = None,
) -> tuple[Taken, dict[int, Head]]:
    """Claim what *wish* asks for; return it with the heads that are not *known*.

    Where nothing can be claimed, the campaigns that have nothing left are done. *held*, if an
    answer of the database was lost: what the worker knows to have in hand; the rest is let go of.
    """
    if held is not None:
        recover.forget(connection, wish.owner, wish.at, held)
    taken = take(connection, wish)
    if taken.dry and not taken.claimed:
        endings.finish(connection, wish.at, announce=wish.announce)
    unknown = {each.campaign for each in taken.claimed} - known
    return taken, {number: head(connection, number) for number in unknown}


def keep(connection: Connection, *, living: Living, at: datetime, connections: int) -> int:
    """Prove life and look for the dead; return how many of *connections* are this worker's."""
    workers.lock(connection)
    living.prove(connection)
    recover.recover(connection, living, at)
    return workers.share(connection, living, connections)


def leave(connection: Connection, *, owner: str, at: datetime) -> None:
    """Give back all that *owner* has; again changes nothing."""
    workers.lock(connection)
    recover.abandon(connection, owner, at)
    workers.leave(connection, owner)
