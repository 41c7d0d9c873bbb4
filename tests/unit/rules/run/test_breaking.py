"""The breaker in a run: bad restores open holds, once each; nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.policy.terms import PolicySettings
from bot.rules.run.breaking import bads, hold
from tests.builders import run, step, told
from tests.unit.rules import plans

PV = "xen/pv/linux 5.10"


def opened_by(*outcomes: str, scope: str = "global", value: str = "") -> Any:  # noqa: ANN401
    return {(scope, value): frozenset(f"hobgoblin/{each}" for each in outcomes)}


def bad(name: str, how: str, **about: Any) -> Any:  # noqa: ANN401 - any field
    return step(name, "damaged", planned=plans.step(name, family=PV), bad=how, **about)


@pytest.mark.parametrize(
    ("steps", "opened"),
    [
        ([bad("a", "damage")], ["held global"]),
        ([bad("a", "dead")], ["held guest"]),
        ([bad("a", "dead"), bad("b", "dead")], ["held host", "held kernel", *["held guest"] * 2]),
        ([step("a", "unreachable", verdict="unreachable")], []),
        ([step("a", "broken", verdict="broken")], []),
        ([step("a", "up", error="no_space")], []),
    ],
)
def test_holds_open_by_what_restores_came_to(steps: list[Any], opened: list[str]) -> None:
    assert told(hold(run(*steps), PolicySettings())) == opened


def test_under_a_trusted_combination_two_dead_guests_hold_no_host() -> None:
    trusted = run(bad("a", "dead"), bad("b", "dead"), plan_fields={"trusted": True})

    assert "held host" not in told(hold(trusted, PolicySettings()))


def test_a_hold_that_the_run_has_opened_is_not_opened_again() -> None:
    held = run(bad("a", "damage"), held=opened_by("a: damage"))

    assert told(hold(held, PolicySettings())) == []


@pytest.mark.parametrize(
    ("how", "scope", "value"),
    [("damage", "global", ""), ("dead", "kernel", PV), ("dead", "host", "hobgoblin")],
)
def test_one_more_bad_restore_opens_again_what_the_run_has_opened_before(
    how: str, scope: str, value: str
) -> None:
    before = opened_by(f"a: {how}", f"b: {how}", scope=scope, value=value)
    after = run(*(bad(name, how) for name in "abc"), held=before)

    again = [(d.data["scope"], d.data["value"]) for d in hold(after, PolicySettings())]
    assert (scope, value) in again


def test_a_hold_says_which_outcomes_opened_it() -> None:
    (draft,) = hold(run(bad("a", "damage")), PolicySettings())

    assert draft.data["because"] == ["hobgoblin/a: damage"]
    assert draft.data["code"] == "breaker_damage"


def test_the_count_of_damages_is_configured() -> None:
    loose = PolicySettings(breaker_damage=2)

    assert told(hold(run(bad("a", "damage")), loose)) == []
    assert told(hold(run(bad("a", "damage"), bad("b", "damage")), loose)) == ["held global"]


def test_a_guest_that_was_bad_stays_counted_when_it_was_repaired() -> None:
    assert [each.guest for each in bads(run(step("a", "up", bad="damage")))] == ["a"]
