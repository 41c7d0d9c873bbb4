"""What a plan says of guests that are not as the inventory has them, or cannot be saved."""

import pytest

from bot.rules.fleet import Guest, GuestFacts
from bot.rules.plan.making import make_plan
from tests.unit.rules.plans import facts, given, guest


def warned(
    guests: list[Guest], observed: list[GuestFacts], elsewhere: frozenset[str] = frozenset()
) -> dict[str, object]:
    plan = make_plan(given(guests, observed, elsewhere=elsewhere))
    return {remark.code: remark.fields["guests"] for remark in plan.warnings if remark.fields}


@pytest.mark.parametrize(
    ("recorded", "observed", "code"),
    [
        ([], [facts("vps1")], "not_in_inventory"),
        ([guest("vps1")], [], "not_observed"),
        ([guest("vps1")], [facts("vps1", uuid="another")], "other_uuid"),
        ([guest("vps1")], [facts("vps1", uuid="")], "other_uuid"),
        ([guest("vps1")], [facts("vps1", unsaveable=("pci 03:00.0",))], "unsaveable"),
    ],
    ids=["unknown", "gone", "another", "without_uuid", "unsaveable"],
)
def test_each_difference_from_the_inventory_is_told_in_the_plan(
    recorded: list[Guest], observed: list[GuestFacts], code: str
) -> None:
    others = [guest("vps2")]

    assert warned([*recorded, *others], [*observed, facts("vps2")]) == {code: ("vps1",)}


def test_a_guest_of_another_host_in_the_inventory_is_not_called_unknown() -> None:
    told = warned([], [facts("vps1"), facts("vps2")], elsewhere=frozenset({"vps2"}))

    assert told == {"not_in_inventory": ("vps1",), "recorded_elsewhere": ("vps2",)}
