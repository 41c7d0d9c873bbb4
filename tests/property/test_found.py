"""What the machine has found once, each as the shortest night that shows it."""

from __future__ import annotations

from pathlib import Path

from bot.rules.fleet import GuestState, HostWork
from bot.rules.policy.terms import PolicySettings
from tests.night import HOST, guest, night

CANARIES = PolicySettings(old_kernels="suspend", unknown_kernels="suspend")
MANUAL = HostWork(manual=True, kernel="5.10.46")
PAUSED = guest("a", state=GuestState.PAUSED)


async def test_a_guest_that_was_paused_is_saved_and_comes_back_paused(tmp_path: Path) -> None:
    async with night(tmp_path, PAUSED, host={"saves_paused": True}) as n:
        await n.begin()
        run = await n.until("ended")
        assert (run.steps["a"].how, run.summary["exit_status"]) == ("", 0)
        assert n.simulator.world(HOST).guests["a"].state is GuestState.PAUSED


async def test_a_canary_that_finds_no_memory_does_not_wait_for_its_family(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b"), policy=CANARIES) as n:
        n.simulator.inject(HOST, "no_memory", guest="a")
        await n.begin()
        await n.until("ended")
        assert n.states() == {"a": "up", "b": "up"}


async def test_an_aborted_run_comes_back_although_somebody_started_a_guest(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b"), work=MANUAL) as n:
        await n.begin()
        await n.until("asked")
        n.simulator.hand(HOST, "boot", "b")
        await n.wish("abort")
        await n.until("ended")
        assert n.states() == {"a": "up", "b": "up"}


async def test_a_guest_stuck_while_the_host_is_worked_on_is_asked_about(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b")) as n:
        await n.begin()
        while n.run.phase != "host_work":
            await n.turn()
        n.simulator.hand(HOST, "boot", "b")
        n.simulator.hand(HOST, "pause", "b")
        await n.until("asked")
        assert n.states() == {"a": "saved", "b": "stuck"}


async def test_a_guest_that_runs_twice_in_the_end_is_not_reported_well(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b", boot_seconds=200.0), out=["b"]) as n:
        await n.begin()
        await n.until_state("a", "up")
        n.simulator.inject(HOST, "double_start", guest="a")
        run = await n.until("ended")
        assert (run.steps["a"].state, run.summary["exit_status"]) == ("stuck", 1)


async def test_the_report_stands_whatever_others_do_after_the_end(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), guest("b"), out=["a"]) as n:
        n.simulator.inject(HOST, "disk_missing", guest="a", times=0)
        await n.begin()
        ended = await n.until("ended")
        n.simulator.hand(HOST, "boot", "a")
        await n.turn()
        assert n.run.steps["a"] == ended.steps["a"]
