"""Leases: who may act on a host. One row per host, fenced by owner and token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.ports import Lease
from bot.rules.errors import Code, TryAgain
from bot.storage.dialects import add_once
from bot.storage.tables import LEASE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from bot.storage.liveness import Liveness

_HOST = LEASE.c.host == bindparam("of_host")
_UPDATE = update(LEASE).where(_HOST)


def lock(connection: Connection, host: str, living: Liveness) -> Row[Any]:
    """Return the lease row of *host*, made if need be, and keep others from it until commit."""
    # FOR UPDATE is dropped on SQLite, where whoever writes is alone anyway.
    query = select(LEASE, living.standing.label("standing")).where(_HOST).with_for_update()
    found = connection.execute(query, {"of_host": host}).one_or_none()
    if found is None:
        add_once(connection, LEASE, {"host": host, "owner": "", "token": 0})
        found = connection.execute(query, {"of_host": host}).one()
    return found


def claim(connection: Connection, host: str, owner: str, living: Liveness) -> Lease | None:
    """Take the lease if it is free, ours, or its owner is dead; the token grows unless ours."""
    living.prove(owner)
    row = lock(connection, host, living)
    if row.owner != owner and row.owner and row.standing and living.lives(row.owner):
        return None
    token = row.token if row.owner == owner else row.token + 1
    values = {"owner": owner, "token": token, "until": living.until}
    connection.execute(_UPDATE.values(values), {"of_host": host})
    return Lease(host=host, owner=owner, token=token)


def check(connection: Connection, lease: Lease, living: Liveness) -> None:
    """Raise TryAgain(LEASE_LOST) unless *lease* is the one that stands; lock it until commit."""
    row = lock(connection, lease.host, living)
    if not _same(row, lease) or not row.standing:
        raise TryAgain(Code.LEASE_LOST, host=lease.host, owner=row.owner)


def renew(connection: Connection, lease: Lease, living: Liveness) -> None:
    """Extend *lease*, even late if nobody has taken it. Raises TryAgain(LEASE_LOST)."""
    row = lock(connection, lease.host, living)
    if not _same(row, lease):
        raise TryAgain(Code.LEASE_LOST, host=lease.host, owner=row.owner)
    if living.expires:
        connection.execute(_UPDATE.values(until=living.until), {"of_host": lease.host})


def free(connection: Connection, lease: Lease, living: Liveness) -> None:
    """Give *lease* up; the row keeps its token. Does nothing if it is no longer ours."""
    if _same(lock(connection, lease.host, living), lease):
        connection.execute(_UPDATE.values(owner="", until=None), {"of_host": lease.host})


def holder(connection: Connection, host: str, living: Liveness) -> str:
    """Return the live owner of the lease of *host*, or an empty string."""
    query = select(LEASE.c.owner).where(_HOST, living.standing)
    owner = connection.execute(query, {"of_host": host}).scalar_one_or_none()
    return owner if owner and living.lives(owner) else ""


def _same(row: Row[Any], lease: Lease) -> bool:
    return (row.owner, row.token) == (lease.owner, lease.token)
