"""The tables of states are closed: nothing leads out of them, and only what is final ends there."""

from __future__ import annotations

import pytest

from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from bot.rules.run.journal import Found
from bot.rules.run.states import ASIDE, PHASES, STEPS, Phase, StepState
from bot.rules.run.verify import Verdict

FINAL = {StepState.UNTOUCHED, StepState.LEFT}
CHOICES = {"retry", "boot", "rollback", "leave", "wait", "destroy"}
ENDS = {"done", *(f"failed {left}" for left in GuestState)}
KNOWN = (
    {"gave_up", "verify failed unclear"}
    | {str(verb) for verb in Verb}
    | {f"{verb} {end}" for verb in Verb for end in ENDS}
    | {f"found {what}" for what in Found}
    | {f"looked {verdict}" for verdict in Verdict}
    | {f"chosen {choice}" for choice in CHOICES}
)


def test_every_state_and_phase_has_its_row() -> None:
    assert set(STEPS) == set(StepState)
    assert set(PHASES) == set(Phase)


@pytest.mark.parametrize("state", sorted(StepState))
def test_a_state_is_known_by_known_triggers_and_leads_to_states(state: StepState) -> None:
    assert set(STEPS[state]) <= KNOWN
    assert set(STEPS[state].values()) <= set(StepState)


@pytest.mark.parametrize("state", sorted(set(StepState) - FINAL))
def test_what_is_not_final_has_a_way_out(state: StepState) -> None:
    assert set(STEPS[state].values()) - {state}


def test_every_state_can_be_reached_but_that_of_guests_left_alone() -> None:
    reached = {to for ways in STEPS.values() for to in ways.values()}
    assert set(StepState) - reached == {StepState.UNTOUCHED}


def test_what_tidies_up_changes_no_state() -> None:
    assert not ASIDE & {trigger.split()[0] for ways in STEPS.values() for trigger in ways}
