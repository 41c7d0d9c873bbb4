"""The plan names the cells of the matrix that decided; its hash knows nothing of them."""

from __future__ import annotations

from dataclasses import replace

from bot.rules.plan.data import plan_from_data, plan_to_data
from bot.rules.plan.given import PlanInput
from bot.rules.plan.making import make_plan
from bot.rules.plan.terms import PlanCell
from bot.rules.policy.evidence import RestoreOutcome, Trial
from bot.rules.policy.terms import PolicySettings, Reason
from tests.unit.rules.plans import NOW, changed, given, guest, of

FAMILY = "xen/pv/linux-5.10"


def tried(outcomes: str, host: PlanInput) -> tuple[Trial, ...]:
    meaning = {".": RestoreOutcome.RESTORED, "D": RestoreOutcome.DAMAGE}
    combination = host.combination(FAMILY)
    return tuple(
        Trial(at=NOW, run="r0", host="x", guest="g", combination=combination, outcome=meaning[each])
        for each in outcomes
    )


def host(outcomes: str = "") -> PlanInput:
    bare = given([guest("a"), guest("b")])
    return replace(bare, trials=tried(outcomes, bare))


def test_each_family_that_is_suspended_has_its_cell() -> None:
    plan = make_plan(changed(host("..."), "b", kernel_line="Linux version 5.4.0"))

    assert [(c.family, c.standing, c.good, c.hosts, c.suspended) for c in plan.cells] == [
        (FAMILY, "canary", 3, 1, 1),
        ("xen/pv/linux-5.4", "untrusted", 0, 0, 1),
    ]


def test_a_family_that_is_shut_down_for_another_reason_has_none() -> None:
    bare = host()

    assert make_plan(replace(bare, opt_ins={})).cells == ()


def test_what_damage_has_banned_says_its_cell_and_blames_nobody() -> None:
    plan = make_plan(host("D"))

    step, (cell,) = of(plan, "a"), plan.cells
    assert step.reason is Reason.COMBINATION_BANNED
    assert dict(step.fields) == {"family": FAMILY, "cell": cell.cell}
    assert (cell.suspended, cell.shut) == (0, 2)


def test_what_restores_have_shown_does_not_change_the_hash() -> None:
    assert make_plan(host(".")).hash == make_plan(host("....")).hash


def test_cells_survive_the_journal_and_journals_without_them_are_read() -> None:
    plan = make_plan(host("."))
    old = plan_to_data(plan)
    del old["cells"]

    assert plan_from_data(plan_to_data(plan)) == plan
    assert plan_from_data(old) == replace(plan, cells=())


def test_the_settings_say_how_many_are_wanted() -> None:
    plan = make_plan(replace(host("."), policy=PolicySettings(trust_count=5)))

    assert isinstance(plan.cells[0], PlanCell)
    assert plan.cells[0].wanted == 5
