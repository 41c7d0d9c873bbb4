"""Failures of saving: the guest is shut down, mended or booted, and never left down."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules.errors import Precondition
from bot.rules.run.journal import Event
from tests.failures.begun import PAIRED, QUIET, begun, errors, holds, intents, of, results, strike
from tests.night import HOST, guest, night

BOOTED = QUIET | {"a": "booted"}


@pytest.mark.failure(9)
async def test_a_guest_whose_image_finds_no_space_is_shut_down(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "no_space")
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [])
        assert (await intents(n, "a"))[:2] == ["save", "shutdown"]
        assert n.simulator.world(HOST).guests["a"].images == {}


@pytest.mark.failure(9)
async def test_a_run_that_lacks_image_space_does_not_start(tmp_path: Path) -> None:
    async with night(tmp_path, guest("a"), host={"image_space_mib": 500}) as n:
        with pytest.raises(Precondition) as refused:
            await n.begin()

    problems = refused.value.fields["problems"]
    assert [problem.code for problem in problems] == ["image_space"]  # type: ignore[attr-defined]


@pytest.mark.failure(10)
@pytest.mark.parametrize("fault", ["truncated", "corrupt"])
async def test_an_image_that_does_not_verify_is_never_restored(tmp_path: Path, fault: str) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault)
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [])
        assert await errors(n, "a") == [fault]
        assert "restore" not in await intents(n, "a")


@pytest.mark.failure(10)
@pytest.mark.parametrize("fault", ["fails", "refuses"])
async def test_an_image_that_cannot_be_read_back_is_given_up_before_the_reboot(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault, verb="verify", times=3)
        while str(n.run.phase) == "drain":
            await n.turn()

        assert all(image.spent for image in n.simulator.world(HOST).guests["a"].images.values())
        await n.until("ended")
        assert results(n) == BOOTED


@pytest.mark.failure(10)
async def test_an_image_that_cannot_be_read_back_once_is_read_again(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "fails", verb="verify")
        await n.until("ended")

        assert results(n)["a"] == "restored"


@pytest.mark.failure(11)
async def test_a_second_save_never_writes_over_an_image(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "save_killed")
        await n.until("ended")

        saves = [r for r in await of(n, "a", Event.INTENDED) if r.data["verb"] == "save"]
        assert [row.data["image"] for row in saves] == ["r1-a-1", "r1-a-2"]


@pytest.mark.failure(13)
@pytest.mark.parametrize(
    ("leaves", "becomes"), [("running", "booted"), ("off", "booted"), ("suspended", "restored")]
)
async def test_a_save_past_its_limit_never_leaves_its_guest_down(
    tmp_path: Path, leaves: str, becomes: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "save_timed_out", leaves=leaves)
        await n.until("ended")

        assert results(n) == QUIET | {"a": becomes}


@pytest.mark.failure(14)
async def test_a_guest_that_a_killed_save_left_suspended_is_saved_again(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "save_killed")
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET, [])
        assert await errors(n, "a") == ["killed"]


@pytest.mark.failure(14)
async def test_only_after_two_killed_saves_is_a_guest_destroyed_and_booted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "save_killed", times=2)
        await n.until("ended")

        assert results(n) == BOOTED
        assert await intents(n, "a") == ["save", "save", "destroy", "boot"]


@pytest.mark.failure(15, 16, 17, 36)
@pytest.mark.parametrize("fault", ["not_acknowledged", "freeze_hang", "cannot_save"])
async def test_a_guest_that_will_not_suspend_is_shut_down_without_a_hold(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault)
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [])
        assert (await intents(n, "a"))[:2] == ["save", "shutdown"]


@pytest.mark.failure(16)
async def test_a_save_that_never_ends_is_left_to_a_person_after_our_own_deadline(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "hangs", verb="save")
        run = await n.until("asked")

        assert (n.states()["a"], run.steps["a"].error, run.phase) == ("stuck", "hangs", "drain")


@pytest.mark.failure(16)
async def test_a_guest_whose_save_hangs_is_destroyed_and_booted_on_a_persons_word(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "hangs", verb="save")
        await n.until("asked")
        await n.wish("boot", "a")
        await n.until("ended")

        assert results(n) == BOOTED


@pytest.mark.failure(10, 16)
@pytest.mark.parametrize("verb", ["verify", "snapshot"])
async def test_a_saved_guest_whose_image_hangs_is_booted_on_a_persons_word(
    tmp_path: Path, verb: str
) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "hangs", verb=verb)
        await n.until("asked")
        await n.wish("boot", "a")
        await n.until("ended")

        assert results(n) == BOOTED


@pytest.mark.failure(17, 36)
@pytest.mark.parametrize(
    ("about", "reason"),
    [({"unsaveable": ["nvme0"]}, "device_cannot"), ({"system": "freebsd"}, "system_cannot")],
)
async def test_what_cannot_be_saved_is_planned_to_be_shut_down(
    tmp_path: Path, about: dict[str, object], reason: str
) -> None:
    async with begun(tmp_path, guest("a", **about), guest("b"), guest("c")) as n:
        planned = n.run.steps["a"].plan
        assert (str(planned.action), str(planned.reason)) == ("shutdown", reason)
        await n.until("ended")

        assert results(n) == BOOTED


@pytest.mark.failure(18)
async def test_a_guest_that_crashes_on_save_is_booted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "crash_on_save")
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [])
        assert await errors(n, "a") == ["crashed"]


@pytest.mark.failure(19)
async def test_a_guest_that_rebooted_is_decided_anew_and_saved_as_it_is_now(tmp_path: Path) -> None:
    async with begun(tmp_path, guest("a", boot_seconds=0.0), guest("b"), guest("c")) as n:
        strike(n, "reboots_itself")
        await n.until("ended")

        assert results(n) == QUIET
        assert await errors(n, "a") == ["wrong_identity"]


@pytest.mark.failure(19)
async def test_a_guest_that_stopped_by_itself_before_its_save_comes_back(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "stops_itself")
        await n.until("ended")

        assert results(n) == BOOTED


@pytest.mark.failure(19)
async def test_a_guest_that_is_gone_under_its_name_is_a_persons_matter_at_once(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "renamed")
        await n.until("asked")

        assert n.states()["a"] == "stuck"
        assert await intents(n, "a") == ["save"]
        assert (n.clock.now() - n.run.started).total_seconds() < 60


@pytest.mark.failure(32)
async def test_a_save_whose_record_is_lost_is_known_by_its_image(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "forgets", verb="save")
        await n.until("ended")

        assert results(n) == QUIET
