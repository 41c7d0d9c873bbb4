from typing import Any

import pytest

from bot.rules.fleet import GuestState, Host, ImageFacts, SnapshotKind
from bot.rules.plan.making import make_plan
from bot.rules.plan.prerequisites import image_mib
from bot.rules.plan.remarks import RemarkCode
from bot.rules.plan.situation import Surroundings
from bot.rules.plan.terms import Plan, PlanOptions
from bot.rules.policy.terms import REFUSALS, PolicySettings
from tests.unit.rules.plans import changed, facts, given, guest, host_facts, planned

NO_CANARIES = PolicySettings(canaries=False)


def problems(plan: Plan) -> dict[str, Any]:
    return {each.code: dict(each.fields) for each in plan.problems}


def warnings(plan: Plan) -> dict[str, Any]:
    return {each.code: dict(each.fields) for each in plan.warnings}


def with_guest(**fields: Any) -> Plan:  # noqa: ANN401 - any field of the facts
    return make_plan(changed(given([guest("a")]), "a", **fields))


def with_host(**fields: Any) -> Plan:  # noqa: ANN401 - any field of the facts
    return planned("a", facts_of_host=host_facts(**fields))


def living_with(**fields: Any) -> Plan:  # noqa: ANN401 - any field of the surroundings
    return planned("a", surroundings=Surroundings(**fields))


# ---- problems --------------------------------------------------------------------------------


def test_an_ordinary_host_has_no_problems() -> None:
    assert planned("a", "b").problems == ()


def test_each_image_needs_its_memory_and_a_little_more() -> None:
    assert image_mib(1000) == pytest.approx(1084)


def test_too_little_space_for_images_is_a_problem() -> None:
    plan = with_host(image_space_mib=1108)

    assert problems(plan) == {"image_space": {"needed_mib": 1108, "free_mib": 1108}}
    assert problems(with_host(image_space_mib=1109)) == {}


def test_guests_that_are_shut_down_need_no_image_space() -> None:
    bare = host_facts(image_space_mib=0)

    assert planned("a", facts_of_host=bare, options=PlanOptions(no_suspend=True)).problems == ()


def test_too_little_memory_for_all_guests_is_a_problem() -> None:
    assert problems(with_host(memory_mib=512))["memory_after"]["needed_mib"] == 1024


def test_services_that_start_guests_by_themselves_are_a_problem() -> None:
    assert problems(with_host(autostart=("xendomains",))) == {
        "autostart": {"services": ("xendomains",)}
    }


def test_a_guest_that_starts_by_itself_is_a_problem() -> None:
    assert problems(with_guest(autostart=True)) == {"guest_autostart": {"guests": ("a",)}}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": GuestState.ZOMBIE}, "zombie"),
        ({"instances": 2}, "runs_twice"),
        ({"state": GuestState.PAUSED}, "paused_cannot_be_saved"),
        ({"state": GuestState.SUSPENDED}, "hangs_suspended"),
        ({"blocked": True}, "blocked_but_runs"),
    ],
)
def test_a_guest_that_cannot_be_dealt_with_is_a_problem(fields: dict[str, Any], code: str) -> None:
    assert problems(with_guest(**fields)) == {code: {"guests": ("a",)}}


def test_a_live_image_that_somebody_left_is_a_problem() -> None:
    image = ImageFacts(name="old", generation=3, size_mib=1024)

    assert problems(with_guest(images=(image,))) == {"live_image": {"guests": ("a",)}}


def test_a_spent_image_is_none() -> None:
    image = ImageFacts(name="old", generation=3, size_mib=1024, spent=True)

    assert problems(with_guest(images=(image,))) == {}


@pytest.mark.parametrize("name", ["hobgoblin", "hobgoblin.example.net", "a"])
def test_a_bot_that_lives_on_the_host_is_a_problem(name: str) -> None:
    plan = living_with(depends=(name, "elsewhere"))

    assert problems(plan) == {"depends": {"names": (name,)}}


def test_guard_without_a_pair_for_each_guest_is_a_problem() -> None:
    plan = planned(
        "a",
        facts_of_host=host_facts(snapshots=SnapshotKind.NONE),
        options=PlanOptions(guard=True),
        policy=NO_CANARIES,
    )

    assert problems(plan) == {"guard_unmet": {"guests": ("a",)}}


def test_another_host_under_this_name_is_a_problem() -> None:
    assert problems(with_host(name="clockwork"))["host_identity"]["found"] == "clockwork"


def test_every_refusal_of_the_policy_is_a_remark() -> None:
    assert {reason.value for reason in REFUSALS} <= {code.value for code in RemarkCode}


# ---- warnings --------------------------------------------------------------------------------


def test_a_guest_the_inventory_does_not_know_is_told() -> None:
    plan = make_plan(given([], [facts("stranger")]))

    assert warnings(plan)["not_in_inventory"] == {"guests": ("stranger",)}


def test_a_guest_with_another_uuid_than_recorded_is_told() -> None:
    assert warnings(with_guest(uuid="another"))["other_uuid"] == {"guests": ("a",)}


def test_a_recorded_guest_that_the_host_does_not_know_is_told() -> None:
    plan = make_plan(given([guest("a"), guest("lost")], [facts("a")]))

    assert warnings(plan)["not_observed"] == {"guests": ("lost",)}


def test_relay_list_and_probes_on_the_host_are_told() -> None:
    plan = living_with(watchers=("a",))

    assert (plan.problems, warnings(plan)["watchers"]) == ((), {"names": ("a",)})


def test_devices_that_cannot_be_saved_are_told() -> None:
    told = warnings(with_guest(unsaveable=("pci", "nvme")))

    assert told["unsaveable"] == {"guests": ("a",), "devices": ("nvme", "pci")}


def test_contradictions_about_a_kernel_are_told() -> None:
    plan = with_guest(kernel_line="Linux version 3.16.0-4-amd64", feature_suspend=True)

    assert warnings(plan)["kernel_contradicts"] == {"guests": ("a",)}


def test_guests_suspended_without_a_pair_are_told() -> None:
    bare = host_facts(snapshot_space_mib=0)

    plan = planned("a", facts_of_host=bare, policy=NO_CANARIES)

    assert warnings(plan)["no_pairs"] == {"guests": ("a",), "free_mib": 0}


def test_a_policy_without_pairs_is_not_told_of_them() -> None:
    plan = planned("a", policy=PolicySettings(canaries=False, pairs="off"))

    assert "no_pairs" not in warnings(plan)


def test_a_new_combination_without_an_expendable_guest_is_told() -> None:
    assert "no_canary" in warnings(planned("a"))
    assert "no_canary" not in warnings(make_plan(given([guest("a", canary=True)])))


def test_a_circle_of_needs_is_told() -> None:
    plan = make_plan(given([guest("a", needs=("b",)), guest("b", needs=("a",))]))

    assert warnings(plan)["needs_circle"] == {"guests": ("a", "b")}


def test_a_worst_downtime_beyond_what_customers_were_told_is_told() -> None:
    told = warnings(living_with(told_minutes=2.0))["worst_exceeds_told"]

    assert (told["guest"], told["told_minutes"]) == ("a", 2.0)


def test_a_plain_reboot_that_would_be_shorter_is_told() -> None:
    slow = Host(name="hobgoblin", disk_mib_s=1.0, stream_mib_s=1.0)

    assert "reboot_is_shorter" in warnings(planned("a", host=slow, policy=NO_CANARIES))
    assert "reboot_is_shorter" not in warnings(planned("a", policy=NO_CANARIES))
