"""Somebody else acts on a guest of ours: its image is never given back, and staff are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.errors import Precondition
from bot.rules.operation import Fault, Operation, OperationId, Refused, Verb
from bot.rules.run.journal import Event
from tests.failures.begun import QUIET, begun, intents, of, results, strike
from tests.night import HOST, Night, guest, night

BOOTED = QUIET | {"a": "booted"}


async def found(made: Night) -> list[object]:
    """Return the surprises that were recorded of guest a."""
    return [row.data["what"] for row in await of(made, "a", Event.FOUND)]


async def refusals(made: Night) -> list[str]:
    """Return why the run may not start."""
    with pytest.raises(Precondition) as refused:
        await made.begin()
    return [problem.code for problem in refused.value.fields["problems"]]  # type: ignore[attr-defined]


@pytest.mark.failure(6)
async def test_a_saved_guest_that_somebody_boots_has_its_image_spent_unread(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "intruder")
        await n.until("ended")

        assert (await found(n), results(n)) == (["intruder"], BOOTED)
        assert "restore" not in await intents(n, "a")


@pytest.mark.failure(6)
async def test_a_guest_that_is_booted_during_the_bring_up_is_verified_as_it_runs(
    tmp_path: Path,
) -> None:
    large = guest("a", memory_mib=16384)
    async with begun(tmp_path, large, guest("b", memory_mib=8192), guest("c")) as n:
        await n.until_state("b", "restoring")
        n.simulator.hand(HOST, "boot", "a")
        await n.until("ended")

        assert (await found(n), results(n)) == (["intruder"], BOOTED)


@pytest.mark.failure(6)
async def test_a_guest_that_starts_by_itself_keeps_the_run_from_starting(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a", autostart=True)) as n:
        assert await refusals(n) == ["guest_autostart"]


@pytest.mark.failure(1, 6)
async def test_an_image_from_another_run_keeps_the_run_from_starting(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        left = OperationId(run="r0", guest="a", verb=Verb.SAVE)
        await n.executor.submit(Operation(id=left, image="r0-a-1"), 1)
        n.clock.advance(60)
        n.simulator.hand(HOST, "boot", "a")

        assert "live_image" in await refusals(n)


@pytest.mark.failure(2)
async def test_a_guest_that_somebody_restored_is_not_restored_once_more(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saved")
        n.simulator.hand(HOST, "restore", "a", "r1-a-1")
        await n.until("ended")

        assert (await found(n), results(n)) == (["intruder"], BOOTED)
        assert "restore" not in await intents(n, "a")


@pytest.mark.failure(3)
async def test_a_guest_that_runs_twice_keeps_the_run_from_starting(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        n.simulator.inject(HOST, "double_start", guest="a")

        assert await refusals(n) == ["runs_twice"]


@pytest.mark.failure(3)
async def test_a_guest_that_comes_to_run_twice_is_paused_and_asked_about(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "double_start")
        await n.until("asked")

        assert (await found(n), n.states()["a"]) == (["twice"], "stuck")
        assert n.simulator.world(HOST).guests["a"].state == "paused"


@pytest.mark.failure(3)
async def test_a_host_does_not_start_a_guest_that_runs(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        boot = OperationId(run="r0", guest="a", verb=Verb.BOOT)
        await n.executor.submit(Operation(id=boot), 1)
        outcome = await n.executor.outcome(boot, 1)

    assert isinstance(outcome, Refused)
    assert outcome.error == Fault.ALREADY_RUNS


@pytest.mark.failure(19)
async def test_a_guest_that_was_shut_down_by_somebody_is_still_brought_back(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        n.simulator.hand(HOST, "stop", "a")
        await n.until("ended")

        assert (await found(n), results(n)) == (["off"], BOOTED)
