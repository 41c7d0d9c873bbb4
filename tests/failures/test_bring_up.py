"""Failures while guests come back: boots, storms, and what a canary tells about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.fleet import Mode
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings
from tests.failures.begun import QUIET, begun, errors, holds, intents, results, strike
from tests.night import HOST, guest, night

SHIPPED = PolicySettings()
JESSIE, CENTOS = "3.16.0-4-amd64", "2.6.32-754.el6.x86_64"


@pytest.mark.failure(4)
@pytest.mark.parametrize("kernel", [JESSIE, CENTOS])
async def test_a_kernel_known_to_be_unsafe_is_shut_down_as_shipped(
    tmp_path: Path, kernel: str
) -> None:
    old = guest("a", kernel=kernel, breaks_under=["5.10"])
    async with begun(tmp_path, old, guest("b"), guest("c"), policy=SHIPPED) as n:
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET | {"a": "booted"}, [])


@pytest.mark.failure(5)
async def test_a_new_host_kernel_that_is_itself_at_fault_costs_one_guest_at_most(
    tmp_path: Path,
) -> None:
    named = [guest(name) for name in "abc"]
    async with begun(tmp_path, *named, out=(), policy=SHIPPED) as n:
        strike(n, "feature_persistent", on="", under="5.10")
        await n.until("asked")
        assert (results(n)["a"], await holds(n)) == ("rolled_back", [("global", "")])
        await n.wish("choose", argument="boot")
        await n.until("ended")

        assert results(n) == {"a": "rolled_back", "b": "booted", "c": "booted"}
        assert all(g.integrity == "good" for g in n.simulator.world(HOST).guests.values())


@pytest.mark.failure(5)
async def test_from_the_question_a_person_may_go_back_to_the_kernel_before(tmp_path: Path) -> None:
    named = [guest(name) for name in "abc"]
    expendable = {"a": {"canary": True}}
    async with begun(tmp_path, *named, out=(), policy=SHIPPED, records=expendable) as n:
        strike(n, "feature_persistent", on="", under="5.10")
        run = await n.until("asked")

        assert run.question is not None
        assert run.question.guests == ("b", "c")
        assert run.question.fields["back"] is False  # a runs, and would have to be saved again


@pytest.mark.failure(7)
async def test_under_an_unknown_kernel_a_guest_without_its_pair_waits_for_a_choice(
    tmp_path: Path,
) -> None:
    named = [guest(name) for name in "ab"]
    async with begun(tmp_path, *named, out=(), policy=SHIPPED) as n:
        strike(n, "snapshot_fails", times=2)
        run = await n.until("asked")

        assert run.question is not None
        assert (run.question.kind, run.question.guests) == ("choose", ("a",))


@pytest.mark.failure(22)
async def test_a_guest_with_a_device_model_has_a_canary_of_its_own(tmp_path: Path) -> None:
    hvm = [guest(name, mode=Mode.HVM) for name in ("c", "d")]
    async with night(tmp_path, guest("a"), guest("b"), *hvm, policy=SHIPPED) as n:
        plan = await n.desk.plan(HOST, PlanOptions())

    canaries = {step.guest for step in plan.steps if step.family_canary}
    assert canaries == {"a", "c"}


@pytest.mark.failure(28)
async def test_no_more_guests_start_together_than_the_hypervisor_bears(tmp_path: Path) -> None:
    named = [guest(f"g{number}") for number in range(8)]
    async with night(tmp_path, *named) as n:
        await n.begin(PlanOptions(no_suspend=True))
        most = 0
        while n.rest != "ended":
            await n.turn()
            most = max(most, list(n.states().values()).count("booting"))

        assert most == n.limits.starts_at_once


@pytest.mark.failure(28)
async def test_a_boot_that_times_out_in_a_storm_is_tried_again(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "boot_storm", on="c")
        await n.until("ended")

        assert (results(n), await errors(n, "c")) == (QUIET, ["timed_out"])


@pytest.mark.failure(29)
async def test_a_zombie_that_holds_its_disks_is_blocked_and_asked_about(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "zombie", on="c")
        run = await n.until("asked")

        assert (n.states()["c"], run.phase) == ("stuck", "drain")
        assert await intents(n, "c") == ["shutdown"]


@pytest.mark.failure(29)
async def test_a_zombie_is_destroyed_once_on_a_persons_word_and_asked_about_again(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "zombie", on="c")
        await n.until("asked")
        await n.wish("boot", "c")
        await n.turn()
        await n.until("asked")

        assert await intents(n, "c") == ["shutdown", "destroy"]


@pytest.mark.failure(29)
async def test_a_zombie_that_is_left_as_it_is_does_not_let_the_host_reboot(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "zombie", on="c")
        await n.until("asked")
        await n.wish("leave", "c")
        await n.turn()
        run = await n.until("asked")

        assert run.question is not None
        assert (run.question.kind, run.question.guests, run.work.reboots) == ("intruder", ("c",), 0)


@pytest.mark.failure(30)
@pytest.mark.parametrize("fault", ["emergency_shell", "read_only_root", "boot_stalls"])
async def test_a_boot_into_damage_is_never_called_up(tmp_path: Path, fault: str) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault, on="c")
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET | {"c": "damaged"}, [])


@pytest.mark.failure(30)
async def test_a_file_system_check_is_progress_however_long(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "fsck", on="c", seconds=900.0)
        await n.until("ended")

        assert results(n) == QUIET
