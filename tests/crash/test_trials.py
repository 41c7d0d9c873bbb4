"""A trial that dies at any point goes on from where the host really is, and breaks no promise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.rules.optin import TrialWish
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings
from bot.rules.run.report import became
from tests.crash.eventful import LIMITS, Marking, after, at
from tests.crash.rebirth import Prefixes, broken
from tests.night import HOST, START, guest, night

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.ports import Store
    from tests.night import Night

NAMES = ("well", "dying", "forgotten", "hurt", "last")
#: What becomes of them, wherever the bot dies.
BECAME = {
    "well": "restored",
    "dying": "rolled_back",
    "forgotten": "restored",
    "hurt": "rolled_back",
    "last": "not_tried",
}
SHARES = 4  # of the deaths, in so many tests
EVERY = 5  # one of so many is carried on to its end


async def _live(folder: Path) -> tuple[Marking, Prefixes, int]:
    guests = [guest(name, kernel="5.10.0-8-amd64") for name in NAMES]
    about: dict[str, Any] = {"policy": PolicySettings(), "limits": LIMITS, "keep_copies": True}
    async with night(folder, *guests, guest("beside"), **about) as lived:
        lived.simulator.inject(HOST, "dead", guest="dying")
        lived.simulator.inject(HOST, "forgets", guest="forgotten", verb="snapshot")
        lived.simulator.inject(HOST, "damage", guest="hurt", seconds=20.0)
        lived.simulator.inject(HOST, "lost_after", guest="hurt", verb="rollback")
        wishes = [TrialWish(guest=g, wanted=True, at=START, who="c", how="chat") for g in NAMES]
        await lived.store.wish_trials(wishes)
        marking = Marking(lived.store, lived.simulator)
        lived.store = cast("Store", marking)
        lived.simulator.mark(at(1))
        await lived.begin(PlanOptions(trial=NAMES))
        await lived.until("ended")
        lived.simulator.mark(after(marking.last))
        rows = await lived.rows()
        assert (_became(lived), await broken(lived)) == (BECAME, [])
        prefixes = Prefixes(lived, rows, marking.tokens)
        await prefixes.write()
        return marking, prefixes, len(rows)


def _became(made: Night) -> dict[str, str]:
    return {name: became(step) for name, step in made.run.steps.items()}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Marking, Prefixes, int]:
    return asyncio.run(_live(tmp_path_factory.mktemp("trial")))


def _deaths(marking: Marking, rows: int) -> Iterator[tuple[int, str]]:
    """Yield every prefix with each world that it can have left."""
    ends = sorted(marking.tokens)
    for number in range(1, rows + 1):
        yield number, at(next(end for end in ends if end >= number))
        if number in marking.tokens:
            yield number, after(number)


@pytest.mark.parametrize("share", range(SHARES))
def test_a_trial_goes_on_to_its_end_from_any_prefix(
    lived: tuple[Marking, Prefixes, int], share: int
) -> None:
    marking, prefixes, rows = lived

    async def go_on(number: int, world: str) -> tuple[dict[str, str], list[str]]:
        async with prefixes.reborn(number, world) as made:
            await made.until("ended")
            return _became(made), await broken(made)

    sample = list(_deaths(marking, rows))[share::SHARES][::EVERY]
    for death in sample:
        assert (death, *asyncio.run(go_on(*death))) == (death, BECAME, [])
