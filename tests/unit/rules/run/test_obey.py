"""A person's word: what it does to a run, or why it does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.hold import Hold, Scope
from bot.rules.limits import Limits
from bot.rules.run.obey import Word, obey, possible
from bot.rules.run.states import StepState
from bot.rules.run.terms import Question, Run
from tests.builders import guest, run, saved, sight, step, told
from tests.unit.rules.plans import NOW

HOLD = Hold(scope=Scope.GLOBAL, value="", reason="damage", opened_by="breaker", opened_at=NOW)
ASKED = {
    kind: Question(kind=kind) for kind in ("choose", "gate", "work", "work_failed", "intruder")
}


def obeyed(run_: Run, verb: str, on: str = "", argument: str = "") -> list[str]:
    word = Word(verb=verb, actor="os:anna", guest=on, argument=argument)
    return told(obey(run_, word, sight(holds=(HOLD,)), Limits()))


def refused(run_: Run, verb: str, on: str = "", argument: str = "") -> str:
    word = Word(verb=verb, actor="os:anna", guest=on, argument=argument)
    (draft,) = obey(run_, word, sight(holds=(HOLD,)), Limits())
    assert (str(draft.event), draft.data["verb"]) == ("not_obeyed", verb)
    return str(draft.data["code"])


@pytest.mark.parametrize(
    ("verb", "phase", "about", "row"),
    [
        ("pause", "drain", {}, "paused"),
        ("resume", "drain", {"paused": True}, "resumed"),
        ("abort", "drain", {}, "aborted"),
        ("abort", "host_work", {"paused": True}, "aborted"),
        ("continue", "host_work", {"question": ASKED["work"]}, "continued"),
        ("continue", "host_work", {"question": ASKED["work_failed"]}, "continued"),
        ("continue", "gate", {"question": ASKED["gate"]}, "continued"),
        ("continue", "drain", {"question": ASKED["intruder"]}, "continued"),
        ("release", "bring_up", {}, "released"),
        ("takeback", "bring_up", {"released": True}, "taken_back"),
    ],
)
def test_a_word_to_the_run_is_obeyed(
    verb: str, phase: str, about: dict[str, Any], row: str
) -> None:
    assert obeyed(run(saved(), phase=phase, **about), verb) == [row]


@pytest.mark.parametrize(
    ("verb", "phase", "about", "code"),
    [
        ("pause", "ended", {}, "ended"),
        ("pause", "drain", {"paused": True}, "paused_already"),
        ("resume", "drain", {}, "not_paused"),
        ("abort", "gate", {}, "work_is_over"),
        ("abort", "bring_up", {}, "coming_back_already"),
        ("abort", "drain", {"aborting": True}, "aborted_already"),
        ("continue", "drain", {}, "nothing_to_continue"),
        ("continue", "bring_up", {"question": ASKED["choose"]}, "nothing_to_continue"),
        ("release", "ended", {}, "ended"),
        ("release", "drain", {"released": True}, "released_already"),
        ("takeback", "drain", {}, "not_released"),
    ],
)
def test_a_word_that_does_not_fit_the_run_is_answered_with_why(
    verb: str, phase: str, about: dict[str, Any], code: str
) -> None:
    assert refused(run(saved(), phase=phase, **about), verb) == code


@pytest.mark.parametrize("choice", ["boot", "wait", "back"])
def test_the_breakers_question_is_answered(choice: str) -> None:
    asked = run(saved(), question=ASKED["choose"])

    assert obeyed(asked, "choose", argument=choice) == [f"answered {choice}"]


def test_a_host_that_is_not_ready_is_accepted_for_booting_cold() -> None:
    at_gate = run(saved("a"), step("b", "off"), phase="gate", question=ASKED["gate"])
    answered, phase = obey(
        at_gate, Word(verb="choose", actor="os:anna", argument="boot"), sight(), Limits()
    )

    assert (answered.data["cold"], answered.data["allow"]) == (["a"], [])
    assert (phase.data["to"], phase.data["why"]) == ("bring_up", "accepted")


@pytest.mark.parametrize(
    ("kind", "choice", "code"),
    [
        ("", "boot", "no_question"),
        ("work", "boot", "no_question"),
        ("gate", "back", "only_boot"),
        ("choose", "proven", "none_proven"),
    ],
)
def test_a_choice_that_is_not_open_is_answered_with_why(kind: str, choice: str, code: str) -> None:
    asked = run(saved(), question=ASKED.get(kind))

    assert refused(asked, "choose", argument=choice) == code


def test_there_is_no_way_back_while_somebody_runs() -> None:
    asked = run(saved(), question=ASKED["choose"])
    word = Word(verb="choose", actor="os:anna", argument="back")
    (draft,) = obey(asked, word, sight(guest("b"), holds=(HOLD,)), Limits())

    assert draft.data["code"] == "no_way_back"


#: What a person may do with a guest in a state; everything else is refused.
CHOICES = {
    "shutting": "wait destroy",
    "frozen": "rollback retry boot leave",
    "damaged": "rollback retry boot leave",
    "dead": "wait boot rollback leave",
    "broken": "rollback boot leave",
    "unreachable": "retry boot leave",
    "down": "retry boot rollback leave",
    "stuck": "retry boot leave",
}


@pytest.mark.parametrize("state", [str(state) for state in StepState])
@pytest.mark.parametrize("verb", ["retry", "boot", "rollback", "leave", "wait", "destroy"])
def test_a_word_to_a_guest_is_obeyed_in_the_states_that_know_it(state: str, verb: str) -> None:
    bad = run(step("a", state, pair="p"))

    if verb in CHOICES.get(state, "").split():
        assert obeyed(bad, verb, "a") == [f"a chosen {verb}"]
    else:
        assert refused(bad, verb, "a") == "not_in_this_state"


@pytest.mark.parametrize(
    ("state", "verb"),
    [("damaged", "rollback"), ("damaged", "retry"), ("frozen", "retry"), ("down", "rollback")],
)
def test_without_a_pair_nothing_is_rolled_back_or_restored_again(state: str, verb: str) -> None:
    assert refused(run(step("a", state)), verb, "a") == "no_pair"
    assert verb not in possible(step("a", state))
    assert verb in possible(step("a", state, pair="p"))


def test_a_guest_that_is_down_is_tried_again_without_a_pair() -> None:
    assert obeyed(run(step("a", "down")), "retry", "a") == ["a chosen retry"]


def test_a_guest_of_another_run_is_refused() -> None:
    assert refused(run(saved()), "boot", "nobody") == "not_in_run"


def test_acting_on_a_guest_opens_an_ended_run_again_and_leaving_it_does_not() -> None:
    ended = run(step("a", "damaged"), phase="ended")

    assert obeyed(ended, "boot", "a") == ["phase bring_up", "a chosen boot"]
    assert obeyed(ended, "leave", "a") == ["a chosen leave"]


def test_waiting_gives_the_configured_time() -> None:
    word = Word(verb="wait", actor="os:anna", guest="a")
    (draft,) = obey(run(step("a", "shutting")), word, sight(), Limits(shutdown_more=60.0))

    assert (draft.data["seconds"], draft.data["actor"]) == (60.0, "os:anna")
