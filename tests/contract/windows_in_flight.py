"""What holds wherever a change of a window cuts into the sending of its first notice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from notifications import DeliveryState
from tests.unit.maintenance.windows.moving import (
    CHANGES,
    KEYS,
    LETTER,
    OLD,
    TOLD,
    ended,
    scene,
)
from tests.unit.notifications.clock import turn

FAULTS = ("450_rcpt,share=0.3,times=1", "drop_after_dot,share=0.2,times=1")
SEEDS = 16


class InFlightContract:
    """The fixture `address` has the URL of a new database; empty: a file."""

    @pytest.mark.parametrize("seed", range(SEEDS))
    async def test_wherever_a_change_cuts_in_everybody_hears_what_is_so_once(
        self, tmp_path: Path, address: str, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 - a test
        change = chance.choice(list(TOLD))
        async with scene(tmp_path, *FAULTS, processes=2, seed=seed, address=address) as s:
            await s.bots[0].approve(LETTER)
            await s.relay.until_begun(chance.randrange(7))
            await CHANGES[change](s)
            s.relay.trouble.faults = ()
            before, states = s.taken(LETTER), await s.states()
            await s.released()
            may = {DeliveryState.SENT, DeliveryState.UNCERTAIN}
            know = [key for key in KEYS if states[key] in may]

            assert s.taken(LETTER) == before
            assert set(before) <= set(know)
            assert await s.got(TOLD[change]) == know
            others = [key for key in KEYS if key not in know] if change == "moved" else []
            assert await s.got("scheduled") == others

    @pytest.mark.parametrize("seed", range(SEEDS))
    async def test_a_change_that_is_given_up_at_any_moment_is_whole_or_is_not(
        self, tmp_path: Path, address: str, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 - a test
        async with scene(tmp_path, seed=seed, address=address) as s:
            await s.bot.approve(LETTER)
            await s.relay.until_begun(chance.randrange(1, 7))
            moving = asyncio.create_task(s.moved())
            for _ in range(int(2 ** chance.uniform(7, 15))):
                await turn()
            moving.cancel()
            await ended(moving)
            await s.bot.becomes_over(LETTER)
            moved = (await s.bot.store.window(s.window.number)).start != OLD
            letters = [draft for draft in await s.bot.drafted() if not draft.announce]
            await s.released()
            heard = [*await s.got("rescheduled"), *await s.got("scheduled")]

        assert sorted(heard) == (list(KEYS) if moved else [])
        assert bool(letters) is moved
        assert moved or s.taken(LETTER) == list(KEYS)
