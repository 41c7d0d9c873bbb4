"""What a new inventory changes, and when it lost too much."""

import pytest

from bot.rules.errors import Precondition
from bot.rules.fleet import Fleet, Guest
from bot.settings import Difference, DropLimit, Moved, difference, refuse_a_drop


def fleet(**hosts: str) -> Fleet:
    guests = {name: Guest(name=name, host=host, uuid=name) for name, host in hosts.items()}
    return Fleet(guests=guests)


def names(count: int) -> list[str]:
    return [f"g{number:03}" for number in range(count)]


def test_an_equal_fleet_makes_no_difference() -> None:
    same = fleet(a="alpha", b="beta")

    assert difference(["a", "b"], same, same) == Difference()


def test_new_gone_and_moved_guests_are_told_apart() -> None:
    old, new = fleet(a="alpha", b="beta", d="beta"), fleet(b="alpha", c="alpha", d="beta")

    found = difference(["a", "b", "d"], new, old)

    assert found == Difference(
        added=("c",), gone=("a",), moved=(Moved(guest="b", before="beta", now="alpha"),)
    )


@pytest.mark.parametrize(("known", "gone"), [(1, 0), (9, 0), (10, 1), (50, 5), (178, 10)])
def test_a_drop_within_the_limit_passes_and_one_more_does_not(known: int, gone: int) -> None:
    before = names(known)

    refuse_a_drop(before, Difference(gone=tuple(before[:gone])), DropLimit())
    with pytest.raises(Precondition):
        refuse_a_drop(before, Difference(gone=tuple(before[: gone + 1])), DropLimit())


def test_a_refused_drop_names_the_guests() -> None:
    before = names(100)

    with pytest.raises(Precondition) as refused:
        refuse_a_drop(before, difference(before, Fleet()), DropLimit())

    assert refused.value.fields == {"missing": 100, "limit": 10, "names": tuple(before)}
