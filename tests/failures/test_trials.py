"""Trials: whatever goes wrong, nobody's data are lost, and nothing else on the host is touched."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.executors.simulator.guest_faults import RESTORING, SAVING
from bot.maintenance.trial_report import trial_report
from bot.maintenance.words import Words
from bot.rules.fleet import GuestState
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn, TrialWish
from bot.rules.plan.data import plan_from_data, plan_to_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import PolicySettings
from bot.rules.run.journal import Event
from bot.rules.run.report import became
from bot.rules.run.trying import BESIDE
from tests.builders import plan_of
from tests.failures.begun import broken_promises, holds, intents, strike
from tests.night import HOST, START, guest, night

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.night import Night

SHIPPED = PolicySettings()
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PASSED = {"a": "restored", "b": "restored"}


@asynccontextmanager
async def trial(
    folder: Path,
    *names: str,
    out: tuple[str, ...] = ("c",),
    policy: PolicySettings = SHIPPED,
    beside_up: bool = True,
    **known: object,
) -> AsyncIterator[Night]:
    """Give a night in which a trial of *names* (of `a` and `b`) has begun, beside `c`."""
    listed = [guest(name, kernel="5.10.0-8-amd64") for name in ("a", "b", "c")]
    async with night(folder, *listed, out=out, policy=policy, **known) as made:
        wishes = [_wish(name) for name in ("a", "b") if name in out]
        await made.store.wish_trials(wishes)
        await made.begin(PlanOptions(trial=names or ("a", "b")))
        yield made
        assert await broken_promises(made) == []
        assert (made.simulator.world(HOST).guests["c"].state == "running") is beside_up
        assert await intents(made, "c") == []


def _wish(name: str, *, wanted: bool = True, seconds: float = 0.0) -> TrialWish:
    at = START + timedelta(seconds=seconds)
    return TrialWish(guest=name, wanted=wanted, at=at, who="c", how="chat")


def _became(made: Night) -> dict[str, str]:
    return {name: became(step) for name, step in made.run.steps.items()}


def _damaged(made: Night) -> list[str]:
    guests = made.simulator.world(HOST).guests.values()
    return [each.name for each in guests if each.integrity != "good"]


async def test_guests_are_tried_one_after_the_other(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")

        moved = [r for r in await n.rows() if r.event is Event.INTENDED]
        assert [r.guest for r in moved] == ["a"] * 6 + ["b"] * 6
        verbs = ["save", "snapshot", "verify", "restore", "spend", "unpause"]
        assert await intents(n, "a") == await intents(n, "b") == verbs
        assert _became(n) == PASSED


async def test_the_host_goes_on_as_it_is(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")

        assert [row for row in await n.rows() if not row.guest and "verb" in row.data] == []
        assert {t.combination.restored_on for t in await n.store.evidence()} == {"4.19.181"}


#: Somebody who starts a saved guest, heeding no lock, ruins its disk whatever the bot does.
FAULTS = (RESTORING | SAVING).keys() - {"intruder"}


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_no_fault_in_a_trial_costs_anybody_a_disk(tmp_path: Path, fault: str) -> None:
    async with trial(tmp_path) as n:
        strike(n, fault)
        await n.until("ended", "asked")
        if n.rest == "asked":
            await n.wish("choose", argument="boot")
            await n.until("ended")

        assert _damaged(n) == []


@pytest.mark.parametrize("seconds", [2.0, 20.0, 100.0])
@pytest.mark.failure(8)
async def test_damage_at_any_look_is_rolled_back_by_itself(tmp_path: Path, seconds: float) -> None:
    async with trial(tmp_path, out=("a", "c")) as n:
        strike(n, "damage", seconds=seconds)
        await n.until("ended")

        assert _became(n) == {"a": "rolled_back", "b": "not_tried"}
        assert (await intents(n, "a"))[-4:] == ["pause", "destroy", "rollback", "boot"]
        assert (n.run.steps["b"].reason, await holds(n)) == ("held", [("global", "")])


@pytest.mark.failure(8)
async def test_whose_customer_asked_for_no_trial_is_asked_about_before_newer_data_go(
    tmp_path: Path,
) -> None:
    async with trial(tmp_path) as n:  # it is opted in, and the trial is the idea of staff
        strike(n, "damage", seconds=100.0)
        await n.until("ended", "asked")

        assert "rollback" not in await intents(n, "a")
        assert n.run.steps["a"].pair


@pytest.mark.failure(8)
async def test_who_was_shut_down_by_its_owner_after_a_look_keeps_what_it_wrote(
    tmp_path: Path,
) -> None:
    async with trial(tmp_path, out=("a", "c")) as n:
        await n.until_state("a", "watched")
        while n.run.steps["a"].looks < 2:
            await n.turn()
        with n.simulator.edit(HOST) as world:
            world.guests["a"].state = GuestState.OFF
        await n.until("ended", "asked")

        assert "rollback" not in await intents(n, "a")


async def test_a_dead_guest_is_rolled_back_at_its_last_look(tmp_path: Path) -> None:
    async with trial(tmp_path, out=("a", "c")) as n:
        strike(n, "dead")
        await n.until("ended")

        assert _became(n) == {"a": "rolled_back", "b": "restored"}
        assert await holds(n) == [("guest", "a")]


async def test_an_unreachable_guest_is_never_destroyed(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "no_network", cure="")
        await n.until("ended")

        assert _became(n) == {"a": "unreachable", "b": "restored"}
        assert not {"destroy", "rollback"} & set(await intents(n, "a"))


@pytest.mark.failure(8)
async def test_damage_seen_long_after_the_restore_waits_for_a_person(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "damage", seconds=100.0)
        await n.until_state("a", "watched")
        await n.die()
        n.clock.advance(7200.0)
        await n.rise()
        await n.until("ended")

        assert _became(n) == {"a": "damaged", "b": "not_tried"}
        assert "rollback" not in await intents(n, "a")


@pytest.mark.failure(7)
async def test_without_its_pair_a_saved_guest_waits_for_a_person(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "snapshot_fails", times=2)
        await n.until("asked")

        asked = n.run.question
        assert asked is not None
        assert (asked.kind, asked.guests) == ("choose", ("a",))
        assert asked.deadline == n.run.at + timedelta(minutes=1)
        await n.until("ended")  # nobody chose: it boots cold at the deadline
        assert _became(n) == {"a": "booted", "b": "restored"}


@pytest.mark.failure(7)
async def test_a_snapshot_that_cannot_be_made_is_tried_once_more(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "snapshot_fails")
        await n.until("ended")

        assert (await intents(n, "a"))[:3] == ["save", "snapshot", "snapshot"]
        assert _became(n) == PASSED


@pytest.mark.failure(35)
async def test_an_opt_out_between_two_guests_is_honoured(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "watched")
        said = OptIn(guest="b", wanted=False, at=n.clock.now(), who="c", how="link")
        await n.store.state_opt_in([said])
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert (n.run.steps["b"].reason, await intents(n, "b")) == ("opted_out_late", [])


async def test_a_wish_for_a_trial_is_enough_and_is_heeded_when_withdrawn(tmp_path: Path) -> None:
    async with trial(tmp_path, out=("a", "b", "c")) as n:
        await n.until_state("a", "watched")
        await n.store.wish_trials([_wish("b", wanted=False, seconds=1.0)])
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert n.run.steps["b"].reason == "trial_withdrawn"


async def test_a_withdrawn_trial_of_an_opted_in_guest_is_not_made(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "watched")
        await n.store.wish_trials([_wish("b", wanted=False, seconds=1.0)])
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert n.run.steps["b"].reason == "trial_withdrawn"


async def test_an_opt_out_ends_an_older_wish_for_a_trial(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.store.wish_trials([_wish("b")])
        await n.until_state("a", "watched")
        said = OptIn(guest="b", wanted=False, at=n.clock.now(), who="c", how="link")
        await n.store.state_opt_in([said])
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert n.run.steps["b"].reason == "opted_out_late"


async def test_a_guest_that_its_owner_shut_down_before_its_turn_stays_off(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "watched")
        with n.simulator.edit(HOST) as world:
            world.guests["b"].state = GuestState.OFF
        await n.until("ended")

        assert (_became(n)["b"], n.run.steps["b"].reason) == ("not_tried", "was_off")
        assert await intents(n, "b") == []


async def test_a_hold_that_opens_between_two_guests_leaves_the_second_untried(
    tmp_path: Path,
) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "watched")
        now = n.clock.now()
        held = Hold(scope=Scope.HOST, value=HOST, reason="no", opened_by="x", opened_at=now)
        await n.store.hold(held)
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert n.run.steps["b"].reason == "held"


@pytest.mark.parametrize("state", ["saving", "hashing", "watched"])
async def test_an_aborted_trial_brings_back_who_is_being_tried_and_tries_nobody_else(
    tmp_path: Path, state: str
) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", state)
        await n.wish("abort")
        await n.until("ended")

        assert _became(n) == {"a": "restored", "b": "not_tried"}
        assert n.run.steps["b"].reason == "trial_aborted"


async def test_a_paused_trial_saves_nobody_until_it_is_resumed(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "watched")
        await n.wish("pause")
        await n.until("paused")
        assert await intents(n, "b") == []

        await n.wish("resume")
        await n.until("ended")
        assert _became(n) == PASSED


async def test_a_guest_that_cannot_be_saved_runs_on(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "cannot_save")
        await n.until("ended")

        assert _became(n) == {"a": "not_tried", "b": "restored"}
        assert await intents(n, "a") == ["save"]


async def test_after_a_guest_that_does_not_come_back_nobody_else_is_tried(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        strike(n, "restore_fails", times=0)
        strike(n, "boot_stalls", times=0)
        await n.until("ended")

        assert _became(n)["b"] == "not_tried"
        assert n.run.steps["b"].reason == "trial_stopped"


async def test_a_host_that_is_restarted_in_a_trial_passes_the_gate(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "hashing")
        with n.simulator.edit(HOST) as world:
            world.boots += 1  # and who runs there is up again at once
        await n.until("ended")

        phases = [str(r.data["to"]) for r in await n.rows() if r.event is Event.PHASE]
        assert phases[:2] == ["gate", "bring_up"]
        assert _became(n) == PASSED


@pytest.mark.failure(15)
async def test_who_is_off_beside_a_trial_since_its_host_went_down_is_told_loudly(
    tmp_path: Path,
) -> None:
    async with trial(tmp_path, beside_up=False) as n:
        await n.until_state("a", "hashing")
        _reboot(n)
        await n.until("ended")

        said = [r.data["guests"] for r in await n.rows() if r.data.get("what") == "beside"]
        assert (said, await intents(n, "c")) == ([["c"]], [])
        assert n.run.summary["exit_status"] == 1
        report = trial_report(n.run)
        assert (report.loud, report.fields["beside"]) == (True, ["c"])
        words = Words(TEMPLATES / "chat").say("progress", report.macro, **report.fields)
        assert "  OFF          c: up before the trial" in words
        assert "guests hobgoblin" in words


async def test_the_restart_of_a_host_in_a_trial_is_told_at_once(tmp_path: Path) -> None:
    async with trial(tmp_path, beside_up=False) as n:
        await n.until_state("a", "watched")
        _reboot(n)
        await n.until("ended")

        told = [r.data.get("what") or r.data.get("to") for r in await n.rows() if not r.guest]
        assert told[told.index("gate") + 1] == "beside"


async def test_who_is_up_again_beside_a_trial_is_not_told_of(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "hashing")
        with n.simulator.edit(HOST) as world:
            world.boots += 1
        await n.until("ended")

        assert (n.run.plan.beside, n.run.summary["exit_status"]) == (("c",), 0)
        assert BESIDE not in n.run.late


def test_a_plan_of_before_knows_nothing_of_who_is_beside() -> None:
    data = plan_to_data(plan_of([]))
    del data["beside"]

    assert plan_from_data(data).beside == ()


def _reboot(made: Night) -> None:
    """Restart the host as a crash does: nobody is up afterwards."""
    with made.simulator.edit(HOST) as world:
        world.boots += 1
        for each in world.guests.values():
            each.state = GuestState.OFF


async def test_nobody_is_tried_on_a_host_that_came_back_otherwise(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until_state("a", "hashing")
        with n.simulator.edit(HOST) as world:
            world.boots, world.kernel = world.boots + 1, "5.10.46"
        run = await n.until("asked")
        assert run.question is not None
        assert run.question.kind == "gate"

        await n.wish("choose", argument="boot")
        await n.until("ended")
        assert _became(n) == {"a": "booted", "b": "not_tried"}


async def test_trials_need_a_pair_under_every_policy(tmp_path: Path) -> None:
    off = PolicySettings(pairs="off", canaries=False)
    async with trial(tmp_path, policy=off) as n:
        await n.until("ended")

        assert all(step.pair for step in n.run.steps.values())


@pytest.mark.failure(7)
async def test_a_pair_that_overflows_while_it_is_kept_is_told_once(tmp_path: Path) -> None:
    async with trial(tmp_path, host={"snapshots": "thick"}) as n:
        strike(n, "snapshot_overflow", after=1000.0)
        await n.until("ended")
        n.clock.advance(1000.0)
        moved = [await n.turn(), await n.turn()]

        found = [(r.guest, r.data["what"]) for r in await n.rows() if r.event is Event.FOUND]
        assert (moved, found) == ([True, False], [("a", "unpaired")])
        assert _became(n) == PASSED


@pytest.mark.failure(7)
async def test_space_that_runs_low_while_pairs_are_kept_is_told_once(tmp_path: Path) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")
        with n.simulator.edit(HOST) as world:
            world.snapshot_space_mib = 1000
        moved = [await n.turn(), await n.turn()]

        late = [r.data["what"] for r in await n.rows() if r.event is Event.LATE]
        assert (moved, late) == ([True, False], ["snapshot_space"])


async def test_pairs_are_dropped_when_their_time_has_passed_also_by_the_next_process(
    tmp_path: Path,
) -> None:
    async with trial(tmp_path) as n:
        await n.until("ended")
        await n.die()
        n.clock.advance(24 * 3600.0)
        await n.rise()
        await n.take_up()
        for _ in range(20):
            await n.turn()

        guests = n.simulator.world(HOST).guests
        assert [(g.images, g.snapshots) for g in guests.values()] == [({}, {})] * 3
