from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.plan.disk import Disk, room, streams
from bot.rules.plan.order import Stage, bound, circles, restore_order, save_order, stages
from bot.rules.plan.prediction import Prediction, Timing, predict
from bot.rules.plan.steps import ranked
from bot.rules.plan.terms import Order, PlanStep
from bot.rules.policy.terms import Action, Reason
from tests.unit.rules.plans import shut, step

SLOW = Disk(mib_s=100.0, stream_mib_s=100.0, verify_mib_s=300.0)
JOBS = st.lists(
    st.tuples(st.integers(1, 64), st.sampled_from([0.5, 1.0, 2.0, 5.0])), min_size=1, max_size=4
)


def fleet(*memories: int) -> tuple[PlanStep, ...]:
    return tuple(step(f"g{place}", memory) for place, memory in enumerate(memories))


def play(steps: tuple[PlanStep, ...], order: Order = Order.SUM, disk: Disk = SLOW) -> Prediction:
    return predict(ranked(steps, order), disk, Timing())


# ---- streams ---------------------------------------------------------------------------------


def test_one_stream_is_used_where_one_saturates_the_disk() -> None:
    assert streams(200.0, 200.0) == streams(200.0, 500.0) == 1


def test_as_many_streams_are_used_as_fill_the_disk() -> None:
    assert [streams(2000.0, 500.0), streams(1100.0, 500.0)] == [4, 3]


def test_streams_can_be_limited() -> None:
    assert streams(2000.0, 500.0, limit=2) == 2


def test_an_image_is_verified_before_the_next_save_where_that_costs_the_drain_nothing() -> None:
    assert not room(saving=0, verifying=1, streams=1, disk_mib_s=100.0, verify_mib_s=300.0)


def test_the_next_save_begins_beside_a_verification_that_leaves_bandwidth() -> None:
    assert room(saving=0, verifying=1, streams=1, disk_mib_s=500.0, verify_mib_s=300.0)


# ---- orders ----------------------------------------------------------------------------------


def test_the_largest_guest_is_saved_first_and_restored_last() -> None:
    steps = fleet(1024, 4096, 2048)

    assert save_order(steps, Order.SUM) == ("g1", "g2", "g0")
    assert restore_order(steps, Order.SUM) == ("g0", "g2", "g1")


def test_priority_divides_memory() -> None:
    steps = (step("big", 4096, priority=8.0), step("small", 1024))

    assert save_order(steps, Order.SUM) == ("small", "big")


def test_equal_guests_are_ordered_by_name() -> None:
    steps = (step("b"), step("a"))

    assert save_order(steps, Order.SUM) == restore_order(steps, Order.SUM) == ("a", "b")


def test_a_fair_run_restores_in_the_order_it_saved() -> None:
    steps = fleet(1024, 4096, 2048)

    assert save_order(steps, Order.FAIR) == restore_order(steps, Order.FAIR)


@given(st.lists(st.integers(1, 4096), min_size=1, max_size=12))
def test_a_fair_run_never_has_a_worse_worst_guest(memories: list[int]) -> None:
    steps = fleet(*memories)

    assert play(steps, Order.FAIR).worst <= play(steps).worst + 1e-6


def test_the_slowest_shutdown_is_asked_first() -> None:
    steps = (shut("quick", 20.0), shut("slow", 90.0), step("saved"))

    assert save_order(steps, Order.SUM) == ("saved", "slow", "quick")


def test_untouched_guests_have_no_place() -> None:
    steps = (step("a"), step("off", action=Action.UNTOUCHED, reason=Reason.WAS_OFF))

    assert restore_order(steps, Order.SUM) == ("a",)


def test_what_others_need_comes_before_them() -> None:
    steps = (step("a", 64, needs=("ns",)), step("ns", 4096, needs=("lan",)), step("lan", 8192))

    assert restore_order(steps, Order.SUM) == ("lan", "ns", "a")


def test_infrastructure_comes_before_customers() -> None:
    steps = (step("small", 64), step("mail", 4096, infrastructure=True))

    assert restore_order(steps, Order.SUM) == ("mail", "small")


def test_with_canaries_a_bring_up_has_four_stages() -> None:
    steps = (
        step("rest"),
        step("family", family_canary=True),
        shut("ns", infrastructure=True),
        step("toy", canary=True, needs=("ns",)),
    )

    assert restore_order(steps, Order.SUM) == ("toy", "ns", "family", "rest")


def test_without_canaries_a_bring_up_has_one_stage() -> None:
    steps = (step("a", needs=("ns",)), shut("ns"))

    assert set(stages(steps).values()) == {Stage.REST}


def test_what_others_need_is_up_before_the_canaries_of_families() -> None:
    steps = (step("a", family_canary=True, needs=("ns",)), step("ns", 8192))

    assert stages(steps)["ns"] is Stage.NEEDED


def test_a_circle_of_needs_is_found_without_those_that_hang_on_it() -> None:
    needs = {"a": ("b",), "b": ("a", "c"), "c": (), "d": ("a",)}

    assert circles(needs) == {"a", "b"}


# ---- the bound -------------------------------------------------------------------------------


def drains(sizes: tuple[int, ...], weights: tuple[float, ...]) -> float:
    """The least weighted Σ (end - own start) over all interleavings of saves and verifications."""
    jobs = [(kind, place) for kind in ("save", "verify") for place in range(len(sizes))]
    end, least = 2 * sum(sizes), float("inf")
    for order in permutations(jobs):
        if any(order.index(("verify", p)) < order.index(("save", p)) for p in range(len(sizes))):
            continue
        now, total = 0, 0.0
        for kind, place in order:
            total += weights[place] * (end - now) if kind == "save" else 0.0
            now += sizes[place]
        least = min(least, total)
    return least


def returns(sizes: tuple[int, ...], weights: tuple[float, ...]) -> float:
    """The least weighted Σ of ends over all orders of restores."""
    return min(
        sum(weights[p] * sum(sizes[q] for q in order[: k + 1]) for k, p in enumerate(order))
        for order in permutations(range(len(sizes)))
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 64), st.sampled_from([0.5, 1.0, 3.0])), max_size=3))
def test_the_bound_is_the_least_of_all_orders(jobs: list[tuple[int, float]]) -> None:
    sizes, weights = tuple(size for size, _ in jobs), tuple(weight for _, weight in jobs)

    least = drains(sizes, weights) + returns(sizes, weights) if jobs else 0.0

    assert bound(sizes, 1.0, weights) == pytest.approx(least)


@given(JOBS)
def test_no_order_of_saves_and_restores_is_better_than_ours(jobs: list[tuple[int, float]]) -> None:
    steps = tuple(step(f"g{n}", size, priority=w) for n, (size, w) in enumerate(jobs))
    weights = {each.guest: each.priority for each in steps}

    ours = weighted(play(steps), weights)

    assert ours <= min(weighted(each, weights) for each in every_play(steps)) + 1e-6


def weighted(prediction: Prediction, weights: dict[str, float]) -> float:
    return sum(weights[name] * seconds for name, seconds in prediction.downtimes.items())


def every_play(steps: tuple[PlanStep, ...]) -> list[Prediction]:
    ranks = list(permutations(range(len(steps))))
    return [
        predict(
            [
                step(s.guest, s.memory_mib, save_rank=a, restore_rank=b)
                for s, a, b in zip(steps, down, back, strict=True)
            ],
            SLOW,
            Timing(),
        )
        for down in ranks
        for back in (ranks if len(steps) < 4 else ranks[::5])
    ]


@given(st.lists(st.integers(1, 8192), min_size=1, max_size=20))
def test_our_order_reaches_the_bound_where_one_stream_saturates(memories: list[int]) -> None:
    assert play(fleet(*memories)).total == pytest.approx(bound(memories, SLOW.mib_s))


@given(
    st.lists(st.integers(1, 8192), min_size=1, max_size=20),
    st.floats(50.0, 500.0),
    st.floats(50.0, 500.0),
)
def test_no_disk_beats_the_bound(memories: list[int], stream: float, verify: float) -> None:
    disk = Disk(
        mib_s=400.0,
        stream_mib_s=stream,
        verify_mib_s=verify,
        streams=streams(400.0, stream),
    )

    assert play(fleet(*memories), disk=disk).total >= bound(memories, disk.mib_s) - 1e-3
