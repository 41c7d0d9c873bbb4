"""Failures of restoring: nothing is given back twice or late, and the breaker counts rightly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.rules.hold import Scope
from bot.rules.run.journal import Event
from bot.rules.run.obey import possible
from tests.failures.begun import PAIRED, QUIET, begun, errors, holds, intents, of, results, strike
from tests.night import HOST, guest

BOOTED = QUIET | {"a": "booted"}
GLOBAL = [("global", "")]


@pytest.mark.failure(1)
async def test_an_image_that_its_disk_has_left_behind_is_never_restored(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saved")
        n.simulator.hand(HOST, "boot", "a")
        n.simulator.hand(HOST, "stop", "a")
        await n.until("ended")

        assert results(n) == BOOTED
        assert await errors(n, "a") == ["stale_image"]


@pytest.mark.failure(1)
async def test_a_boot_after_failed_restores_spends_the_image_first(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "restore_fails", times=0)
        await n.until("ended")
        assert results(n) == QUIET | {"a": "left_down"}
        await n.wish("boot", "a")
        await n.until_state("a", "booting")

        assert all(image.spent for image in n.simulator.world(HOST).guests["a"].images.values())
        await n.until_state("a", "up")


@pytest.mark.failure(2)
@pytest.mark.parametrize("leaves", [{}, {"leftover": True}])
async def test_a_restore_is_repeated_while_its_guest_never_ran(
    tmp_path: Path, leaves: dict[str, Any]
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "restore_fails", **leaves)
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET, [])
        assert (await intents(n, "a")).count("restore") == 2
        assert (await intents(n, "a")).count("destroy") == len(leaves)


@pytest.mark.failure(2)
@pytest.mark.parametrize("verb", ["restore", "spend", "unpause"])
async def test_a_lost_record_of_a_restore_never_gives_an_image_back_twice(
    tmp_path: Path, verb: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "forgets", verb=verb)
        await n.until("ended")

        assert results(n) == QUIET
        assert (await intents(n, "a")).count("unpause") == 1


@pytest.mark.failure(2)
async def test_a_guest_lost_after_its_image_was_spent_is_booted_cold(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "lost_before", verb="unpause")
        await n.until_state("a", "unpausing")
        n.simulator.hand(HOST, "destroy", "a")
        await n.until("ended")

        assert results(n) == BOOTED
        assert (await intents(n, "a")).count("restore") == 1


@pytest.mark.failure(4)
async def test_damage_without_a_pair_is_stopped_kept_as_it_is_and_left_to_staff(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage")
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET | {"a": "damaged"}, GLOBAL)
        assert (await intents(n, "a"))[-3:] == ["pause", "destroy", "snapshot"]
        assert n.run.summary["exit_status"] == 1


@pytest.mark.failure(4)
async def test_damage_seen_at_once_is_rolled_back_to_the_pair_and_booted(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "damage")
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET | {"a": "rolled_back"}, GLOBAL)
        assert n.simulator.world(HOST).guests["a"].integrity == "good"


@pytest.mark.failure(4)
async def test_after_damage_what_is_still_saved_waits_for_a_choice(tmp_path: Path) -> None:
    large = guest("b", memory_mib=8192), guest("d", memory_mib=16384)
    async with begun(tmp_path, guest("a"), *large, guest("c")) as n:
        strike(n, "damage")
        run = await n.until("asked")

        assert run.question is not None
        assert (run.question.kind, run.question.guests) == ("choose", ("b", "d"))
        await n.wish("choose", argument="boot")
        await n.until("ended")
        assert results(n) == BOOTED | {"a": "damaged", "b": "booted", "d": "booted"}


@pytest.mark.failure(4)
async def test_when_nobody_chooses_what_is_saved_is_booted_cold_at_the_deadline(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, guest("a"), guest("b", memory_mib=16384), guest("c")) as n:
        strike(n, "damage", seconds=1.0)
        await n.until("ended")

        answered = await of(n, "", Event.ANSWERED)
        assert [(r.data["choice"], r.data["actor"]) for r in answered] == [("boot", "deadline")]
        assert results(n) == BOOTED | {"a": "damaged", "b": "booted"}


@pytest.mark.failure(4)
async def test_damage_after_a_hold_was_lifted_holds_what_is_still_saved_again(
    tmp_path: Path,
) -> None:
    small, large = (guest("a"), guest("b")), guest("d", memory_mib=24576)
    async with begun(tmp_path, *small, large, guest("c")) as n:
        strike(n, "damage", seconds=1.0)
        strike(n, "damage", "b", seconds=40.0)
        await n.until_state("b", "restoring")
        await n.wish("pause")
        await n.until_state("a", "damaged")
        await n.store.lift(Scope.GLOBAL, "", "os:anna", "one bad disk", n.clock.now())
        await n.until_state("b", "damaged")
        await n.wish("resume")
        run = await n.until("asked")

        assert (await holds(n), run.question and run.question.guests) == (GLOBAL, ("d",))
        assert "restore" not in await intents(n, "d")


@pytest.mark.failure(4)
async def test_a_damaged_guest_that_cannot_be_destroyed_stays_paused_for_staff(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "damage")
        strike(n, "fails", verb="destroy", times=0)
        await n.until("ended")

        assert (n.states()["a"], n.run.summary["exit_status"]) == ("stuck", 1)
        assert n.simulator.world(HOST).guests["a"].state == "paused"


@pytest.mark.failure(7)
async def test_a_pair_that_cannot_be_made_does_not_stop_a_trusted_restore(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "snapshot_fails", times=2)
        await n.until("ended")

        assert (results(n), n.run.steps["a"].pair) == (QUIET, "")


@pytest.mark.failure(7)
async def test_when_the_pair_has_overflowed_it_is_said_before_the_restore(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED, host={"snapshots": "thick"}) as n:
        strike(n, "snapshot_overflow")
        strike(n, "damage")
        await n.until("ended")

        said = [str(row.data.get("what") or row.data.get("verb")) for row in await n.rows()]
        assert said.index("unpaired") < said.index("restore")
        assert results(n) == QUIET | {"a": "damaged"}
        assert not {"rollback", "boot"} & set(await intents(n, "a"))


@pytest.mark.failure(7)
async def test_a_rollback_that_a_person_chose_in_vain_leaves_the_choice_to_them(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "fails", verb="rollback")
        strike(n, "damage", seconds=60.0)
        await n.until("ended")
        await n.wish("rollback", "a")
        await n.turn()
        await n.until("ended")

        assert results(n) == QUIET | {"a": "damaged"}
        assert (await intents(n, "a")).count("rollback") == 1


@pytest.mark.failure(7)
async def test_a_rollback_to_a_pair_that_has_overflowed_is_not_offered(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED, host={"snapshots": "thick"}) as n:
        strike(n, "snapshot_overflow", after=100.0)
        strike(n, "damage", seconds=60.0)
        await n.until("ended")

        assert results(n) == QUIET | {"a": "damaged"}
        assert possible(n.run.steps["a"]) == ("boot", "leave")


@pytest.mark.failure(8)
async def test_late_damage_is_rolled_back_only_on_a_persons_word(tmp_path: Path) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        strike(n, "damage", seconds=60.0)
        await n.until("ended")
        assert (n.states()["a"], "rollback" in await intents(n, "a")) == ("frozen", False)
        await n.wish("rollback", "a")
        await n.until_state("a", "up")

        assert results(n)["a"] == "rolled_back"


@pytest.mark.failure(20)
async def test_a_guest_that_finds_too_little_memory_is_restored_when_there_is_more(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "no_memory")
        await n.until("ended")

        assert (results(n), await errors(n, "a")) == (QUIET, ["no_memory"])


@pytest.mark.failure(20)
async def test_who_finds_no_memory_at_all_waits_last_and_is_reported(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "less_memory", on="", less_mib=65536 - 700)
        await n.until("ended")

        assert results(n) == {"a": "restored", "b": "left_down", "c": "left_down"}
        assert [n.run.steps[name].error for name in "bc"] == ["no_memory", "no_memory"]


@pytest.mark.failure(21, 22)
@pytest.mark.parametrize("fault", ["incompatible_cpu", "hvm_mismatch"])
async def test_an_image_that_the_machine_does_not_take_means_a_cold_boot(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault)
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [])
        assert await errors(n, "a") == ["incompatible"]


@pytest.mark.failure(21)
async def test_when_the_processor_has_lost_features_everybody_is_booted(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "cpu_lost", on="")
        await n.until("ended")

        assert results(n) == dict.fromkeys("abc", "booted")


@pytest.mark.failure(23, 24, 25)
@pytest.mark.parametrize("fault", ["config_drifted", "disk_missing", "bridge_missing"])
async def test_a_restore_that_provably_did_nothing_is_tried_once_more(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault)
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(23, 24, 25)
@pytest.mark.parametrize("fault", ["config_drifted", "disk_missing", "bridge_missing"])
async def test_a_guest_that_cannot_be_restored_is_listed_with_its_image_kept(
    tmp_path: Path, fault: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, fault, verb="restore", times=0)
        await n.until("ended")

        assert results(n) == QUIET | {"a": "left_down"}
        assert not n.simulator.world(HOST).guests["a"].images["r1-a-1"].spent


@pytest.mark.failure(26)
@pytest.mark.parametrize(
    ("cure", "mends", "becomes"),
    [
        ("announce", ["announce"], "restored"),
        ("replug", ["announce", "replug"], "restored"),
        ("", ["announce", "replug"], "unreachable"),
    ],
)
async def test_a_guest_without_network_is_announced_then_replugged_then_reported(
    tmp_path: Path, cure: str, mends: list[str], becomes: str
) -> None:
    async with begun(tmp_path) as n:
        strike(n, "no_network", cure=cure)
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET | {"a": becomes}, [])
        after = (await intents(n, "a"))[5:]
        assert [verb for verb in after if verb != "discard-image"] == mends


@pytest.mark.failure(27)
async def test_a_guest_whose_clock_jumps_is_given_until_its_last_look(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "clock_jump", seconds=100)
        await n.until("ended")

        assert (results(n), await holds(n)) == (QUIET, [])


@pytest.mark.failure(28)
async def test_a_restore_that_times_out_in_a_storm_is_tried_again(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "boot_storm")
        await n.until("ended")

        assert (results(n), await errors(n, "a")) == (QUIET, ["timed_out"])


@pytest.mark.failure(30)
async def test_a_dead_guest_is_held_and_booted_after_its_deadline(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "dead")
        await n.until("ended")

        assert (results(n), await holds(n)) == (BOOTED, [("guest", "a")])
        at = {row.data["verb"]: row.at for row in await of(n, "a", Event.DONE)}
        assert (at["destroy"] - at["unpause"]).total_seconds() >= n.limits.dead


@pytest.mark.failure(30)
async def test_a_dead_guest_is_booted_at_once_on_a_persons_word(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "dead")
        await n.until_state("a", "dead")
        since = n.clock.now()
        await n.wish("boot", "a")
        await n.until_state("a", "up")

        assert (n.clock.now() - since).total_seconds() < 60


@pytest.mark.failure(30)
async def test_two_dead_guests_of_a_family_open_a_hold_on_the_family(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "dead", on="a")
        strike(n, "dead", on="b")
        await n.until("ended")

        family = n.run.steps["a"].plan.family
        assert set(await holds(n)) == {("kernel", family), ("guest", "a"), ("guest", "b")}


@pytest.mark.failure(16, 37)
async def test_an_image_whose_removal_hangs_does_not_make_its_guest_stuck(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        strike(n, "hangs", verb="discard-image")
        await n.until("ended")

        assert results(n) == QUIET


@pytest.mark.failure(37)
async def test_an_image_is_removed_when_its_guest_is_verified(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until("ended")
        await n.turn()

        guests = n.simulator.world(HOST).guests.values()
        assert [one.images for one in guests] == [{}, {}, {}]
