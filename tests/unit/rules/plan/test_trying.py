"""The plan of a trial: these guests alone, in this order, without host work."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.fleet import GuestState
from bot.rules.limits import Limits
from bot.rules.optin import OptIn, TrialWish
from bot.rules.plan.cases import attesting
from bot.rules.plan.data import options_from_data, plain, plan_from_data, plan_to_data
from bot.rules.plan.difference import difference
from bot.rules.plan.making import make_plan
from bot.rules.plan.situation import Surroundings
from bot.rules.plan.terms import Plan, PlanOptions
from bot.rules.policy.terms import Action, Reason
from tests.unit.rules.plans import NOW, changed, facts, given, guest, host_facts, of

ALL = [guest("a"), guest("b", needs=("c",)), guest("c"), guest("d")]


def trial(*names: str, **fields: Any) -> Plan:  # noqa: ANN401 - any field
    return make_plan(given(ALL, options=PlanOptions(trial=names), **fields))


def problems(plan: Plan) -> list[str]:
    return [problem.code for problem in plan.problems]


def test_only_its_guests_are_in_the_plan_in_the_order_asked_for() -> None:
    plan = trial("c", "a")

    assert sorted(step.guest for step in plan.steps) == ["a", "c"]
    assert (of(plan, "c").save_rank, of(plan, "a").save_rank) == (0, 1)
    assert all(step.action is Action.SUSPEND and step.pair for step in plan.steps)


def test_the_host_stays_as_it_is() -> None:
    plan = trial("a")

    assert (plan.work.commands, plan.work.reboot, plan.work.manual) == ((), False, False)
    assert (plan.work.kernel, plan.work_seconds) == (plan.before.kernel, 0.0)


def test_a_guest_waits_for_nobody_and_nobody_is_a_canary() -> None:
    step = of(trial("b", "c"), "b")

    assert (step.needs, step.canary, step.family_canary) == ((), False, False)


def test_it_is_another_plan_than_that_of_a_run_or_of_another_order() -> None:
    hashes = {trial("a", "b").hash, trial("b", "a").hash, trial("a").hash}

    assert len({*hashes, make_plan(given(ALL)).hash}) == 4
    assert difference(trial("a", "b"), trial("b", "a")).saves == ("b", "a")


def test_its_times_are_those_of_one_guest_after_the_other() -> None:
    plan = trial("a", "b")

    assert of(plan, "a").expected_downtime == of(plan, "b").expected_downtime > 0
    assert of(plan, "b").begins >= of(plan, "a").expected_downtime + Limits().looks[-1]


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"kernel_line": "Linux version 3.16.0"}, "kernel_contradicts"),
        ({"unsaveable": ("pci",)}, "device_cannot"),
    ],
)
def test_a_guest_that_may_not_be_suspended_is_named_and_stays_up(
    differs: dict[str, Any], reason: str
) -> None:
    plan = make_plan(changed(given(ALL, options=PlanOptions(trial=("a", "b"))), "a", **differs))

    assert [(p.code, p.fields["guest"], p.fields["reason"]) for p in plan.problems] == [
        ("trial_refused", "a", reason)
    ]
    assert of(plan, "a").action is Action.UNTOUCHED


def test_what_is_paused_or_not_there_cannot_be_tried() -> None:
    seen = [facts("a", state=GuestState.PAUSED)]
    options = PlanOptions(trial=("a", "b"))
    plan = make_plan(given(ALL, seen, host_facts(saves_paused=True), options=options))

    assert problems(plan) == ["trial_not_here", "trial_not_running"]


def test_the_rest_of_the_host_is_not_asked_about() -> None:
    hanging = facts("c", state=GuestState.SUSPENDED)
    seen = [facts("a"), hanging, facts("d", autostart=True), facts("stranger")]
    options = PlanOptions(trial=("a",))
    plan = make_plan(given(ALL, seen, host_facts(memory_mib=1), options=options))

    assert (plan.problems, plan.warnings) == ((), ())


def test_there_must_be_space_for_a_pair_of_each() -> None:
    one_pair = host_facts(snapshot_space_mib=1024)
    plan = trial("a", "b", facts_of_host=one_pair)

    assert [p.fields["reason"] for p in plan.problems] == [Reason.TRIAL_UNPAIRED.value]


def test_the_bot_does_not_suspend_what_it_lives_on() -> None:
    around = Surroundings(depends=("a", "c", "hobgoblin"), watchers=("b",))
    plan = trial("a", "b", surroundings=around)

    assert [(p.code, p.fields["names"]) for p in plan.problems] == [("depends", ("a",))]
    assert [(w.code, w.fields["names"]) for w in plan.warnings] == [("watchers", ("b",))]


def test_it_survives_the_journal_and_the_proposal() -> None:
    plan, options = trial("a", "b"), PlanOptions(trial=("a", "b"))

    assert plan_from_data(plan_to_data(plan)) == plan
    assert options_from_data(plain(options)) == options  # type: ignore[arg-type]


def test_plans_and_options_of_before_are_of_no_trial() -> None:
    data = plan_to_data(make_plan(given(ALL)))
    for step in data["steps"]:
        del step["trial"]

    assert not plan_from_data(data).trial
    assert options_from_data({"no_suspend": False, "guard": True}).trial == ()


@pytest.mark.parametrize(
    ("attested", "wished", "kernel"), [("", "6.1", "6.1"), ("5.10", "", "5.10")]
)
def test_the_newer_word_on_the_kernel_counts(attested: str, wished: str, kernel: str) -> None:
    said = OptIn(guest="a", wanted=False, at=NOW, who="c", how="link", kernel=attested)
    wish = TrialWish(guest="a", wanted=True, at=NOW, who="c", how="link", kernel=wished)
    newest = attesting(said, wish)

    assert newest is not None
    assert newest.kernel == kernel


def test_a_guest_of_another_identity_than_the_inventory_knows_is_not_tried() -> None:
    plan = make_plan(changed(given(ALL, options=PlanOptions(trial=("a",))), "a", uuid="other"))

    assert [p.fields["reason"] for p in plan.problems] == [Reason.NOT_IN_INVENTORY.value]
