"""One life of the real bot: the daemon's worker on accelerated hosts, until it is at rest or dead.

It may be doomed to kill itself with SIGKILL at the n-th boundary of its work: before or after a
commit of the journal, before or after an operation is submitted.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot.app import AppOptions, open_app
from bot.maintenance.worker import Worker

if TYPE_CHECKING:
    from bot.app import App
    from bot.ports import HostExecutor, Store
    from bot.rules.errors import MaintError

_GLANCE = timedelta(seconds=2)  # of world time, between two looks whether all is at rest


@dataclass(frozen=True, kw_only=True)
class Life:
    """Where a bot lives, and at which boundary it dies; 0: at none."""

    config: str
    data: str
    log: str
    boundary: int = 0


def live(life: Life) -> int:
    """Live until every run is at rest; return the exit status."""
    return asyncio.run(_live(life))


async def _live(life: Life) -> int:
    options = AppOptions(config=Path(life.config), data=Path(life.data))
    async with open_app(options, _complain) as app:
        worker = _doomed(app, Doom(life.boundary)) if life.boundary else app.worker
        stop = asyncio.Event()
        serving = asyncio.create_task(worker.serve(stop))
        await _rest(app)
        stop.set()
        await serving
    return 0


async def _rest(app: App) -> None:
    """Return when no run moves any more and nobody has asked for anything."""
    clock = app.desk.clock
    while await app.store.wanted() or any(not run.rest for run in await app.store.runs()):
        await clock.wait_until(clock.now() + _GLANCE)


def _complain(error: MaintError) -> None:
    print(error, file=sys.stderr, flush=True)  # noqa: T201 - the log of the victim


class Doom:
    """Counts the boundaries that are passed, and strikes at the last."""

    def __init__(self, boundary: int) -> None:
        self._left = boundary

    def near(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class _DoomedStore:
    def __init__(self, store: Store, doom: Doom) -> None:
        self._store, self._doom = store, doom

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._store, name)

    async def append(self, *given: Any) -> Any:  # noqa: ANN401 - as the store takes and gives it
        self._doom.near()
        rows = await self._store.append(*given)
        self._doom.near()
        return rows


class _DoomedHost:
    def __init__(self, executor: HostExecutor, doom: Doom) -> None:
        self._executor, self._doom = executor, doom

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the executor has
        return getattr(self._executor, name)

    async def submit(self, *given: Any) -> None:  # noqa: ANN401 - as the executor takes it
        self._doom.near()
        await self._executor.submit(*given)
        self._doom.near()


def _doomed(app: App, doom: Doom) -> Worker:
    """Return the app's worker again, its store and hosts under *doom*."""
    store = cast("Store", _DoomedStore(app.store, doom))
    equipment = {
        host: replace(
            kit, store=store, executor=cast("HostExecutor", _DoomedHost(kit.executor, doom))
        )
        for host, kit in app.worker._equipment.items()
    }
    return Worker(app.store.owner, equipment, _complain)
