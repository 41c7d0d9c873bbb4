"""What `notifications` asks of this database: transactions of its own, and proof of life."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select, text

from bot.rules.errors import TryAgain
from bot.storage import dialects
from bot.storage.liveness import LEASE_SECONDS
from notifications import METADATA, Problem, StoreAway

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.storage.database import Database
    from bot.storage.liveness import Liveness

T = TypeVar("T")

_WORKER = METADATA.tables["mail_worker"]


class MailTransactions:
    """Transactions of the pipeline, in the database of everything else."""

    def __init__(self, database: Database) -> None:
        """Share *database*, which somebody else closes."""
        self._database = database

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* reads. Raises StoreAway."""
        try:
            return await self._database.read(work)
        except TryAgain as error:
            raise _away(error) from error

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Return what *work* returns, once it is durable. Raises StoreAway."""
        try:
            return await self._database.write(work, first=first)
        except TryAgain as error:
            raise _away(error) from error


class MailWorkers:
    """Whether a worker of the pipeline lives: by its lock, or by the database's clock."""

    def __init__(self, living: Liveness, owner: str) -> None:
        """Prove life as *owner*, in the way that *living* does."""
        self.owner = owner
        self._living = living

    def prove(self, connection: Connection) -> None:
        """Let others see that this owner lives; where a clock decides, for `LEASE_SECONDS`."""
        self._living.prove(self.owner)
        if self._living.expires:
            until = func.clock_timestamp() + text(f"interval '{LEASE_SECONDS} seconds'")
            add = dialects.insert(connection, _WORKER).values(
                owner=self.owner, connections=0, until=until
            )
            key = [_WORKER.c.owner]
            connection.execute(add.on_conflict_do_update(index_elements=key, set_={"until": until}))

    def lives(self, connection: Connection, owner: str) -> bool:
        """Say whether *owner* is alive."""
        if not self._living.expires:
            return self._living.lives(owner)
        standing = _WORKER.c.until > func.clock_timestamp()
        query = select(_WORKER.c.owner).where(_WORKER.c.owner == owner, standing)
        return connection.execute(query).first() is not None


def _away(error: TryAgain) -> StoreAway:
    return StoreAway(Problem.STORE, detail=str(error.fields.get("problem", error.code.value)))
