"""Where instants are in the picture of a run, and which of them are named."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.maintenance.axis import APART, Axis
from tests.unit.rules.plans import NOW

LENGTHS = st.lists(st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)), min_size=1, max_size=60)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def axis(*stretches: tuple[float, float]) -> Axis:
    """An axis of 900 pixels; stretches are seconds since the start."""
    each = tuple((after(start), after(end)) for start, end in stretches)
    return Axis(left=100.0, right=1000.0, stretches=each)


def labels(*stretches: tuple[float, float]) -> list[str]:
    return [label for _, label in axis(*stretches).ticks()]


def test_a_run_goes_from_the_left_to_the_right() -> None:
    whole = axis((0, 600))

    assert [whole.x(after(s)) for s in (0, 300, 600)] == [100, 550, 1000]


def test_what_lasts_no_time_has_a_place() -> None:
    assert axis((0, 0)).x(after(0)) == 100


def test_the_time_between_two_stretches_takes_no_more_room_than_a_cut() -> None:
    whole = axis((0, 300), (90_000, 90_300))

    ((left, right),) = whole.cuts()

    assert whole.x(after(45_000)) in (left, right)
    assert right - left < 20
    assert whole.x(after(90_300)) == 1000


def test_round_minutes_are_named() -> None:
    assert labels((30, 700)) == ["20:02", "20:04", "20:06", "20:08", "20:10"]


def test_seconds_are_named_only_where_they_matter() -> None:
    assert labels((0, 40)) == ["20:00:00", "20:00:05", "20:00:10", "20:00:15", "20:00:20"] + [
        f"20:00:{second}" for second in (25, 30, 35, 40)
    ]


def test_a_day_that_is_not_the_first_is_named() -> None:
    assert labels((0, 6 * 3600))[-2:] == ["08-25 01:00", "08-25 02:00"]


def test_what_follows_a_cut_is_named() -> None:
    assert "08-25 21:07" in labels((0, 600), (86_400 + 4020, 86_400 + 4080))


@given(LENGTHS)
def test_later_is_never_further_left_and_labels_keep_apart(
    lengths: list[tuple[float, float]],
) -> None:
    stretches, at = [], 0.0
    for lasts, pause in lengths:
        stretches.append((at, at + lasts))
        at += lasts + pause
    whole = axis(*stretches)

    places = [whole.x(after(edge)) for stretch in stretches for edge in stretch]
    assert places == sorted(places)
    assert 100 <= places[0] <= places[-1] <= 1000.001
    ticks = sorted(x for x, _ in whole.ticks())
    assert all(b - a >= APART for a, b in pairwise(ticks))
