"""Repair: what is done by itself with a guest that came back wrong, and what on a word."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.run.repair import repair, rolls_back_by_itself
from tests.builders import book, flying, guest, run, sight, step, told

SOON: dict[str, Any] = {"verdict": "damage", "verdict_look": 1, "verdict_age": 5.0}
LATE: dict[str, Any] = {"verdict": "damage", "verdict_look": 3, "verdict_age": 120.0}


def repaired(
    state: str,
    now: str = "running",
    seconds: float = 0.0,
    **about: Any,  # noqa: ANN401 - any field
) -> list[str]:
    bad = run(step("a", state, **about))
    return told(repair(bad, sight(guest("a", now), seconds=seconds), book()))


@pytest.mark.parametrize(
    ("pauses", "row"), [({}, "a pause"), ({"pause": 1}, "a pause"), ({"pause": 2}, "a destroy")]
)
def test_damage_is_met_with_a_pause_then_with_the_axe(pauses: dict[str, int], row: str) -> None:
    assert repaired("damage", attempts=pauses) == [row]


@pytest.mark.parametrize(("state", "now"), [("damage", "running"), ("frozen", "paused")])
def test_a_damaged_guest_that_cannot_be_destroyed_is_left_to_a_person(state: str, now: str) -> None:
    attempts = {"pause": 2, "destroy": 5}

    assert repaired(state, now, error="tool_failed", attempts=attempts) == ["a gave_up tool_failed"]


@pytest.mark.parametrize(
    ("about", "rows"),
    [
        (SOON, ["a destroy"]),
        (SOON | {"pair": "p"}, ["a destroy"]),
        (LATE | {"pair": "p"}, []),
        (LATE | {"pair": "p", "choice": "rollback"}, ["a destroy"]),
    ],
)
def test_a_frozen_guest_with_a_pair_and_late_damage_waits_for_a_person(
    about: dict[str, Any], rows: list[str]
) -> None:
    assert repaired("frozen", "paused", **about) == rows


@pytest.mark.parametrize(
    ("about", "rows"),
    [
        (SOON, ["a snapshot"]),
        (SOON | {"kept": "k"}, []),
        (SOON | {"keep_failed": True}, []),
        (SOON | {"pair": "p"}, ["a rollback"]),
        (SOON | {"pair": "p", "roll_failed": True}, []),
        (LATE | {"pair": "p"}, []),
        (LATE | {"pair": "p", "choice": "rollback"}, ["a rollback"]),
        (LATE | {"pair": "p", "choice": "retry"}, ["a rollback"]),
        (SOON | {"choice": "boot"}, ["a boot"]),
        ({"verdict": "broken"}, []),
    ],
)
def test_a_damaged_guest_is_rolled_back_or_kept_as_it_is_and_never_booted_by_itself(
    about: dict[str, Any], rows: list[str]
) -> None:
    assert repaired("damaged", "off", **about) == rows


def test_nothing_is_done_to_a_damaged_disk_while_somebody_runs_on_it() -> None:
    assert repaired("damaged", "running", **SOON) == []


@pytest.mark.parametrize(
    ("about", "by_itself"),
    [
        (SOON | {"pair": "p"}, True),
        (SOON, False),
        (LATE | {"pair": "p"}, False),
        (SOON | {"pair": "p", "verdict_age": 31.0}, False),
        (SOON | {"pair": "p", "rolled": True}, False),
        (SOON | {"pair": "p", "verdict": "broken"}, False),
    ],
)
def test_only_damage_seen_at_once_is_rolled_back_by_itself(
    about: dict[str, Any], *, by_itself: bool
) -> None:
    assert rolls_back_by_itself(step("a", "damaged", **about)) is by_itself


@pytest.mark.parametrize(
    ("seconds", "about", "rows"),
    [
        (299.0, {}, []),
        (300.0, {}, ["a destroy"]),
        (300.0, {"more": 180.0}, []),
        (10.0, {"choice": "boot"}, ["a destroy"]),
    ],
)
def test_a_dead_guest_is_destroyed_at_its_deadline_or_on_a_word(
    seconds: float, about: dict[str, Any], rows: list[str]
) -> None:
    assert repaired("dead", seconds=seconds, **about) == rows


@pytest.mark.parametrize(
    ("about", "rows"),
    [
        ({"silent": True, "looks": 1}, ["a announce"]),
        ({"silent": True, "looks": 1, "mended": 1}, []),
        ({"silent": True, "looks": 2, "mended": 1}, ["a replug"]),
        ({"silent": True, "looks": 3, "mended": 2}, []),
        ({"silent": False, "looks": 1}, []),
    ],
)
def test_a_silent_guest_is_announced_and_at_the_next_look_replugged(
    about: dict[str, Any], rows: list[str]
) -> None:
    assert repaired("watched", **about) == rows


@pytest.mark.parametrize(
    ("state", "now", "about", "rows"),
    [
        ("off", "off", {"choice": "rollback", "pair": "p"}, ["a rollback"]),
        ("off", "off", {"choice": "rollback", "pair": "p", "rolled": True}, []),
        ("off", "off", {"choice": "rollback"}, []),
        ("broken", "running", {}, []),
        ("broken", "running", {"choice": "boot"}, ["a destroy"]),
        ("down", "off", {}, []),
        ("down", "off", {"choice": "boot"}, ["a boot"]),
        ("down", "paused", {"choice": "boot"}, ["a destroy"]),
        ("down", "off", {"choice": "retry", "image": "i"}, ["a restore"]),
        ("down", "off", {"choice": "retry", "image": "i", "spent": True}, ["a boot"]),
        ("down", "off", {"choice": "retry", "image": "i", "cold": True}, ["a boot"]),
        ("down", "off", {"choice": "rollback", "pair": "p"}, ["a rollback"]),
        ("unreachable", "running", {}, []),
        ("unreachable", "running", {"choice": "boot"}, ["a destroy"]),
        ("stuck", "off", {}, []),
        ("stuck", "off", {"choice": "boot"}, ["a boot"]),
        ("stuck", "zombie", {"choice": "boot"}, ["a destroy"]),
        ("up", "running", {"choice": "boot"}, []),
    ],
)
def test_what_a_person_chose_is_carried_out_step_by_step(
    state: str, now: str, about: dict[str, Any], rows: list[str]
) -> None:
    assert repaired(state, now, **about) == rows


def test_a_guest_in_flight_is_left_alone() -> None:
    assert repaired("damage", flight=flying("a", "pause")) == []
