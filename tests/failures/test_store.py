"""The bot's own disk or database fails: nothing is half recorded, nothing begins unrecorded."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from bot.ports import Store
from bot.rules.errors import Code, TryAgain
from tests.failures.begun import QUIET, begun, results
from tests.failures.failing_store import FailingStore
from tests.night import HOST, Night


async def behind(made: Night, method: str) -> FailingStore:
    """Put the night's bot behind a store that can be shut, and let it take its run up again."""
    door = FailingStore(made.store, method)
    made.store = cast("Store", door)
    await made.take_up()
    return door


@pytest.mark.failure(59)
@pytest.mark.parametrize("method", ["append", "news"])
async def test_without_its_database_a_run_begins_nothing_and_remembers_nothing(
    tmp_path: Path, method: str
) -> None:
    async with begun(tmp_path) as n:
        door = await behind(n, method)
        door.shut = True
        before = (n.run, n.simulator.world(HOST).ops)
        with pytest.raises(TryAgain) as refused:
            await n.turn()

        assert refused.value.code is Code.STORE_UNREACHABLE
        assert (n.run, n.simulator.world(HOST).ops) == before
        door.shut = False
        await n.until("ended")
        assert results(n) == QUIET


@pytest.mark.failure(59)
@pytest.mark.parametrize("turns", [3, 20, 85, 95])
async def test_a_database_that_goes_away_in_the_middle_costs_nothing_but_time(
    tmp_path: Path, turns: int
) -> None:
    async with begun(tmp_path) as n:
        door = await behind(n, "append")
        for _ in range(turns):
            await n.turn()
        door.shut = True
        for _ in range(30):
            try:
                await n.turn()
            except TryAgain:
                n.clock.advance(1.0)
        door.shut = False
        await n.until("ended")

        assert results(n) == QUIET
