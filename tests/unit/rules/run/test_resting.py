"""When a run rests, and for what."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.run.resting import resting
from bot.rules.run.terms import Question, Step, Work
from tests.builders import flying, run, saved, sight, silence, step

ASKED: dict[str, Any] = {"question": Question(kind="choose")}
PAUSED: dict[str, Any] = {"paused": True}


@pytest.mark.parametrize(
    ("phase", "about", "why"),
    [
        ("ended", {}, "ended"),
        ("ended", {"released": True}, "ended"),
        ("drain", {"released": True}, "released"),
        ("bring_up", ASKED, "asked"),
        ("bring_up", ASKED | PAUSED, "asked"),
        ("drain", PAUSED, "paused"),
        ("drain", {}, ""),
        ("bring_up", {}, ""),
    ],
)
def test_a_run_rests_for_one_reason(phase: str, about: dict[str, Any], why: str) -> None:
    assert resting(run(saved(), phase=phase, **about), sight()) == why


@pytest.mark.parametrize(
    "moving",
    [
        step("a", "shutting"),
        step("a", "watched"),
        step("a", "mending"),
        step("a", "started"),
        step("a", "dead"),
        step("a", "damage"),
        step("a", "restoring", flight=flying("a", "restore")),
    ],
)
@pytest.mark.parametrize("about", [ASKED, PAUSED])
def test_a_run_does_not_rest_while_something_moves(moving: Step, about: dict[str, Any]) -> None:
    assert resting(run(moving, **about), sight()) == ""


def test_a_run_does_not_rest_while_its_host_works() -> None:
    working = run(saved(), phase="host_work", work=Work(flight=flying("", "reboot")), **PAUSED)

    assert resting(working, sight()) == ""


def test_without_contact_only_a_question_rests() -> None:
    assert resting(run(saved(), **ASKED), silence(99)) == "asked"
    assert resting(run(saved(), phase="drain", **PAUSED), silence(99)) == ""


@pytest.mark.parametrize(
    ("other", "why"),
    [(saved("b"), "asked"), (step("b"), ""), (step("b", "imaged"), "")],
)
def test_a_stuck_guest_keeps_the_host_when_everybody_else_is_done(other: Step, why: str) -> None:
    assert resting(run(step("a", "stuck"), other, phase="drain"), sight()) == why
