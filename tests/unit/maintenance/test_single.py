"""Whether one guest may be suspended, asked apart from a run."""

from dataclasses import dataclass, field

import pytest

from bot.maintenance.single import may_suspend
from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import Fleet, GuestFacts, Host
from bot.rules.hold import Hold, Scope
from bot.rules.plan.making import make_plan
from bot.rules.plan.terms import Plan, PlanOptions
from tests.unit.rules.plans import NOW, facts, given, guest

HOLD = Hold(scope=Scope.GLOBAL, value="", reason="2021", opened_by="os:anna", opened_at=NOW)


@dataclass
class Plans:
    """A host with one guest in the inventory."""

    seen: list[GuestFacts] = field(default_factory=lambda: [facts("vps1")])
    holds: tuple[Hold, ...] = ()
    fleet: Fleet = field(
        default_factory=lambda: Fleet(
            hosts={"hobgoblin": Host(name="hobgoblin")}, guests={"vps1": guest("vps1")}
        )
    )

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        assert (host, options) == ("hobgoblin", PlanOptions())
        return make_plan(given([guest("vps1")], self.seen, holds=self.holds))


async def test_a_guest_that_a_run_would_suspend_may_be_suspended() -> None:
    answer = await may_suspend(Plans(), "vps1")

    assert (answer.may, answer.reason, answer.host) == (True, "opted_in", "hobgoblin")
    assert answer.pair  # nothing is proven here yet


@pytest.mark.parametrize(
    ("plans", "reason"),
    [
        (Plans(holds=(HOLD,)), "held"),
        (Plans(seen=[]), "not_there"),
        (Plans(seen=[facts("vps1", uuid="another")]), "not_in_inventory"),
        (Plans(seen=[facts("vps1", unsaveable=("pci",))]), "device_cannot"),
    ],
    ids=["held", "gone", "another", "device"],
)
async def test_any_other_may_not_and_it_is_said_why(plans: Plans, reason: str) -> None:
    answer = await may_suspend(plans, "vps1")

    assert (answer.may, answer.reason, answer.pair) == (False, reason, False)


async def test_a_guest_that_the_inventory_lacks_is_not_looked_for() -> None:
    with pytest.raises(BadRequest) as refused:
        await may_suspend(Plans(), "vps2")

    assert refused.value.code is Code.UNKNOWN_GUEST
    assert refused.value.fields["nearest"] == "vps1"
