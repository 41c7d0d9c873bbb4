"""The worker: carries on every run that nobody else does, each in a task of its own."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.runner import Runner
from bot.rules.errors import Code, MaintError, TryAgain
from bot.rules.run.replay import replay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.maintenance.runner import Equipment
    from bot.ports import RunRecord
    from bot.rules.run.terms import Run

logger = logging.getLogger(__name__)

TAKEN_AT_ONCE = 16  # runs in one look: each has its journal to be read
FREEZE = 3.0  # seconds of machine time between two freezes; see `_spare_the_collector`
SCAN = 0.2  # seconds of machine time between two looks for runs to carry on
RENEW = 4.0  # seconds of machine time between two renewals of a lease that lasts 15
WATCH = timedelta(minutes=10)  # world time between two looks at pairs that are kept
LONGEST_KEPT = timedelta(days=365)  # nothing of an ended run is kept for longer
RETRY = 1.0  # seconds of machine time before a database that is away is asked again


class Worker:
    """Claims hosts with work to do and keeps their runs going until told to stop."""

    def __init__(
        self,
        owner: str,
        equipment: Mapping[str, Equipment],
        trouble: Callable[[MaintError], None] = lambda _: None,
        ended: Callable[[Run], Awaitable[None]] | None = None,
    ) -> None:
        """Work as *owner* on the hosts of *equipment*; *trouble* hears what stops a run.

        *ended* is given every run that has come to its end, sometimes more than once.
        """
        self._owner, self._equipment, self._trouble = owner, equipment, trouble
        self._ended = ended
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._tried: dict[str, float] = {}  # hosts, and when they were last tried; machine time
        self._watched: datetime | None = None  # when kept pairs were looked at last; world time
        self._frozen = 0.0  # when objects were set aside last; machine time

    async def serve(self, stop: asyncio.Event) -> None:
        """Carry runs on until *stop* is set; then finish what is in flight and let go.

        Killing it at any moment is safe: another worker goes on from where the host really is.
        """
        while not stop.is_set():
            try:
                for record in self._next(await self._wanting()):
                    self._take(record, stop)
            except TryAgain as error:
                self._trouble(error)
            self._forget_done()
            self._spare_the_collector()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SCAN)
        await asyncio.gather(*self._busy.values())

    async def drop(self) -> None:
        """Let go of every run at once; what is in flight is looked for by who takes it up next."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _wanting(self) -> list[RunRecord]:
        """Return runs that are open, have wishes to obey, or pairs whose time has passed."""
        some = next(iter(self._equipment.values()))  # store and clock are the same for all
        found = list(await some.store.runs(open_only=True))
        found += await some.store.due(some.clock.now())
        found += await self._to_watch(some)
        for host in await some.store.wanted():
            found += (await some.store.runs(host=host))[:1]
        return found

    async def _to_watch(self, some: Equipment) -> list[RunRecord]:
        """Return, now and then, the newest runs that have ended and keep something of a guest.

        A snapshot can overflow, and the space for it run low; a person is to hear of that.
        """
        now = some.clock.now()
        if self._watched is not None and now - self._watched < WATCH:
            return []
        self._watched = now
        kept = await some.store.due(now + LONGEST_KEPT)
        newest = {run.host: run.id for run in reversed(await some.store.runs())} if kept else {}
        return [run for run in kept if newest[run.host] == run.id]

    def _next(self, wanting: list[RunRecord]) -> list[RunRecord]:
        """Return those to try now: first those whose hosts were tried longest ago."""
        free = [record for record in wanting if self._may_take(record.host)]
        free.sort(key=lambda record: self._tried.get(record.host, 0.0))
        chosen = free[:TAKEN_AT_ONCE]
        self._tried |= dict.fromkeys((record.host for record in chosen), time.monotonic())
        return chosen

    def _may_take(self, host: str) -> bool:
        return host in self._equipment and host not in self._busy

    def _take(self, record: RunRecord, stop: asyncio.Event) -> None:
        if not self._may_take(record.host):
            return
        self._busy[record.host] = asyncio.create_task(self._keep(record, stop))

    def _forget_done(self) -> None:
        self._busy = {host: task for host, task in self._busy.items() if not task.done()}

    def _spare_the_collector(self) -> None:
        """Keep Python's collector from walking over all runs, which takes it a quarter second.

        What runs are made of lives as long as they do; while none goes on, all is walked again.
        """
        now = time.monotonic()
        if not self._busy:
            gc.unfreeze()
        elif now - self._frozen >= FREEZE:
            gc.freeze()
            self._frozen = now

    async def _keep(self, record: RunRecord, stop: asyncio.Event) -> None:
        """Hold the host's lease while its run has something to do."""
        store = self._equipment[record.host].store
        try:
            if await store.holder(record.host) not in {"", self._owner}:
                return
            lease = await store.claim(record.host, self._owner)
            if lease is None:
                return
            rows = await store.rows(record.id)
            async with self._equipment[record.host].turnstile:
                run = replay(record.id, rows)
            gc.freeze()  # see `_spare_the_collector`
            resumed = run.number > 1 and run.ended is None
            runner = Runner(run, lease, self._equipment[record.host], resumed=resumed)
            try:
                await self._carry_on(runner, stop)
            finally:
                await store.free(runner.lease)
        except MaintError as error:
            if error.code is not Code.LEASE_LOST:
                self._trouble(error)
                await asyncio.sleep(RETRY)
        except Exception:
            logger.exception("the run %s of %s stopped by a defect", record.id, record.host)
            await asyncio.sleep(RETRY)

    async def _carry_on(self, runner: Runner, stop: asyncio.Event) -> None:
        kit = self._equipment[runner.run.host]
        renewed = time.monotonic()
        while True:
            closing = stop.is_set()
            await runner.turn(closing=closing)
            if runner.done and self._ended:
                await self._ended(runner.run)
            if runner.done or (closing and runner.idle):
                return
            if time.monotonic() - renewed >= RENEW:
                await kit.store.renew(runner.lease)
                renewed = time.monotonic()
            await kit.clock.wait_until(runner.wake)
