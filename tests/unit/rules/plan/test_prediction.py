from typing import Any

import pytest

from bot.rules.plan.disk import Disk
from bot.rules.plan.prediction import Prediction, Timing, predict
from bot.rules.plan.steps import ranked
from bot.rules.plan.terms import Order, PlanStep
from bot.rules.policy.terms import Action, Reason
from tests.unit.rules.plans import shut, step

SLOW = Disk(mib_s=100.0, stream_mib_s=100.0, verify_mib_s=300.0)
FAST = Disk(mib_s=400.0, stream_mib_s=100.0, verify_mib_s=100.0, streams=4)


def play(*steps: PlanStep, disk: Disk = SLOW, **times: Any) -> Prediction:  # noqa: ANN401
    return predict(ranked(steps, Order.SUM), disk, Timing(**times))


def test_a_guest_is_down_for_its_save_verification_work_and_restore() -> None:
    prediction = play(step("a", 1000), work=240.0)

    assert prediction.downtimes == {"a": pytest.approx(10.0 + 10.0 + 240.0 + 10.0)}


def test_verification_belongs_to_the_time_of_saving() -> None:
    assert play(step("a", 1000), step("b", 500)).save_seconds == pytest.approx(30.0)


def test_slow_verification_overlaps_the_next_save() -> None:
    disk = Disk(mib_s=100.0, stream_mib_s=100.0, verify_mib_s=50.0)

    prediction = play(step("a", 1000), step("b", 500), disk=disk)

    assert prediction.begins["b"] == pytest.approx(10.0)
    assert prediction.save_seconds == pytest.approx(10.0 + 20.0)


def test_streams_share_the_disk_and_none_exceeds_its_own_limit() -> None:
    prediction = play(*(step(f"g{n}", 1000) for n in range(4)), disk=FAST)

    assert prediction.save_seconds == pytest.approx(20.0)
    assert prediction.restore_seconds == pytest.approx(10.0)


def test_a_shutdown_is_asked_for_so_that_it_ends_with_the_last_image() -> None:
    prediction = play(step("a", 6000), shut("b", 60.0))

    assert prediction.begins["b"] == pytest.approx(120.0 - 60.0)


def test_a_shutdown_longer_than_all_saves_is_asked_for_at_once() -> None:
    prediction = play(step("a", 1000), shut("b", 180.0))

    assert prediction.begins["b"] == 0.0
    assert prediction.drain_seconds == pytest.approx(180.0)


def test_a_booted_guest_is_down_until_it_is_of_use() -> None:
    prediction = play(shut("b", 60.0), work=240.0, boot=40.0)

    assert prediction.downtimes == {"b": pytest.approx(60.0 + 240.0 + 40.0)}


def test_boots_go_on_beside_restores() -> None:
    prediction = play(step("a", 4000), shut("b", 60.0), boot=40.0)

    assert prediction.restore_seconds == pytest.approx(40.0)


def test_few_boots_begin_together() -> None:
    prediction = play(*(shut(f"g{n}") for n in range(6)), boot=40.0, start=5.0, starts_at_once=3)

    assert prediction.restore_seconds == pytest.approx(5.0 + 40.0)


def test_a_guest_waits_for_what_it_needs() -> None:
    prediction = play(step("a", 1000, needs=("ns",)), shut("ns"), boot=40.0)

    assert prediction.restore_seconds == pytest.approx(40.0 + 10.0)


def test_a_circle_of_needs_ends_all_the_same() -> None:
    prediction = play(step("a", needs=("b",)), step("b", needs=("a",)), shut("c", needs=("a",)))

    assert set(prediction.downtimes) == {"a", "b", "c"}


def test_others_wait_for_the_last_look_at_each_canary() -> None:
    steps = [step("a", 1000, canary=True), step("b", 1000, family_canary=True), step("c", 1000)]

    prediction = play(*steps, last_look=120.0)

    assert prediction.restore_seconds == pytest.approx(10.0 + 120.0 + 10.0 + 120.0 + 10.0)


def test_boots_go_on_beside_the_canaries_of_families() -> None:
    steps = [step("a", 1000, family_canary=True), step("b", 1000), shut("c")]

    prediction = play(*steps, last_look=120.0, boot=40.0)

    assert prediction.restore_seconds == pytest.approx(10.0 + 120.0 + 10.0)


def test_boots_wait_for_the_canary_of_the_host() -> None:
    prediction = play(step("a", 1000, canary=True), shut("b"), last_look=120.0, boot=40.0)

    assert prediction.restore_seconds == pytest.approx(10.0 + 120.0 + 40.0)


def test_sum_and_worst_are_of_all_guests() -> None:
    prediction = play(step("a", 1000), shut("b", 15.0), boot=5.0)

    assert prediction.total == pytest.approx(30.0 + 20.0)
    assert prediction.worst == pytest.approx(30.0)


def test_a_run_without_guests_takes_no_time() -> None:
    prediction = play(step("off", action=Action.UNTOUCHED, reason=Reason.WAS_OFF))

    assert (prediction.total, prediction.worst, prediction.drain_seconds) == (0.0, 0.0, 0.0)
