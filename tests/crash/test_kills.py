"""The real process is killed with SIGKILL, again and again, and every guest is accounted for.

Half of the evenings are cut at random moments from outside, half at exact boundaries: before or
after a commit, before or after a submit. `--kills N` kills more; a failure names its seed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.crash.evening import Evening, evening
from tests.crash.victim import Life

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 10  # in each test
SHARE = 0.5  # of the evenings whose bots die at exact boundaries
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0  # seconds for one life that nobody kills; an evening takes a few
_LATEST = 0.8  # seconds after its birth that a bot is killed from outside
_FARTHEST = 110  # boundaries; a whole evening has some hundreds
_ANSWERS = 10  # times that a person is asked for something, in one evening


class Nursery:
    """The process that bears the bots, seen from the test that kills them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def bear(self, life: Life) -> int:
        """Begin a life; return its process's id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
        return int(self._told(_PATIENCE)["born"])

    def death(self, seconds: float) -> int | None:
        """Wait for the death; return its exit status, or None if it lives still."""
        told = self._told(seconds)
        return int(told["died"]) if told else None

    def _told(self, seconds: float) -> dict[str, Any]:
        out = self._process.stdout
        assert out is not None
        if not select.select([out], [], [], seconds)[0]:
            return {}
        answer: dict[str, Any] = json.loads(out.readline())
        return answer

    def close(self) -> None:
        """Let it end: there are no more lives to bear."""
        with self._process:
            pass


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        kills, first = (metafunc.config.getoption(name) for name in ("--kills", "--kill-seed"))
        metafunc.parametrize("seed", range(first, first + -(-kills // KILLS)))


def one_life(nursery: Nursery, life: Life, seconds: float) -> int:
    """Live for so long at most, then be killed from outside; return the exit status."""
    pid = nursery.bear(life)
    status = nursery.death(seconds)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status = nursery.death(_PATIENCE)
    assert status in {0, -signal.SIGKILL}, Path(life.log).read_text(encoding="utf-8")
    return status


def doom(life: Life, chance: Random, *, at_boundary: bool) -> tuple[Life, float]:
    """Return a life that ends early, and for how many seconds it is let live."""
    if at_boundary:
        return replace(life, boundary=chance.randint(1, _FARTHEST)), _PATIENCE
    return life, chance.uniform(0.0, _LATEST)


async def live_through(nursery: Nursery, here: Evening, chance: Random, kills: int) -> int:
    """Let bots live until every run has ended, killing so many at most; return how many died."""
    life = here.life()
    at_boundary, died, answers = chance.random() < SHARE, 0, 0
    while not await here.over():
        doomed, seconds = life, _PATIENCE
        if died < kills:
            doomed, seconds = doom(life, chance, at_boundary=at_boundary)
        if one_life(nursery, doomed, seconds):
            assert died < kills, f"a bot did not come to rest\n{await here.told()}"
            died += 1
        else:
            answers += len(await here.answer())
            assert answers < _ANSWERS, await here.told()
    return died


async def test_killed_again_and_again_it_accounts_for_every_guest(
    nursery: Nursery, tmp_path: Path, seed: int
) -> None:
    chance, kills = Random(seed), 0  # noqa: S311 - draws moments, no secrets
    while kills < KILLS:
        async with evening(tmp_path / f"after-{kills}", chance) as here:
            kills += await live_through(nursery, here, chance, KILLS - kills)
            wrong = await here.broken()
            assert not wrong, f"seed {seed}\n{wrong}\n{await here.told()}"
