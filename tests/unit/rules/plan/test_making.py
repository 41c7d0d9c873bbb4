import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from bot.rules.fleet import Check, Guest, GuestState, Host, HostWork, Mode, Role, SnapshotKind
from bot.rules.hold import Hold, Scope
from bot.rules.limits import Limits
from bot.rules.plan.cases import decide_now
from bot.rules.plan.data import plan_from_data, plan_to_data
from bot.rules.plan.given import PlanInput
from bot.rules.plan.making import make_plan
from bot.rules.plan.terms import Order, PlanOptions
from bot.rules.policy.evidence import Combination, Exploration, RestoreOutcome, Trial
from bot.rules.policy.terms import Action, PolicySettings, Reason
from tests.unit.rules.plans import NOW, changed, facts, given, guest, host_facts, of, planned

FAMILY = "xen/pv/linux-5.10"
NO_CANARIES = PolicySettings(canaries=False)


def trials(count: int = 20, outcome: RestoreOutcome = RestoreOutcome.RESTORED) -> tuple[Trial, ...]:
    """Outcomes under the combination of the ordinary host, over two hosts."""
    xen = ("5.10.46", "xen-4.14.2")
    return tuple(
        Trial(
            at=NOW - timedelta(days=1),
            run=f"r{n % 2}",
            host=f"h{n % 2}",
            guest=f"g{n}",
            combination=combination(*xen, *xen),
            outcome=outcome,
        )
        for n in range(count)
    )


def combination(*hosts: str, family: str = FAMILY) -> Combination:
    saved_on, saved_hypervisor, restored_on, restored_hypervisor = hosts
    return Combination(
        saved_on=saved_on,
        saved_hypervisor=saved_hypervisor,
        restored_on=restored_on,
        restored_hypervisor=restored_hypervisor,
        family=family,
    )


def names(flag: str, plan_input: PlanInput) -> list[str]:
    return [s.guest for s in make_plan(plan_input).steps if getattr(s, flag)]


# ---- decisions -------------------------------------------------------------------------------


def test_an_opted_in_guest_is_suspended() -> None:
    assert of(planned("vps1"), "vps1").reason is Reason.OPTED_IN


def test_a_guest_that_is_off_stays_off_and_has_no_downtime() -> None:
    plan = make_plan(changed(given([guest("a")]), "a", state=GuestState.OFF))

    assert of(plan, "a").action is Action.UNTOUCHED
    assert of(plan, "a").expected_downtime == 0.0


def test_a_guest_the_inventory_does_not_know_is_shut_down() -> None:
    plan = make_plan(given([], [facts("stranger")]))

    assert of(plan, "stranger").action is Action.SHUTDOWN
    assert of(plan, "stranger").reason is Reason.NOT_IN_INVENTORY


def test_an_opt_in_is_not_of_another_guest_with_the_same_name() -> None:
    plan = make_plan(changed(given([guest("a")]), "a", uuid="another"))

    assert of(plan, "a").reason is Reason.NOT_IN_INVENTORY
    assert of(plan, "a").uuid == "another"


def test_a_hold_on_the_host_shuts_every_guest_down() -> None:
    hold = Hold(
        scope=Scope.HOST, value="hobgoblin", reason="2021", opened_by="breaker", opened_at=NOW
    )

    assert {s.reason for s in planned("a", "b", holds=(hold,)).steps} == {Reason.HELD}


def test_the_fields_of_a_reason_are_kept() -> None:
    plan = make_plan(changed(given([guest("a")]), "a", unsaveable=("pci",)))

    assert of(plan, "a").fields == {"devices": ("pci",)}


def test_a_guest_without_history_is_expected_to_need_its_whole_deadline() -> None:
    plan = planned("a", options=PlanOptions(no_suspend=True))

    assert of(plan, "a").shutdown_seconds == Limits().shutdown


def test_a_guest_is_judged_by_its_own_history() -> None:
    plan = make_plan(given([guest("a", shutdown_seconds=12.0)]))

    assert of(plan, "a").shutdown_seconds == 12.0


def test_only_checks_that_were_answered_are_kept() -> None:
    plan = planned("a", "b", answered={"a": (Check(port=22),)})

    assert [of(plan, "a").checks, of(plan, "b").checks] == [(Check(port=22),), ()]


def test_a_late_opt_out_is_honoured() -> None:
    host = given([guest("a")])
    step = of(make_plan(host), "a")
    out = replace(host.opt_ins["a"], wanted=False)

    decision = decide_now(replace(host, opt_ins={"a": out}), step, facts("a"))

    assert (decision.action, decision.reason) == (Action.SHUTDOWN, Reason.OPTED_OUT_LATE)


def test_a_late_opt_in_is_not_honoured() -> None:
    host = given([guest("a")])
    step = of(make_plan(replace(host, opt_ins={})), "a")

    assert decide_now(host, step, facts("a")).reason is Reason.NOT_OPTED_IN


# ---- combinations, canaries, pairs -----------------------------------------------------------


def test_a_new_combination_has_one_canary_for_each_family() -> None:
    host = given([guest("a"), guest("b"), guest("c")])

    assert names("family_canary", changed(host, "c", mode=Mode.PVH)) == ["a", "c"]


def test_the_canary_of_a_family_is_of_least_priority_then_smallest() -> None:
    guests = [guest("a", priority=2.0), guest("b"), guest("c")]

    assert names("family_canary", changed(given(guests), "c", memory_mib=512)) == ["c"]


def test_the_canary_of_a_family_is_a_customer_where_there_is_one() -> None:
    guests = [guest("a", role=Role.INFRASTRUCTURE), guest("b", priority=5.0)]

    assert names("family_canary", given(guests)) == ["b"]


def test_the_expendable_guest_goes_first_and_waits_for_nobody() -> None:
    plan = make_plan(given([guest("a"), guest("toy", canary=True, needs=("a",))]))

    assert (of(plan, "toy").canary, of(plan, "toy").restore_rank) == (True, 0)
    assert of(plan, "toy").needs == ()


def test_a_family_of_its_own_canary_alone_needs_no_second() -> None:
    assert names("family_canary", given([guest("toy", canary=True)])) == []


def test_a_trusted_combination_has_no_canaries() -> None:
    plan = planned("a", "b", trials=trials())

    assert plan.trusted
    assert not any(s.canary or s.family_canary for s in plan.steps)


def test_without_canaries_in_the_policy_there_are_none() -> None:
    assert planned("a", policy=NO_CANARIES).trusted


def test_damage_bans_its_combination() -> None:
    damage = trials(1, RestoreOutcome.DAMAGE)

    assert of(planned("a", trials=damage), "a").reason is Reason.COMBINATION_BANNED


def test_what_others_need_is_booted_under_a_new_combination() -> None:
    plan = make_plan(given([guest("a", needs=("ns",)), guest("ns", role=Role.INFRASTRUCTURE)]))

    assert of(plan, "ns").reason is Reason.NEEDED_BY_OTHERS
    assert of(plan, "ns").restore_rank < of(plan, "a").restore_rank


def test_what_guests_of_other_hosts_need_is_booted_too() -> None:
    plan = planned("ns", needed=frozenset({"ns"}))

    assert of(plan, "ns").reason is Reason.NEEDED_BY_OTHERS


@pytest.mark.parametrize("family", [FAMILY, "xen/pv/linux-6.1"])
def test_while_another_host_explores_the_same_change_nothing_is_suspended(family: str) -> None:
    xen = ("5.10.46", "xen-4.14.2")
    other = Exploration(
        host="clockwork",
        started=NOW,
        combinations=frozenset({combination(*xen, *xen, family=family)}),
    )

    step = of(planned("a", explorations=(other,)), "a")

    assert step.reason is Reason.COMBINATION_UNTRUSTED_ELSEWHERE
    assert step.fields["host"] == "clockwork"


def test_another_change_of_another_host_does_not_matter() -> None:
    new = combination("5.10.46", "xen-4.14.2", "6.1.0", "xen-4.17.0")
    other = Exploration(host="clockwork", started=NOW, combinations=frozenset({new}))

    assert of(planned("a", explorations=(other,)), "a").action is Action.SUSPEND


def test_every_suspended_guest_has_a_pair_where_space_allows() -> None:
    assert [s.pair for s in planned("a", "b", trials=trials()).steps] == [True, True]


def test_space_for_pairs_goes_to_the_guests_of_highest_priority() -> None:
    guests = [guest("a"), guest("b", priority=9.0)]
    small = host_facts(snapshot_space_mib=1500)

    plan = make_plan(given(guests, facts_of_host=small, trials=trials()))

    assert [s.pair for s in plan.steps] == [False, True]


def test_without_space_for_its_pair_a_guest_is_not_suspended_under_a_new_combination() -> None:
    plan = planned("a", "b", facts_of_host=host_facts(snapshot_space_mib=1500))

    assert [s.reason for s in plan.steps] == [Reason.OPTED_IN, Reason.PAIR_IMPOSSIBLE]


def test_a_host_without_snapshots_makes_no_pairs() -> None:
    bare = host_facts(snapshots=SnapshotKind.NONE)

    assert not of(planned("a", facts_of_host=bare, trials=trials()), "a").pair


# ---- order, times, work ----------------------------------------------------------------------


def test_the_order_is_the_configured_one() -> None:
    plan = planned("a", "b", limits=Limits(order="fair"), policy=NO_CANARIES)

    assert plan.order is Order.FAIR
    assert [s.save_rank for s in plan.steps] == [s.restore_rank for s in plan.steps]


def test_a_circle_of_needs_keeps_nobody_waiting() -> None:
    guests = [guest("a", needs=("b",)), guest("b", needs=("a",)), guest("c", needs=("a",))]

    plan = make_plan(given(guests))

    assert [s.needs for s in plan.steps] == [(), (), ("a",)]


def test_nobody_waits_for_a_guest_that_stays_off() -> None:
    host = given([guest("a", needs=("ns",)), guest("ns")])

    plan = make_plan(changed(host, "ns", state=GuestState.OFF))

    assert of(plan, "a").needs == ()


def test_what_is_not_stated_of_the_work_is_as_it_was() -> None:
    host = Host(name="hobgoblin", work=HostWork(kernel="6.1.0"))

    plan = planned("a", host=host)

    assert (plan.work.kernel, plan.work.hypervisor) == ("6.1.0", "xen-4.14.2")


def test_the_downtime_of_a_plan_is_that_of_its_steps() -> None:
    plan = planned("a", "b", "c")

    downtimes = [s.expected_downtime for s in plan.steps]

    assert plan.sum_downtime == pytest.approx(sum(downtimes))
    assert plan.worst_downtime == max(downtimes)


def test_waiting_for_canaries_is_part_of_the_prediction() -> None:
    tried, trusted = planned("a", "b"), planned("a", "b", trials=trials())

    more = tried.worst_downtime - trusted.worst_downtime

    assert more == pytest.approx(Limits().looks[-1])


# ---- the hash and the difference -------------------------------------------------------------


def test_measurements_do_not_change_the_hash() -> None:
    host = given([guest("a")])
    later = changed(replace(host, at=NOW + timedelta(hours=1)), "a", cpu_seconds=9.0, domid=7)

    assert make_plan(host).hash == make_plan(later).hash


@pytest.mark.parametrize(
    "fields",
    [
        {"host": Host(name="hobgoblin", fqdn="another.example.net")},
        {"host": Host(name="hobgoblin", fqdn="hobgoblin.example.net", work=HostWork(manual=False))},
        {"options": PlanOptions(no_suspend=True)},
        {"limits": Limits(order="fair")},
        {"policy": NO_CANARIES},
    ],
)
def test_what_is_promised_changes_the_hash(fields: dict[str, Any]) -> None:
    guests = [guest("a"), guest("b")]
    old, new = (changed(given(guests, **more), "b", memory_mib=4096) for more in ({}, fields))

    assert make_plan(old).hash != make_plan(new).hash


def test_a_hash_is_short_enough_to_type() -> None:
    assert len(planned("a").hash) == 12


# ---- as data ---------------------------------------------------------------------------------

GUESTS = st.builds(
    lambda name, role, priority, needs, canary: Guest(
        name=name,
        uuid=f"u-{name}",
        host="hobgoblin",
        role=role,
        priority=priority,
        needs=needs,
        canary=canary,
    ),
    name=st.text("abcde", min_size=1, max_size=2),
    role=st.sampled_from(Role),
    priority=st.floats(0.1, 10.0),
    needs=st.tuples(st.text("abcde", min_size=1, max_size=2)),
    canary=st.booleans(),
)
STATES = st.sampled_from(GuestState)


@cases(
    st.lists(GUESTS, max_size=6, unique_by=lambda g: g.name),
    STATES,
    st.sampled_from(["", "Linux version 3.16.0-4-amd64", "Linux version 5.10.0-8"]),
)
def test_a_plan_survives_the_journal(guests: list[Guest], state: GuestState, line: str) -> None:
    seen = [facts(g.name, state=state, kernel_line=line, unsaveable=()) for g in guests]
    plan = make_plan(given(guests, [*seen, facts("stranger")]))

    assert plan_from_data(json.loads(json.dumps(plan_to_data(plan)))) == plan


def test_data_that_is_no_plan_is_refused() -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        plan_from_data({"host": "hobgoblin"})
