"""The drain: who is saved or shut down next, what is finished, and when the host is empty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.fleet import GuestFacts
from bot.rules.policy.terms import Action, Decision, Reason
from bot.rules.run.drain import all_off, drain, shutdown_deadline, turn_round
from bot.rules.run.sight import Rulebook, Sight
from bot.rules.run.terms import Run, Step
from tests.builders import (
    book,
    flying,
    guest,
    host,
    later,
    run,
    saved,
    shut,
    shut_down,
    sight,
    step,
    told,
)
from tests.unit.rules import plans

RUNNING = tuple(guest(name) for name in "abc")
PAIRED = plans.step("a", pair=True)


def draining(*steps: Step, **about: Any) -> Run:  # noqa: ANN401 - any field
    return run(*steps, phase="drain", **about)


def next_for(run_: Run, *, seen: Sight | None = None, rules: Rulebook | None = None) -> list[str]:
    return told(drain(run_, seen or sight(*RUNNING), rules or book()))


def refuse(_step: Step, _facts: GuestFacts) -> Decision:
    return Decision(action=Action.UNTOUCHED, reason=Reason.BLOCKED_BUT_RUNS)


def test_guests_are_saved_in_the_plans_order_as_far_as_the_disk_bears() -> None:
    assert next_for(draining(step("b"), step("a"))) == ["b save"]


def test_two_streams_save_two_guests_together() -> None:
    wide = draining(step("b"), step("a"), plan_fields={"streams": 2, "disk_mib_s": 1000.0})

    assert next_for(wide) == ["b save", "a save"]


@pytest.mark.parametrize(("speed", "rows"), [(500.0, []), (300.0, ["b save"])])
def test_the_next_save_waits_for_a_verification_that_takes_the_whole_disk(
    speed: float, rows: list[str]
) -> None:
    verified = step("a", "hashing", flight=flying("a", "verify"))
    busy = draining(verified, step("b"), plan_fields={"verify_mib_s": speed})

    assert next_for(busy) == rows


def test_a_guest_that_may_not_be_saved_any_more_is_decided_anew() -> None:
    (draft,) = drain(draining(step()), sight(*RUNNING), book(shut_down))

    assert (str(draft.event), draft.data["action"]) == ("decided", "shutdown")


def test_a_guest_that_may_neither_be_saved_nor_shut_down_is_a_persons() -> None:
    assert next_for(draining(step()), rules=book(refuse)) == ["a gave_up blocked_but_runs"]


def test_a_shutdown_waits_until_it_would_end_with_the_last_save() -> None:
    large = step("a", planned=plans.step("a", memory=100_000))
    quick = shut("c", "planned")

    assert next_for(draining(large, quick)) == ["a save"]
    assert next_for(draining(step("a"), quick)) == ["a save", "c shutdown"]


@pytest.mark.parametrize(
    ("half_way", "verb"),
    [
        (step("a", "imaged", image="i"), "verify"),
        (step("a", "imaged", planned=PAIRED, image="i"), "snapshot"),
        (step("a", "imaged", planned=PAIRED, image="i", pair="p"), "verify"),
        (step("a", "imaged", planned=PAIRED, image="i", pair_failed=True), "verify"),
        (step("a", "half_saved", attempts={"save": 1}), "save"),
        (step("a", "half_saved", attempts={"save": 2}), "destroy"),
        (step("a", "intruded", image="i"), "spend"),
        (step("a", "started"), "shutdown"),
        (step("a", "off", image="i"), "spend"),
        (step("a", "stuck", choice="boot"), "destroy"),
    ],
)
def test_what_is_half_way_is_finished_even_in_a_pause(half_way: Step, verb: str) -> None:
    assert next_for(draining(half_way, paused=True)) == [f"a {verb}"]


def test_a_second_save_goes_to_a_new_file() -> None:
    half = draining(step("a", "half_saved", attempts={"save": 1}))
    (draft,) = drain(half, sight(*RUNNING), book())

    assert (draft.data["image"], draft.data["attempt"]) == ("r1-a-2", 2)


def test_nothing_is_begun_with_a_guest_that_is_in_flight() -> None:
    flight = flying("a", "verify")

    assert next_for(draining(step("a", "hashing", flight=flight))) == []


@pytest.mark.parametrize(
    ("seconds", "fields", "row"),
    [
        (149.0, {}, []),
        (150.0, {}, ["c late shutdown"]),
        (150.0, {"warned": True}, []),
        (180.0, {"warned": True}, ["c destroy"]),
        (180.0, {"warned": True, "more": 180.0}, []),
        (10.0, {"choice": "destroy"}, ["c destroy"]),
    ],
)
def test_a_guest_near_its_deadline_is_named_and_past_it_destroyed(
    seconds: float, fields: dict[str, Any], row: list[str]
) -> None:
    going = draining(shut("c", "shutting", flight=flying("c", "shutdown"), **fields))

    assert next_for(going, seen=sight(*RUNNING, seconds=seconds)) == row


def test_a_deadline_runs_from_the_request() -> None:
    assert shutdown_deadline(shut("c", "shutting"), book(shutdown=60.0)) == later(60)


def test_an_aborted_run_turns_round_when_nothing_is_half_way() -> None:
    assert next_for(draining(saved(), step("b"), aborting=True)) == ["phase bring_up"]
    assert next_for(draining(step("a", "imaged", image="i"), aborting=True)) == ["a verify"]


def test_an_aborted_run_lets_a_guest_be_that_did_not_shut_down() -> None:
    going = draining(shut("c", "shutting"), aborting=True)

    assert next_for(going)[0] == "c found restarted"


def test_a_paused_run_saves_nobody() -> None:
    assert next_for(draining(step(), shut("c", "planned"), paused=True)) == []


def test_the_host_is_empty_when_everybody_is_off_and_nobody_is_in_memory() -> None:
    done = draining(saved("a"), shut("c"))

    assert next_for(done, seen=sight(guest("a", "off"))) == ["phase host_work"]
    assert next_for(done, seen=sight(guest("x"))) == ["asked intruder"]


@pytest.mark.parametrize("state", ["saved", "off", "untouched", "down", "left"])
def test_these_guests_keep_no_host_from_being_empty(state: str) -> None:
    assert all_off(draining(step("a", state)))


@pytest.mark.parametrize("state", ["planned", "saving", "imaged", "hashing", "shutting", "stuck"])
def test_these_guests_keep_a_host_from_being_empty(state: str) -> None:
    assert not all_off(draining(step("a", state)))


def test_an_image_that_was_given_up_is_spent_before_the_host_counts_as_empty() -> None:
    given_up = step("a", "off", image="i")

    assert not all_off(draining(given_up))
    assert all_off(draining(replace(given_up, spent=True)))
    assert all_off(draining(replace(given_up, attempts={"spend": 3})))


@pytest.mark.parametrize(("kernel", "expected"), [("4.19.181", "4.19.181"), ("5.10.46", "")])
def test_an_aborted_run_passes_the_gate_for_the_kernel_that_its_host_was_restarted_into(
    kernel: str, expected: str
) -> None:
    night = draining(saved(), aborting=True, boot_id="b1")
    (row,) = turn_round(night, sight(facts=host(boot_id="b2", kernel=kernel)))

    assert (row.data["to"], row.data["kernel"]) == ("gate", expected)
