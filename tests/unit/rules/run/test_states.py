"""The life cycles of steps and runs, told as journals: what can happen, and what cannot."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from bot.rules.errors import BadConfiguration, Code
from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from bot.rules.run.journal import Event, Found
from bot.rules.run.states import PHASES, STEPS, Phase, StepState, choices, follow
from bot.rules.run.terms import Run
from bot.rules.run.verify import Verdict
from tests.builders import fresh, then
from tests.unit.rules.courses import after, courses, happen, links, ways

COURSES = courses()
WAYS = ways()
TOLD = {(state, happens) for c in COURSES.values() for state, happens, _ in links(c)}
TIDYING = {Verb.DROP_SNAPSHOT, Verb.DISCARD_IMAGE}
VERBS = sorted(set(Verb) - TIDYING)
EVERYTHING = [
    *VERBS,
    *(f"{verb} done" for verb in VERBS),
    *(f"{verb} failed {left}" for verb, left in product(VERBS, GuestState)),
    *(f"found {what}" for what in Found),
    *(f"looked {verdict}" for verdict in Verdict),
    *(f"chosen {choice}" for choice in ("retry", "boot", "rollback", "leave", "wait", "destroy")),
    "gave_up",
]
#: How a run goes through its phases; `ended` is the row that ends it, all others are entered.
PHASE_STORIES = (
    "drain host_work gate bring_up ended bring_up gate bring_up",
    "drain bring_up ended",
    "drain host_work bring_up",
    "drain gate bring_up",
    "drain bring_up drain",  # the next guest of a trial
)


@pytest.mark.parametrize("title", COURSES)
def test_the_story_is_what_the_journal_says(title: str) -> None:
    course = COURSES[title]
    run = after(WAYS[course[0]])
    for _, happens, state in links(course):
        run = happen(run, happens)

        assert (happens, run.steps["a"].state) == (happens, state)


def test_every_transition_is_told_in_a_story() -> None:
    table = {(str(state), happens) for state, known in STEPS.items() for happens in known}

    assert table - TOLD == set()


@pytest.mark.parametrize("state", sorted(set(StepState) - {"left", "untouched"}))
def test_failures_and_surprises_that_no_story_tells_leave_a_guest_stuck(state: str) -> None:
    run = after(WAYS[state])
    odd = [h for h in EVERYTHING if (state, h) not in TOLD and not h.startswith("chosen ")]
    sudden = [h for h in odd if " failed " in h or h.startswith("found ") or h == "gave_up"]

    assert {str(happen(run, happens).steps["a"].state) for happens in sudden} == {"stuck"}


@pytest.mark.parametrize("state", sorted(WAYS))
def test_whatever_else_no_story_tells_is_a_corrupt_journal(state: str) -> None:
    run = after(WAYS[state])
    for happens in EVERYTHING:
        sudden = " failed " in happens or happens.startswith("found ") or happens == "gave_up"
        if (state, happens) in TOLD or (sudden and state != "left"):
            continue
        with pytest.raises(BadConfiguration) as refused:
            happen(run, happens)

        assert refused.value.code is Code.CORRUPT_JOURNAL


@pytest.mark.parametrize("verb", sorted(TIDYING))
@pytest.mark.parametrize("state", ["up", "damaged", "left"])
def test_tidying_up_changes_no_state(state: str, verb: str) -> None:
    run = after(WAYS[state])
    for happens in (verb, f"{verb} done", verb, f"{verb} failed running"):
        run = happen(run, happens)

    assert run.steps["a"].state == state


@pytest.mark.parametrize("story", PHASE_STORIES)
def test_a_run_goes_through_its_phases(story: str) -> None:
    run = fresh()
    for phase in story.split()[1:]:
        run = enter(run, phase)

        assert run.phase == phase


def test_every_change_of_phase_is_told_and_no_other_is_possible() -> None:
    told = {pair for story in PHASE_STORIES for pair in _pairs(story)}
    for before, to in product(Phase, Phase):
        possible = (str(before), str(to)) in told

        assert (to in PHASES[before]) is possible
        assert _enters(before, to) is possible


def test_a_person_may_choose_what_the_stories_tell() -> None:
    for state in StepState:
        told = {h.split()[1] for s, h in TOLD if s == state and h.startswith("chosen ")}

        assert set(choices(state)) == told


def test_what_is_left_by_a_person_stays_left() -> None:
    assert {follow(StepState.LEFT, happens) for happens in EVERYTHING} == {None}


def enter(run: Run, phase: str) -> Run:
    if phase == "ended":
        return then(run, Event.ENDED, exit_status=0)
    return then(run, Event.PHASE, to=phase, why="test")


def _pairs(story: str) -> list[tuple[str, str]]:
    phases = story.split()
    return list(pairwise(phases))


def _enters(before: Phase, to: Phase) -> bool:
    run = fresh()
    way = next(story.split() for story in PHASE_STORIES if str(before) in story.split())
    for phase in way[1 : way.index(str(before)) + 1]:
        run = enter(run, phase)
    try:
        enter(run, str(to))
    except BadConfiguration:
        return False
    return True
