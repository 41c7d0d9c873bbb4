"""Lets a bot be born again at any row of a journal, in any copy of the world."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from copy import copy
from typing import TYPE_CHECKING, cast

from bot.maintenance.effects import effects
from bot.ports import RunRecord
from bot.rules.run.journal import Draft
from bot.rules.run.replay import apply, begun
from bot.storage import open_store
from tests.account import Rules, account_of
from tests.crash.eventful import OUT
from tests.night import HOST
from tests.promises import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.ports import Lease
    from bot.rules.run.journal import Row
    from bot.storage.store import DatabaseStore
    from tests.account import Account
    from tests.night import Night

_RUN = "r1"


class Prefixes:
    """The databases that a dead bot can have left behind, one for each prefix of its journal."""

    def __init__(self, night: Night, rows: Sequence[Row], tokens: Mapping[int, int]) -> None:
        """Tell of *night*, which left *rows*; *tokens* are those of commits, by their last row."""
        self._night, self._rows, self._tokens = night, rows, tokens
        folder = self._folder = night.folder / "prefixes"
        self._written, self._reborn = folder / "written", folder / "reborn"

    async def write(self) -> None:
        """Write the journal again, row by row, and keep the database as it is after each."""
        store = open_store(self._written / "maint.sqlite", "dead")
        writer = copy(self._night)
        writer.store = store
        await writer.opt_in(out=OUT)
        run = begun(_RUN, self._rows[0])
        states = {name: str(step.state) for name, step in run.steps.items()}
        record = RunRecord(id=_RUN, host=HOST, actor=run.actor, started=run.started)
        await store.begin(record, _draft(self._rows[0]), states)
        self._keep(1)
        for row in self._rows[1:]:
            lease = await _leased(store, self._tokens.get(row.number, 1))
            before, run = run, apply(run, row)
            beside = effects(before, run, [row], rest="", limits=self._night.limits)
            await store.append(lease, _RUN, [(row.at, _draft(row))], beside)
            self._keep(row.number)
        await store.close()

    def _keep(self, number: int) -> None:
        unowned = shutil.ignore_patterns("owners", "*-shm")
        shutil.copytree(self._written, self._folder / str(number), ignore=unowned)

    @asynccontextmanager
    async def reborn(self, number: int, world: str) -> AsyncIterator[Night]:
        """Give a bot that has just risen with the first *number* rows in that copy of the world."""
        shutil.rmtree(self._reborn, ignore_errors=True)
        shutil.copytree(self._folder / str(number), self._reborn)
        again = copy(self._night)
        again.folder, again.runner = self._reborn, None
        again.simulator.restore_copy(world)
        await again.rise()
        if again.runner is None:  # a run that has ended is taken up too: pairs are to be dropped
            await again.take_up()
        try:
            yield again
        finally:
            await again.store.close()


async def _leased(store: DatabaseStore, token: int) -> Lease:
    """Return the lease of the host with at least this token: the world has seen it."""
    while (lease := await store.claim(HOST, store.owner)) and lease.token < token:
        await store.free(lease)
    assert lease is not None
    return lease


async def account_of_night(night: Night) -> Account:
    """Return the account of a night's run as it is now."""
    rules = Rules(fleet=night.fleet, policy=night.policy, limits=night.limits)
    return await account_of(cast("DatabaseStore", night.store), night.simulator, rules, _RUN)


async def broken(night: Night) -> list[str]:
    """Return the promises that are broken in a night as it is now."""
    return check(await account_of_night(night))


def _draft(row: Row) -> Draft:
    return Draft(event=row.event, guest=row.guest, data=row.data)
