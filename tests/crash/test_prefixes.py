"""Whatever a dying bot has left of its journal, the next one finds where the host really is.

Each prefix of the journal of one eventful night meets the world as it was when its last row was
committed, and, where a commit ends, the world as it was after the effects of all its rows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.effects import head
from bot.rules.run.replay import replay
from tests.crash.eventful import LIMITS, Marking, after, at, eventful
from tests.crash.rebirth import Prefixes, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.run.journal import Row

SHARES = 6  # the sample of runs that are carried on to their end, in so many tests
EVERY = 8  # one of so many is in the sample


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The eventful night, over."""

    rows: tuple[Row, ...]
    marking: Marking
    prefixes: Prefixes
    broken: list[str]

    def deaths(self) -> Iterator[tuple[int, str]]:
        """Yield every prefix with each world that it can have left."""
        ends = sorted(self.marking.tokens)
        for row in self.rows:
            yield row.number, at(next(end for end in ends if end >= row.number))
            if row.number in self.marking.tokens:
                yield row.number, after(row.number)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    async def live() -> Lived:
        async with eventful(tmp_path_factory.mktemp("night")) as (night, marking):
            rows = await night.rows()
            prefixes = Prefixes(night, rows, marking.tokens)
            await prefixes.write()
            wrong = await broken(night)
            return Lived(rows=rows, marking=marking, prefixes=prefixes, broken=wrong)

    return asyncio.run(live())


def test_the_night_itself_keeps_every_promise(lived: Lived) -> None:
    assert lived.broken == []


def test_the_night_is_eventful(lived: Lived) -> None:
    happened = {f"{row.event} {row.data.get('verb', '')}".strip() for row in lived.rows}

    assert happened >= {"failed save", "done rollback", "never restore", "held", "answered"}
    assert happened >= {"done reboot", "intended destroy", "failed boot", "late"}


async def recover(lived: Lived, number: int, world: str) -> list[str]:
    """Recover, check, recover again; return what was wrong."""
    async with lived.prefixes.reborn(number, world) as night:
        assert night.runner is not None
        await night.runner.turn(closing=True)
        wrong = await broken(night)
        known = len(await night.rows())
        if await night.runner.turn(closing=True) or len(await night.rows()) != known:
            wrong.append("a second recovery has found more than the first")
        return [f"{number} rows, world {world}: {sentence}" for sentence in wrong]


def test_recovery_from_any_prefix_keeps_every_promise_and_happens_once(lived: Lived) -> None:
    async def all_of_them() -> list[str]:
        return [wrong for death in lived.deaths() for wrong in await recover(lived, *death)]

    assert asyncio.run(all_of_them()) == []


async def go_on(lived: Lived, number: int, world: str) -> list[str]:
    """Carry the run on to its end; return what was wrong."""
    async with lived.prefixes.reborn(number, world) as night:
        await night.until("ended")
        return [f"{number} rows, world {world}: {sentence}" for sentence in await broken(night)]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_run_goes_on_to_its_end_from_any_prefix(lived: Lived, share: int) -> None:
    sample = list(lived.deaths())[share::SHARES][::EVERY]

    async def all_of_them() -> list[str]:
        return [wrong for death in sample for wrong in await go_on(lived, *death)]

    assert asyncio.run(all_of_them()) == []


def test_statuses_are_caches_that_the_journal_rebuilds(lived: Lived) -> None:
    for number, (record, states) in lived.marking.caches.items():
        run = replay(record.id, lived.rows[:number])

        assert states == {name: str(step.state) for name, step in run.steps.items()}
        assert record == head(run, record.rest, LIMITS)
