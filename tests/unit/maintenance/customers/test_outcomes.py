"""What a customer is told of the newest trial of a guest: only what befell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.maintenance.customers.trials import Trying
from tests.failures.begun import strike
from tests.failures.test_trials import trial
from tests.unit.maintenance.notices.office import after

if TYPE_CHECKING:
    from pathlib import Path

    from bot.maintenance.customers.letters import Answers
    from tests.night import Night

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "well": ("", {}, "passed"),
    "damaged": ("damage", {"seconds": 2.0}, "rolled_back"),
    "no network": ("no_network", {"cure": ""}, "unreachable"),
    "no pair": ("snapshot_fails", {"times": 2}, "failed"),
    "never stopped": ("cannot_save", {}, ""),
}


@pytest.mark.parametrize(("fault", "known", "outcome"), CASES.values(), ids=CASES.keys())
async def test_each_trial_is_told_as_it_ended(
    tmp_path: Path, fault: str, known: dict[str, Any], outcome: str
) -> None:
    async with trial(tmp_path, "a") as n:
        if fault:
            strike(n, fault, **known)
        await n.until("asked") if outcome == "failed" else None
        await n.until("ended")

        assert await _told(n) == (outcome, bool(outcome))


async def _told(made: Night) -> tuple[str, bool]:
    desk = after(made)
    trying = Trying(sources=desk.sources, answers=cast("Answers", None))
    shown = await trying.standing(made.fleet.guests["a"], made.clock.now())
    return shown.outcome, shown.tried is not None
