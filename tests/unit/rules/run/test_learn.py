"""What one look teaches: how operations ended, and who is not as the journal left them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.fleet import GuestFacts
from bot.rules.operation import Done, NeverSeen, Outcome, Refused, Running
from bot.rules.run.learn import learn
from bot.rules.run.terms import Run, Work
from tests.builders import flying, guest, host, later, run, saved, shut, sight, silence, step, told
from tests.unit.rules.plans import NOW

DONE = Done(started=NOW, ended=later(3))
FAILED = Done(started=NOW, ended=later(3), error="no_space", detail="0 MiB")
LOST = NeverSeen()


def in_flight(verb: str = "save", state: str = "saving") -> Run:
    flight = flying("a", verb, image="r1-a-1")
    return run(step("a", state, flight=flight, flight_since=NOW), phase="drain")


def learnt(run_: Run, outcome: Outcome, facts: GuestFacts | None, **about: float) -> list[str]:
    flight = run_.steps["a"].flight
    seen = (facts,) if facts else ()
    return told(learn(run_, sight(*seen, outcomes={str(flight.id): outcome}, **about)))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("outcome", "facts", "row"),
    [
        (Running(started=NOW), guest(), []),
        (DONE, guest(state="off"), ["a done save"]),
        (FAILED, guest(), ["a failed save"]),
        (Refused(error="wrong_state"), guest(), ["a failed save"]),
        (LOST, guest(), ["a never save"]),
        (DONE, None, ["a found stranger"]),
        (LOST, None, ["a found stranger"]),
        (Running(started=NOW), None, []),
    ],
)
def test_an_outcome_becomes_the_row_that_says_it(
    outcome: Outcome, facts: GuestFacts | None, row: list[str]
) -> None:
    assert learnt(in_flight(), outcome, facts) == row


def test_a_failure_is_recorded_with_what_is_left_of_its_guest() -> None:
    flight = in_flight().steps["a"].flight
    seen = sight(guest(state="suspended"), outcomes={str(flight.id): FAILED})  # type: ignore[union-attr]
    (draft,) = learn(in_flight(), seen)

    assert (draft.data["error"], draft.data["left"]) == ("no_space", "suspended")
    assert (draft.data["started"], draft.data["ended"]) == (NOW.isoformat(), later(3).isoformat())


@pytest.mark.parametrize(("seconds", "row"), [(60.0, []), (600.0, ["a failed save"])])
def test_a_save_whose_record_is_lost_is_waited_for_as_long_as_it_may_take(
    seconds: float, row: list[str]
) -> None:
    assert learnt(in_flight(), LOST, guest(state="suspended"), seconds=seconds) == row


def test_a_silent_host_teaches_nothing_of_guests() -> None:
    assert told(learn(in_flight(), silence(10.0))) == []


@pytest.mark.parametrize(
    ("verb", "boot_id", "row"),
    [
        ("reboot", "b1", "never reboot"),
        ("reboot", "b2", "done reboot"),
        ("work", "b1", "never work"),
    ],
)
def test_a_host_operation_without_record_is_judged_by_the_boot_id(
    verb: str, boot_id: str, row: str
) -> None:
    flight = flying("", verb)
    working = run(saved(), phase="host_work", work=Work(flight=flight, boot_before="b1"))
    seen = sight(facts=host(boot_id=boot_id), outcomes={str(flight.id): LOST})

    assert told(learn(working, seen)) == [row, "a found stranger"]


@pytest.mark.parametrize(
    ("state", "found", "row"),
    [
        ("planned", "running", []),
        ("planned", "off", ["a found off"]),
        ("planned", "suspended", ["a found suspended"]),
        ("planned", "zombie", ["a found zombie"]),
        ("saved", "off", []),
        ("saved", "running", ["a found intruder"]),
        ("off", "running", ["a found intruder"]),
        ("paused", "paused", []),
        ("paused", "off", ["a found off"]),
        ("spent", "running", ["a found running"]),
        ("watched", "off", ["a found off"]),
        ("watched", "paused", ["a found paused"]),
        ("frozen", "running", ["a found running"]),
        ("damaged", "off", []),
        ("down", "running", ["a found intruder"]),
        ("up", "off", []),
        ("left", "off", []),
        ("stuck", "off", []),
    ],
)
def test_a_guest_that_is_not_as_it_was_left_is_a_surprise(
    state: str, found: str, row: list[str]
) -> None:
    spent = state in {"spent", "watched", "frozen", "damaged"}
    resting = step("a", state, image="r1-a-1", spent=spent)
    resting = step("a", state) if state == "planned" else resting

    assert told(learn(run(resting), sight(guest(state=found)))) == row


@pytest.mark.parametrize(
    ("about", "row"),
    [
        ({"uuid": "another"}, "a found stranger"),
        ({"instances": 2}, "a found twice"),
    ],
)
def test_another_guest_or_two_of_one_are_surprises(about: dict[str, Any], row: str) -> None:
    assert told(learn(run(step()), sight(guest(**about)))) == [row]


@pytest.mark.parametrize("state", ["watched", "dead", "started", "broken", "shutting"])
def test_a_guest_with_another_domid_was_started_anew(state: str) -> None:
    watched = run(step("a", state, domid=3))

    assert told(learn(watched, sight(guest(domid=3)))) == []
    assert told(learn(watched, sight(guest(domid=4)))) == ["a found restarted"]


def test_a_stuck_guest_is_looked_at_again_when_a_person_says_so() -> None:
    stuck = run(step("a", "stuck", choice="retry"))

    assert told(learn(stuck, sight(guest(state="off")))) == ["a found off"]


def test_guests_are_learnt_of_one_by_one() -> None:
    both = run(saved("a"), shut("c"))

    seen = sight(guest("a"), guest("c"))
    assert told(learn(both, seen)) == ["a found intruder", "c found running"]


def test_what_the_host_work_prints_is_recorded_once_before_its_end() -> None:
    flight = flying("", "work", argument="upgrade")
    working = run(saved(), phase="host_work", work=Work(flight=flight))
    seen = sight(guest(state="off"), outcomes={str(flight.id): DONE})
    seen = replace(seen, printed=("unpacking \x1b[1m…",), printed_to=20)
    printed, ended = learn(working, seen)

    assert (str(printed.event), printed.data["mark"]) == ("printed", 20)
    assert printed.data["said"] == ["unpacking …"]
    assert str(ended.event) == "done"
