"""The breaker's question: whom it is about, what is offered, and what each answer does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.hold import Hold, Scope
from bot.rules.run.question import answer, ask, back_possible, proven, stopped
from bot.rules.run.terms import Question, Run
from tests.builders import book, guest, host, later, run, saved, sight, step, told
from tests.unit.rules import plans
from tests.unit.rules.plans import NOW

PV = "xen/pv/linux 5.10"


def hold(scope: Scope = Scope.GLOBAL, value: str = "") -> Hold:
    return Hold(scope=scope, value=value, reason="bad", opened_by="breaker", opened_at=NOW)


def of_family(name: str, state: str = "saved", **about: Any) -> Any:  # noqa: ANN401 - any field
    marks = about.pop("marks", {})
    return step(name, state, planned=plans.step(name, family=PV, **marks), **about)


def good(name: str = "x", **about: Any) -> Any:  # noqa: ANN401 - any field
    return of_family(name, "up", **{"how": "restored", **about})


@pytest.mark.parametrize(
    ("about", "asked"),
    [
        ({}, True),
        ({"allowed": True}, False),
        ({"cold": True}, False),
    ],
)
def test_under_a_hold_a_saved_guest_waits_unless_a_person_has_spoken(
    about: dict[str, Any], *, asked: bool
) -> None:
    assert ("a" in stopped(run(saved(**about)), [hold()])) is asked


@pytest.mark.parametrize("state", ["saved", "paused", "spent"])
def test_every_guest_whose_memory_is_saved_or_paused_waits(state: str) -> None:
    assert stopped(run(step("a", state, image="i")), [hold()]) == {"a"}


@pytest.mark.parametrize("state", ["off", "watched", "up", "restoring", "down"])
def test_others_do_not_wait(state: str) -> None:
    assert stopped(run(step("a", state, image="i")), [hold()]) == frozenset()


@pytest.mark.parametrize(
    ("scope", "value", "waits"),
    [
        (Scope.HOST, "hobgoblin", {"a", "b"}),
        (Scope.HOST, "clockwork", set()),
        (Scope.KERNEL, PV, {"a"}),
        (Scope.GUEST, "b", {"b"}),
    ],
)
def test_a_hold_stops_whom_it_covers(scope: Scope, value: str, waits: set[str]) -> None:
    assert stopped(run(of_family("a"), saved("b")), [hold(scope, value)]) == waits


@pytest.mark.parametrize("verdict", ["damage", "dead"])
def test_a_family_waits_when_its_canary_came_back_wrong(verdict: str) -> None:
    canary = of_family("x", "damaged", verdict=verdict, marks={"family_canary": True})

    assert stopped(run(canary, of_family("a"), saved("b")), []) == {"a"}


@pytest.mark.parametrize(
    ("about", "waits"),
    [({}, {"a"}), ({"gated": False}, set()), ({"plan_fields": {"trusted": True}}, set())],
)
def test_a_guest_without_the_pair_it_was_to_have_waits_on_a_host_not_trusted(
    about: dict[str, Any], waits: set[str]
) -> None:
    bare = of_family("a", pair_failed=True, marks={"pair": True})

    assert stopped(run(bare, **about), []) == waits


def test_the_question_names_its_guests_its_choices_and_its_deadline() -> None:
    (draft,) = ask(run(saved("b"), saved("a")), sight(holds=(hold(),)), book())

    assert draft.data["guests"] == ["a", "b"]
    assert (draft.data["proven"], draft.data["back"]) == ([], True)
    assert draft.data["deadline"] == later(900).isoformat()


@pytest.mark.parametrize("state", ["restoring", "paused", "spending", "resetting", "unpausing"])
def test_the_question_waits_for_restores_under_way(state: str) -> None:
    busy = run(saved("a"), step("b", state, image="i", allowed=True))

    assert told(ask(busy, sight(holds=(hold(),)), book())) == []


@pytest.mark.parametrize(
    ("seconds", "deadline", "rows"),
    [
        (899.0, 900.0, []),
        (900.0, 900.0, ["answered boot"]),
        (9999.0, None, []),
    ],
)
def test_an_open_question_is_answered_by_its_deadline_alone(
    seconds: float, deadline: float | None, rows: list[str]
) -> None:
    at = None if deadline is None else later(deadline)
    asked = run(saved(), question=Question(kind="choose", guests=("a",), deadline=at))

    assert told(ask(asked, sight(seconds=seconds, holds=(hold(),)), book())) == rows


def three() -> Run:
    """A family proven in this run, one of it with a pair and one without, and a stranger."""
    return run(good(), of_family("a", pair="p"), of_family("b"), saved("c", pair="p"))


@pytest.mark.parametrize(
    ("choice", "allow", "cold"),
    [
        ("boot", [], ["a", "b", "c"]),
        ("proven", ["a"], ["b", "c"]),
        ("back", ["a", "b", "c"], []),
        ("wait", [], []),
    ],
)
def test_an_answer_says_who_is_restored_and_who_is_booted(
    choice: str, allow: list[str], cold: list[str]
) -> None:
    row = answer(three(), sight(holds=(hold(),)), choice, "os:anna").data

    assert (row["allow"], row["cold"], row["actor"]) == (allow, cold, "os:anna")


@pytest.mark.parametrize(
    "other",
    [
        good(how="booted"),
        of_family("x", "watched", how="restored"),
        good(verdict="dead"),
    ],
)
def test_a_family_is_proven_only_by_a_restore_that_ended_well(other: Any) -> None:  # noqa: ANN401
    assert proven(run(good("y"), of_family("a", pair="p")), ["a"]) == ("a",)
    assert proven(run(other, of_family("a", pair="p")), ["a"]) == ()


def test_there_is_a_way_back_only_to_another_kernel_and_while_nobody_runs() -> None:
    waiting = run(saved())

    assert back_possible(waiting, sight())
    assert not back_possible(waiting, sight(facts=host(kernel="4.19.181")))
    assert not back_possible(waiting, sight(guest("b")))


def test_a_question_is_about_those_who_wait_when_it_is_answered() -> None:
    settled = replace(saved("b"), cold=True)

    assert answer(run(saved(), settled), sight(holds=(hold(),)), "boot", "x").data["cold"] == ["a"]
