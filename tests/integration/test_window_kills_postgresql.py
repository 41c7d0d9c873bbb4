"""Three processes keep a hundred windows over PostgreSQL, and are killed again and again.

The leases of a dead one are over after some seconds; then the others go on with its windows.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.crash.due_windows import PROCESSES, due_windows
from tests.integration.test_store_postgresql import new_database

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KILLS = 6


async def test_killed_again_and_again_they_do_what_is_due_exactly_once(
    tmp_path: Path, postgresql: str, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("--kill-seed")
    async with due_windows(tmp_path, new_database(postgresql)) as here:
        await here.live_through(Random(seed), KILLS)  # noqa: S311 - draws moments, no secrets
        here.end()

        wrong = await here.wrong()
        assert not wrong, f"seed {seed}\n{wrong}\n{here.words()}"
        assert here.killed >= PROCESSES
