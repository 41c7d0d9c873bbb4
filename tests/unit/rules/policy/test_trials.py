"""The decision on one guest in a trial: what binds it as every run, and what does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.optin import TrialWish
from bot.rules.policy.decide import decide, decide_again
from bot.rules.policy.terms import Action, PolicySettings, Reason
from tests.unit.rules.policy.test_decide import (
    BANNED,
    DISPUTED,
    HOLD,
    INFRASTRUCTURE,
    NOT_WANTED,
    NOW,
    OLD,
    RUNS,
    UNKNOWN,
    UNTRUSTED,
    case,
    ground,
)

SUSPEND, UNTOUCHED = Action.SUSPEND, Action.UNTOUCHED
WISH = TrialWish(guest="vps1", wanted=True, at=NOW, who="customer:ada@example.org", how="link")
NO_PAIRS = PolicySettings(pairs="off", canaries=False)
NOT_OURS = replace(INFRASTRUCTURE, suspend=False)

TABLE: list[tuple[str, dict[str, Any], Action, Reason]] = [
    ("opted in", {}, SUSPEND, Reason.OPTED_IN),
    ("asked for", {"opt_in": None, "trial_wish": WISH}, SUSPEND, Reason.TRIAL_WISHED),
    (
        "asked for, opted out",
        {"opt_in": NOT_WANTED, "trial_wish": WISH},
        SUSPEND,
        Reason.TRIAL_WISHED,
    ),
    ("ours", {"guest": INFRASTRUCTURE, "opt_in": None}, SUSPEND, Reason.INFRASTRUCTURE),
    ("not proven", {"standing": UNTRUSTED}, SUSPEND, Reason.OPTED_IN),
    ("others need it", {"standing": UNTRUSTED, "needed": True}, SUSPEND, Reason.OPTED_IN),
    ("not its host's turn", {"standing": UNTRUSTED, "explore": False}, SUSPEND, Reason.OPTED_IN),
    ("pairs off", {"settings": NO_PAIRS}, SUSPEND, Reason.OPTED_IN),
    # what binds every run
    ("nobody asked", {"opt_in": None}, UNTOUCHED, Reason.NOT_OPTED_IN),
    (
        "withdrawn",
        {"opt_in": None, "trial_wish": replace(WISH, wanted=False)},
        UNTOUCHED,
        Reason.NOT_OPTED_IN,
    ),
    (
        "ours, and not to be",
        {"guest": NOT_OURS, "trial_wish": WISH},
        UNTOUCHED,
        Reason.INFRASTRUCTURE_NOT_SUSPENDED,
    ),
    ("held", {"hold": HOLD}, UNTOUCHED, Reason.HELD),
    ("a device", {"facts": replace(RUNS, unsaveable=("pci",))}, UNTOUCHED, Reason.DEVICE_CANNOT),
    ("old", {"kernel": OLD}, UNTOUCHED, Reason.KERNEL_OLD),
    ("unknown", {"kernel": UNKNOWN}, UNTOUCHED, Reason.KERNEL_UNKNOWN),
    ("disputed", {"kernel": DISPUTED}, UNTOUCHED, Reason.KERNEL_CONTRADICTS),
    ("banned", {"standing": BANNED}, UNTOUCHED, Reason.COMBINATION_BANNED),
    ("no space for a pair", {"pair": False}, UNTOUCHED, Reason.TRIAL_UNPAIRED),
]
_OF_GROUND = ("needed", "explore", "pair")


@pytest.mark.parametrize(
    ("differs", "action", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_trial_has_one_decision(
    differs: dict[str, Any], action: Action, reason: Reason
) -> None:
    where = {name: value for name, value in differs.items() if name in _OF_GROUND}
    rest = {name: value for name, value in differs.items() if name not in _OF_GROUND}
    decision = decide(case(ground=ground(trial=True, **where), **rest))

    assert (decision.action, decision.reason) == (action, reason)
    assert decision.pair is (action is SUSPEND)


def test_a_wish_for_a_trial_counts_for_nothing_else() -> None:
    decision = decide(case(opt_in=None, trial_wish=WISH))

    assert (decision.action, decision.reason) == (Action.SHUTDOWN, Reason.NOT_OPTED_IN)


def test_a_wish_withdrawn_after_the_plan_is_named_with_its_time() -> None:
    asked = case(ground=ground(trial=True), opt_in=None, trial_wish=WISH)
    withdrawn = replace(WISH, wanted=False, at=NOW + timedelta(minutes=5))
    now = decide_again(decide(asked), replace(asked, trial_wish=withdrawn))

    assert (now.action, now.reason) == (UNTOUCHED, Reason.TRIAL_WITHDRAWN)
    assert now.fields == {"since": withdrawn.at.isoformat()}


def test_a_trial_withdrawn_after_the_opt_in_is_not_made_of_an_opted_in_guest() -> None:
    planned = decide(case(ground=ground(trial=True)))
    withdrawn = replace(WISH, wanted=False, at=NOW + timedelta(minutes=5))
    now = decide_again(planned, case(ground=ground(trial=True), trial_wish=withdrawn))

    assert (now.action, now.reason) == (UNTOUCHED, Reason.TRIAL_WITHDRAWN)
    assert now.fields == {"since": withdrawn.at.isoformat()}


@pytest.mark.parametrize(("how", "minutes"), [("trial", 5), ("link", -5)])
def test_a_trial_carried_out_or_withdrawn_before_the_opt_in_forbids_no_other(
    how: str, minutes: int
) -> None:
    said = replace(WISH, wanted=False, how=how, at=NOW + timedelta(minutes=minutes))

    assert decide(case(ground=ground(trial=True), trial_wish=said)).action is SUSPEND
    assert decide(case(trial_wish=replace(said, how="link"))).action is SUSPEND


def test_an_opt_out_after_the_wish_for_a_trial_ends_the_wish() -> None:
    asked = case(ground=ground(trial=True), trial_wish=WISH)
    out = replace(NOT_WANTED, at=NOW + timedelta(minutes=5))
    now = decide_again(decide(asked), replace(asked, opt_in=out))

    assert (now.action, now.reason) == (UNTOUCHED, Reason.OPTED_OUT_LATE)
    assert now.fields == {"since": out.at.isoformat()}


def test_an_opt_out_after_a_plan_by_the_wish_is_named_as_one() -> None:
    asked = case(ground=ground(trial=True), opt_in=None, trial_wish=WISH)
    out = replace(NOT_WANTED, at=NOW + timedelta(minutes=5))
    now = decide_again(decide(asked), replace(asked, opt_in=out))

    assert (now.action, now.reason) == (UNTOUCHED, Reason.OPTED_OUT_LATE)


def test_an_opt_out_after_the_plan_is_honoured_in_a_trial() -> None:
    planned = decide(case(ground=ground(trial=True)))
    now = decide_again(planned, case(ground=ground(trial=True), opt_in=NOT_WANTED))

    assert (now.action, now.reason) == (UNTOUCHED, Reason.OPTED_OUT_LATE)
