"""The bring-up: whose turn it is, the two phases of a restore, and what ends and tidies a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.hold import Hold, Scope
from bot.rules.limits import Limits
from bot.rules.run import bring_up
from bot.rules.run.sight import Sight
from bot.rules.run.terms import Question, Run, Step, Work
from tests.builders import (
    book,
    flying,
    guest,
    host,
    later,
    run,
    saved,
    shut,
    sight,
    step,
    told,
)
from tests.unit.rules import plans
from tests.unit.rules.plans import NOW

HOLD = Hold(scope=Scope.GLOBAL, value="", reason="damage", opened_by="breaker", opened_at=NOW)
OFF = tuple(guest(name, "off") for name in "abcdef")
TRUSTED: dict[str, Any] = {"plan_fields": {"trusted": True}}


def begun(run_: Run, **about: Any) -> list[str]:  # noqa: ANN401 - any field of the sight
    return told(bring_up.begin(run_, sight(*OFF, **about), book()))


def second(step_: Step, **about: Any) -> list[str]:  # noqa: ANN401 - any field of the sight
    return told(bring_up.two_phase(run(step_), sight(**about)))


def planned(name: str, state: str = "saved", **about: Any) -> Step:  # noqa: ANN401 - any field
    """Make a step that is marked in the plan: canary, needs, family…"""
    image = {"image": f"r1-{name}-1"} if state == "saved" else {}
    return step(name, state, planned=plans.step(name, **about), **image)


CANARY: dict[str, Any] = {"canary": True}
FAMILY: dict[str, Any] = {"family_canary": True, "family": "pv 5.10"}


# ---- whose turn it is ---------------------------------------------------------------------------


def test_under_a_trusted_combination_restores_and_boots_go_beside_each_other() -> None:
    assert begun(run(saved("a"), saved("b"), shut("c"), **TRUSTED)) == ["a restore", "c boot"]


def test_no_more_guests_boot_together_than_the_limit() -> None:
    many = [shut(name) for name in "abcdef"]

    assert len(begun(run(*many, **TRUSTED))) == Limits().starts_at_once


@pytest.mark.parametrize(
    ("state", "turns"),
    [("restoring", []), ("paused", ["a restore"]), ("unpausing", ["a restore"])],
)
def test_a_stream_is_taken_until_its_image_is_read(state: str, turns: list[str]) -> None:
    assert begun(run(step("b", state), saved("a"), **TRUSTED)) == turns


@pytest.mark.parametrize(
    ("first", "turns"),
    [
        (planned("a", **CANARY), ["a restore"]),
        (planned("a", "watched", **CANARY), []),
        (planned("a", "up", **CANARY), ["b boot"]),
        (planned("a", "damaged", **CANARY), ["b boot"]),
    ],
)
def test_the_canary_goes_alone_through_its_last_look_and_then_what_others_need(
    first: Step, turns: list[str]
) -> None:
    resolver = step("b", "off", planned=plans.shut("b"))
    rest = planned("d", needs=("b",))

    assert begun(run(first, resolver, rest, planned("c", **FAMILY))) == turns


def test_family_canaries_go_one_at_a_time_and_boots_beside_them() -> None:
    families = planned("a", **FAMILY), planned("b", **FAMILY | {"family": "hvm 5.10"})

    assert begun(run(*families, planned("d"), shut("c"))) == ["a restore", "c boot"]


def test_the_next_family_waits_for_the_last_look_of_the_one_before() -> None:
    watched = planned("a", "watched", **FAMILY)
    following = planned("b", **FAMILY | {"family": "hvm 5.10"})

    assert begun(run(watched, following, planned("d"))) == []
    assert begun(run(replace(watched, state="up"), following, planned("d"))) == ["b restore"]  # type: ignore[arg-type]


def test_the_rest_follows_when_every_family_is_proven() -> None:
    assert begun(run(planned("a", "up", **FAMILY), planned("d"))) == ["d restore"]


@pytest.mark.parametrize(
    "about",
    [
        {"gated": False},  # the host never changed: the run was aborted
        {"work": Work(kernel="4.19.181")},  # it went back to what it was
        TRUSTED,
    ],
)
def test_there_are_no_canaries_on_a_host_that_is_what_it_was_or_is_trusted(
    about: dict[str, Any],
) -> None:
    assert bring_up.canaries(run(saved()))
    assert not bring_up.canaries(run(saved(), **about))


@pytest.mark.parametrize(
    ("state", "about", "turns"),
    [
        ("restoring", {}, []),
        ("watched", {"looks": 0}, []),
        ("watched", {"looks": 1, "silent": True}, []),
        ("watched", {"looks": 1}, ["b boot"]),
        ("up", {}, ["b boot"]),
        ("down", {}, ["b boot"]),
    ],
)
def test_a_guest_waits_for_what_it_needs_until_that_is_of_use(
    state: str, about: dict[str, Any], turns: list[str]
) -> None:
    needy = step("b", "off", planned=plans.shut("b", needs=("a",)))

    assert begun(run(step("a", state, **about), needy, **TRUSTED)) == turns


def test_who_may_not_be_restored_is_not_until_a_person_allows_it() -> None:
    assert begun(run(saved(), **TRUSTED), holds=(HOLD,)) == []
    assert begun(run(saved(allowed=True), **TRUSTED), holds=(HOLD,)) == ["a restore"]
    assert begun(run(saved(cold=True), **TRUSTED), holds=(HOLD,)) == ["a boot"]


@pytest.mark.parametrize(
    ("about", "turns"),
    [
        ({"tries": 1, "error": "tool_failed"}, ["a restore"]),
        ({"tries": 2, "error": "tool_failed"}, ["a gave_up tool_failed"]),
        ({"tries": 1, "error": "incompatible"}, ["a boot"]),
        ({"tries": 2, "error": "incompatible"}, ["a boot"]),
        ({"tries": 3, "error": "incompatible"}, ["a gave_up incompatible"]),
        ({"tries": 1, "error": "stale_image"}, ["a boot"]),
    ],
)
def test_a_failed_restore_is_repeated_booted_or_given_up(
    about: dict[str, Any], turns: list[str]
) -> None:
    assert begun(run(saved(**about), **TRUSTED)) == turns


def test_who_lacks_memory_waits_for_those_who_do_not() -> None:
    poor = saved("a", error="no_memory", tries=1)

    assert begun(run(poor, step("b", "watched"), **TRUSTED)) == []
    assert begun(run(poor, step("b", "up"), **TRUSTED)) == ["a restore"]


def test_those_who_all_lack_memory_do_not_wait_for_each_other() -> None:
    poor = [saved(name, error="no_memory", tries=1) for name in "ab"]

    assert begun(run(*poor, **TRUSTED)) == ["a restore"]


def test_after_a_rollback_a_person_may_have_the_image_restored_again() -> None:
    rolled = step("a", "off", image="i", spent=True, rolled=True, choice="retry")
    (draft,) = bring_up.begin(run(rolled, **TRUSTED), sight(*OFF), book())

    assert (draft.data["verb"], draft.data["again"]) == ("restore", True)


# ---- the two phases of a restore ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "row"),
    [
        ({}, ["a spend"]),
        ({"error": "tool_failed"}, ["a destroy"]),  # a failed restore's leftover
        ({"cold": True}, ["a destroy"]),
        ({"flight": flying("a", "spend")}, []),
    ],
)
def test_a_paused_guest_has_its_image_spent_first(about: dict[str, Any], row: list[str]) -> None:
    assert second(step("a", "paused", image="i", **about)) == row


@pytest.mark.parametrize(
    ("about", "row"),
    [
        ({}, ["a unpause"]),
        ({"cold": True}, ["a destroy"]),
        ({"attempts": {"unpause": 6}}, ["a destroy"]),
    ],
)
def test_only_a_guest_whose_image_is_spent_is_let_go(about: dict[str, Any], row: list[str]) -> None:
    assert second(step("a", "spent", image="i", spent=True, **about)) == row


def test_a_hold_takes_back_what_is_paused_and_keeps_what_is_spent() -> None:
    assert second(step("a", "paused", image="i"), holds=(HOLD,)) == ["a destroy"]
    assert second(step("a", "spent", image="i", spent=True), holds=(HOLD,)) == []


def test_a_guest_that_was_paused_before_stays_so() -> None:
    was_paused = plans.step("a", was="paused")

    assert second(step("a", "spent", planned=was_paused)) == ["a looked up"]


def test_an_intruders_image_is_spent_unread() -> None:
    assert second(step("a", "intruded", image="i")) == ["a spend"]


# ---- the end, and after -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        ([step("a", "up"), step("b", "damaged"), step("c", "left")], ["ended"]),
        ([step("a", "up"), step("b", "watched")], []),
        ([step("a", "up", flight=flying("a", "discard-image"))], []),
        ([step("b", "up")], ["b found off"]),
    ],
)
def test_a_run_ends_when_everybody_is_settled_and_still_there(
    steps: list[Step], rows: list[str]
) -> None:
    assert told(bring_up.finish(run(*steps), sight(guest("a"), guest("b", "off")))) == rows


def test_a_run_does_not_end_before_its_question_is_answered() -> None:
    asked = run(step("a", "up"), question=Question(kind="choose"))

    assert told(bring_up.finish(asked, sight(guest("a")))) == []


@pytest.mark.parametrize(
    ("about", "rows"),
    [
        ({"image": "i", "spent": True}, ["a discard-image"]),
        ({"image": "i", "spent": True, "pair": "p"}, []),
        ({"image": "i"}, []),
        ({"image": "i", "spent": True, "attempts": {"discard-image": 1}}, []),
        ({}, []),
    ],
)
def test_a_spent_image_is_removed_when_its_guest_is_up(
    about: dict[str, Any], rows: list[str]
) -> None:
    assert told(bring_up.tidy(run(step("a", "up", **about)))) == rows


@pytest.mark.parametrize(
    ("state", "about", "hours", "rows"),
    [
        ("up", {"image": "i", "pair": "p"}, 23.9, []),
        ("up", {"image": "i", "pair": "p"}, 24.0, ["a discard-image"]),
        ("up", {"pair": "p"}, 24.0, ["a drop-snapshot"]),
        ("damaged", {"kept": "k"}, 24.0, []),
        ("damaged", {"kept": "k"}, 24.0 * 7, ["a drop-snapshot"]),
        ("up", {"pair": "p", "attempts": {"drop-snapshot": 5}}, 24.0, []),
        ("up", {}, 24.0, []),
    ],
)
def test_what_is_kept_goes_when_its_time_has_passed(
    state: str, about: dict[str, Any], hours: float, rows: list[str]
) -> None:
    ended = run(step("a", state, up_at=NOW, **about), phase="ended", ended=NOW)

    assert told(bring_up.aftercare(ended, sight(seconds=hours * 3600), book())) == rows


@pytest.mark.parametrize(
    ("about", "seen", "rows"),
    [
        ({}, sight(), ["reboot"]),
        ({}, sight(guest("a")), ["asked intruder"]),
        ({"question": Question(kind="intruder")}, sight(guest("a")), []),
        ({"question": Question(kind="work_failed"), "work": Work(error="x")}, sight(), []),
        ({}, sight(facts=host(kernel="4.19.181")), ["phase gate"]),
        ({"work": Work(flight=flying("", "reboot"))}, sight(), []),
        ({"work": Work(error="tool_failed")}, sight(), ["asked work_failed"]),
    ],
)
def test_the_way_back_is_a_reboot_to_the_kernel_before(
    about: dict[str, Any], seen: Sight, rows: list[str]
) -> None:
    assert told(bring_up.go_back(run(saved(), going_back=True, **about), seen)) == rows


def test_a_pair_is_due_a_day_after_its_guest_came_back() -> None:
    ended = run(step("a", "up", up_at=later(60), pair="p"), phase="ended", ended=later(90))

    assert bring_up.due_at(ended, ended.steps["a"], Limits()) == later(60 + 24 * 3600)


def test_a_damaged_disk_as_it_was_is_kept_for_days_even_when_its_guest_came_back() -> None:
    ended = run(step("a", "up", up_at=later(60), kept="k"), phase="ended", ended=later(90))

    assert bring_up.due_at(ended, ended.steps["a"], Limits()) == later(90 + 7 * 24 * 3600)
