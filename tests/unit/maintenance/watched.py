"""Real parts with an eye on them: a store and a host that tell a test what passes through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from bot.maintenance.recheck import Recheck
from bot.maintenance.runner import Equipment
from bot.ports import Effects, HostExecutor, Lease, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.rules.operation import Operation
    from bot.rules.run.journal import Draft, Row
    from tests.night import Night


class WatchedHost:
    """Delegates to a host, and notes for every operation whether its intent was committed."""

    def __init__(self, host: HostExecutor, store: Store) -> None:
        self._host, self._store = host, store
        self.submitted: dict[str, bool] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the host has
        return getattr(self._host, name)

    async def submit(self, operation: Operation, token: int) -> None:
        rows = await self._store.rows(operation.id.run)
        verb, guest = str(operation.id.verb), operation.id.guest
        known = any(r.guest == guest and r.data.get("verb") == verb for r in rows)
        self.submitted[str(operation.id)] = known
        await self._host.submit(operation, token)


class WatchedStore:
    """Delegates to a store, and sets `reached` when a commit satisfies *wanted*."""

    def __init__(self, store: Store, wanted: Callable[[Sequence[Row], Effects], bool]) -> None:
        self._store, self._wanted = store, wanted
        self.reached = asyncio.Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._store, name)

    async def append(
        self,
        lease: Lease,
        run: str,
        drafts: Sequence[tuple[datetime, Draft]],
        effects: Effects,
    ) -> tuple[Row, ...]:
        rows = await self._store.append(lease, run, drafts, effects)
        if self._wanted(rows, effects):
            self.reached.set()
        return rows


def equipment(made: Night, store: object) -> Mapping[str, Equipment]:
    """Return what a worker needs to carry the night's run on, behind *store*."""
    given = cast("Store", store)
    kit = Equipment(
        executor=made.executor,
        prober=made.simulator.prober(),
        store=given,
        clock=made.clock,
        recheck=Recheck(made.fleet, given, made.policy, made.limits),
        limits=made.limits,
    )
    return {made.run.host: kit} if made.runner else {next(iter(made.fleet.hosts)): kit}
