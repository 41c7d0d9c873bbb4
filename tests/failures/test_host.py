"""Failures of the host: it is left alone until it is what the plan expects, and staff are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.rules.errors import Precondition
from bot.rules.fleet import HostWork
from bot.rules.run.journal import Event
from tests.failures.begun import QUIET, begun, of, results, strike
from tests.night import AUTOMATIC, HOST, Night, guest, night

BY_HAND = HostWork(manual=True, kernel="5.10.46")


async def asked(made: Night) -> list[object]:
    """Return the kinds of questions that were asked."""
    return [row.data["question"] for row in await of(made, "", Event.ASKED)]


async def problems(made: Night) -> list[str]:
    """Return what the host-ready gate found wrong at its last look."""
    found = await of(made, "", Event.NOT_READY)
    return [problem["code"] for problem in found[-1].data["problems"]]  # type: ignore[attr-defined]


@pytest.mark.failure(1)
async def test_a_host_with_stock_xendomains_is_not_touched(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a")) as n:
        n.simulator.inject(HOST, "xendomains")
        with pytest.raises(Precondition) as refused:
            await n.begin()

    found = refused.value.fields["problems"]
    assert [problem.code for problem in found] == ["autostart"]  # type: ignore[attr-defined]


@pytest.mark.failure(12)
async def test_the_host_is_not_rebooted_while_somebody_has_a_guest_running(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "double_start", on="c", after=12.0)
        await n.until("ended")

        reboot = next(r for r in await of(n, "") if r.data.get("verb") == "reboot")
        off = [r for r in await of(n, "c", Event.DONE) if r.data["verb"] == "shutdown"]
        assert len(off) == 2
        assert reboot.number > off[-1].number
        assert results(n) == QUIET


@pytest.mark.failure(24, 25, 31)
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("wrong_kernel", "wrong_kernel"),
        ("no_disk", "volume_groups_missing"),
        ("no_bridge", "bridges_missing"),
    ],
)
async def test_nothing_is_restored_on_a_host_that_is_not_what_it_should_be(
    tmp_path: Path, fault: str, problem: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault, on="")
        await n.until("asked")

        assert (await asked(n), await problems(n)) == (["gate"], [problem])
        assert n.states() == {"a": "saved", "b": "saved", "c": "off"}


@pytest.mark.failure(24, 25)
@pytest.mark.parametrize("fault", ["no_disk", "no_bridge"])
async def test_what_appears_a_moment_after_the_reboot_is_waited_for(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault, on="", seconds=30.0)
        await n.until("ended")

        assert (results(n), await asked(n)) == (QUIET, [])


@pytest.mark.failure(24)
async def test_after_a_repair_by_hand_continue_looks_again_and_goes_on(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "no_disk", on="")
        await n.until("asked")
        with n.simulator.edit(HOST) as host:
            host.volume_groups.append("vg0")
        await n.wish("continue")
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(31)
async def test_on_a_wrong_kernel_a_person_may_have_everybody_booted_cold(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "wrong_kernel", on="")
        await n.until("asked")
        await n.wish("choose", argument="boot")
        await n.until("ended")

        assert results(n) == dict.fromkeys("abc", "booted")


@pytest.mark.failure(31)
async def test_a_host_that_does_not_come_back_is_reported_and_waited_for(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "no_return", on="")
        await n.until("ended")

        late = await of(n, "", Event.LATE)
        assert [(r.data["what"], r.data["seconds"]) for r in late] == [("host", n.limits.host)]
        assert results(n) == QUIET


@pytest.mark.failure(31)
async def test_a_host_that_was_not_rebooted_by_hand_is_not_taken_for_ready(tmp_path: Path) -> None:
    async with begun(tmp_path, work=BY_HAND) as n:
        await n.until("asked")
        await n.wish("continue")
        await n.turn()
        await n.until("asked")

        assert await asked(n) == ["work", "gate"]
        assert await problems(n) == ["not_rebooted", "wrong_kernel"]


@pytest.mark.failure(31)
async def test_host_work_that_fails_is_asked_about_and_repeated_on_continue(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "work_fails", on="")
        await n.until("asked")
        assert await asked(n) == ["work_failed"]
        await n.wish("continue")
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(31)
async def test_a_host_that_refuses_to_reboot_is_asked_about(tmp_path: Path) -> None:
    async with begun(tmp_path, work=AUTOMATIC) as n:
        strike(n, "refuses", on="", verb="reboot")
        run = await n.until("asked")

        assert run.question is not None
        assert (run.question.kind, run.question.fields["task"]) == ("work_failed", "reboot")


@pytest.mark.failure(38)
async def test_a_silent_host_is_reported_and_the_run_goes_on_when_it_answers(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saving")
        strike(n, "silence", on="", seconds=200)
        await n.until("ended")

        told = [r.event for r in await of(n, "") if r.event in {"contact_lost", "contact_back"}]
        assert (told, results(n)) == (["contact_lost", "contact_back"], QUIET)


@pytest.mark.failure(38)
@pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
async def test_a_contact_cut_off_at_any_operation_changes_no_outcome(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        for verb in ("save", "verify", "shutdown", "restore", "spend", "unpause", "boot"):
            strike(n, fault, on="", verb=verb)
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(32)
async def test_a_reboot_whose_record_is_lost_is_known_by_the_boot_id(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "forgets", on="", verb="reboot")
        await n.until("ended")

        assert (results(n), n.simulator.world(HOST).boots) == (QUIET, 2)


async def order(made: Night) -> list[str]:
    """Return what was done to the host, and what first to a guest after it was back."""
    done = [str(row.data["verb"]) for row in await of(made, "", Event.DONE)]
    back = next(r for r in await made.rows() if r.data.get("verb") in {"restore", "boot"})
    last = max(row.number for row in await of(made, "", Event.DONE))
    return [*done, "guests"] if back.number > last else ["guests too early"]


async def test_what_is_to_be_done_after_the_reboot_is_done_before_any_guest_is_back(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, work=replace(AUTOMATIC, after=("upgrade",))) as n:
        await n.until("ended")

        assert await order(n) == ["work", "reboot", "work", "guests"]
        assert results(n) == QUIET


async def test_guests_wait_while_what_comes_after_the_reboot_fails(tmp_path: Path) -> None:
    async with begun(tmp_path, work=replace(AUTOMATIC, after=("upgrade",))) as n:
        while not n.run.work.done:
            await n.turn()
        strike(n, "fails", on="", verb="work")
        await n.until("asked")
        assert (await asked(n), n.states()["a"]) == (["work_failed"], "saved")

        await n.wish("continue")
        await n.until("ended")
        assert results(n) == QUIET
