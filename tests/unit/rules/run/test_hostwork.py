"""The work on an empty host, and each way in which a host is not ready afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.fleet import HostWork
from bot.rules.run.drain import empty
from bot.rules.run.hostwork import SETTLE_SECONDS, gate, host_work, not_ready, task
from bot.rules.run.terms import Question, Run, Work
from tests.builders import book, flying, guest, host, later, run, saved, shut, sight, step, told

COMMANDS = HostWork(manual=False, commands=("upgrade", "firmware"), kernel="5.10.46")
BY_HAND = HostWork(manual=True, kernel="5.10.46", hypervisor="xen-4.14.2")


def working(tasks: HostWork = COMMANDS, **about: Any) -> Run:  # noqa: ANN401 - any field
    return run(saved(), shut(), phase="host_work", plan_fields={"work": tasks}, **about)


def waiting(**about: Any) -> Run:  # noqa: ANN401 - any field
    return run(saved(), shut(), phase="gate", **about)


@pytest.mark.parametrize(
    ("work", "done", "row"),
    [
        (COMMANDS, Work(), "work"),
        (COMMANDS, Work(done=1), "work"),
        (COMMANDS, Work(done=2), "reboot"),
        (COMMANDS, Work(done=2, reboots=1), "phase gate"),
        (HostWork(manual=False, reboot=False), Work(), "phase gate"),
        (COMMANDS, Work(done=1, error="tool_failed"), "asked work_failed"),
        (BY_HAND, Work(), "asked work"),
    ],
)
def test_host_work_goes_command_by_command_and_then_reboots(
    work: HostWork, done: Work, row: str
) -> None:
    assert told(host_work(working(work, work=done), sight())) == [row]


def test_the_task_that_is_next_has_a_name() -> None:
    names = [task(working(work=Work(done=done))) for done in range(3)]

    assert names == ["upgrade", "firmware", "reboot"]


def test_a_reboot_remembers_the_boot_id_before_it() -> None:
    (draft,) = host_work(working(work=Work(done=2)), sight(facts=host(boot_id="b1")))

    assert draft.data["boot_id"] == "b1"


def test_work_by_hand_ends_when_a_person_says_so() -> None:
    assert told(host_work(working(BY_HAND, continued=True), sight())) == ["phase gate"]


@pytest.mark.parametrize(
    "about",
    [
        {"work": Work(flight=flying("", "work"))},
        {"question": Question(kind="work_failed")},
        {"paused": True},
    ],
)
def test_nothing_is_begun_on_a_host_that_works_waits_or_is_paused(about: dict[str, Any]) -> None:
    assert told(host_work(working(**about), sight())) == []


def test_nothing_is_done_to_a_host_with_a_guest_in_memory() -> None:
    assert told(host_work(working(), sight(guest("x", "paused")))) == ["asked intruder"]


def test_an_abort_turns_round_before_the_reboot() -> None:
    assert told(host_work(working(aborting=True), sight())) == ["phase bring_up"]


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"boot_id": "b1"}, "not_rebooted"),
        ({"kernel": "4.19.181"}, "wrong_kernel"),
        ({"hypervisor": "xen-4.11"}, "wrong_hypervisor"),
        ({"bridges": ()}, "bridges_missing"),
        ({"volume_groups": ()}, "volume_groups_missing"),
        ({"cpu_features": ()}, "cpu_features_missing"),
        ({"memory_mib": 512}, "memory_missing"),
    ],
)
def test_a_host_is_not_ready_for_each_of_these(about: dict[str, Any], code: str) -> None:
    assert [problem["code"] for problem in not_ready(waiting(), host(**about))] == [code]


def test_a_host_as_the_plan_expects_it_is_ready() -> None:
    assert not_ready(waiting(), host(bridges=("br0", "br1"))) == []


def test_a_host_that_went_back_is_to_be_as_it_was_before() -> None:
    back = waiting(work=Work(kernel="4.19.181", boot_before="b2"))

    assert not_ready(back, host(kernel="4.19.181", boot_id="b3")) == []
    assert [p["code"] for p in not_ready(back, host(boot_id="b3"))] == ["wrong_kernel"]


def test_without_a_reboot_the_boot_id_may_stay() -> None:
    calm = run(saved(), phase="gate", plan_fields={"work": HostWork(manual=False, reboot=False)})

    assert not_ready(calm, host(boot_id="b1", kernel="4.19.181")) == []


def test_a_ready_host_is_taken_over_at_once() -> None:
    assert told(gate(waiting(), sight())) == ["phase bring_up"]


@pytest.mark.parametrize(
    ("seconds", "about", "rows"),
    [
        (SETTLE_SECONDS - 1, {}, []),
        (SETTLE_SECONDS, {}, ["not_ready", "asked gate"]),
        (1.0, {"continued": True}, ["not_ready", "asked gate"]),
        (SETTLE_SECONDS, {"question": Question(kind="gate")}, []),
    ],
)
def test_staff_are_asked_about_a_host_that_had_time_to_settle(
    seconds: float, about: dict[str, Any], rows: list[str]
) -> None:
    seen = sight(facts=host(volume_groups=()), seconds=seconds)

    assert told(gate(waiting(**about), seen)) == rows


def test_a_host_that_does_not_answer_is_not_judged() -> None:
    assert told(gate(waiting(), sight(facts=None, seconds=9999))) == []


def test_the_gate_counts_from_its_own_beginning() -> None:
    late = waiting(phase_since=later(100))

    assert told(gate(late, sight(facts=host(bridges=()), seconds=130))) == []


def test_guests_that_a_person_starts_after_their_reboot_are_let_be() -> None:
    by_hand = {"plan_fields": {"work": BY_HAND}, "boot_id": "b1", "continued": True}
    night = run(step("a", "started"), phase="host_work", **by_hand)
    rebooted = sight(guest("a"), facts=host(boot_id="b2"))

    assert told(empty(night, rebooted, book())) == []
    assert told(host_work(night, rebooted)) == ["phase gate"]


def test_before_the_reboot_a_guest_that_somebody_starts_is_shut_down_again() -> None:
    by_hand = {"plan_fields": {"work": BY_HAND}, "boot_id": "b1"}
    night = run(step("a", "started"), phase="host_work", **by_hand)
    same = sight(guest("a"), facts=host(boot_id="b1"))

    assert told(empty(night, same, book())) == ["a shutdown"]
    assert told(host_work(night, same)) == []
