"""Three processes keep a hundred windows that are due, and are killed again and again.

Every run begins once, every row is done once or is reported missed once. `--kill-seed N` draws
other deaths.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.crash.due_windows import PROCESSES, due_windows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KILLS = 12


async def test_killed_again_and_again_they_do_what_is_due_exactly_once(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("--kill-seed")
    async with due_windows(tmp_path) as here:
        await here.live_through(Random(seed), KILLS)  # noqa: S311 - draws moments, no secrets
        here.end()

        wrong = await here.wrong()
        assert not wrong, f"seed {seed}\n{wrong}\n{here.words()}"
        assert here.killed >= PROCESSES
