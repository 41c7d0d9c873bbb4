"""Whether one guest may be suspended now: for scripts of staff that act without a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from bot.rules.errors import BadRequest, Code
from bot.rules.plan.terms import PlanOptions
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.fleet import Fleet
    from bot.rules.plan.terms import Plan


@dataclass(frozen=True, kw_only=True)
class Answer:
    """May it, and why; `reason` is a code of `reasons.jinja`, or "not_there"."""

    guest: str
    host: str
    may: bool
    reason: str
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    pair: bool = False  # only with a snapshot of its disk: restoring is not proven


class Plans(Protocol):
    """Who can plan a run; `bot.maintenance.planning.Planner` does, and the desk."""

    @property
    def fleet(self) -> Fleet:
        """The inventory."""

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        """Observe *host* and plan its run."""


async def may_suspend(plans: Plans, guest: str) -> Answer:
    """Decide *guest* as it is now, as a run of its host would.

    Raises:
        BadRequest: UNKNOWN_GUEST.
        ContactLost: its host does not answer.
    """
    recorded = plans.fleet.guests.get(guest)
    if recorded is None:
        nearest = "".join(get_close_matches(guest, plans.fleet.guests, n=1))
        raise BadRequest(Code.UNKNOWN_GUEST, guest=guest, host="", nearest=nearest)
    plan = await plans.plan(recorded.host, PlanOptions())
    step = next((step for step in plan.steps if step.guest == guest), None)
    if step is None:
        return Answer(guest=guest, host=recorded.host, may=False, reason="not_there")
    may = step.action is Action.SUSPEND
    return Answer(
        guest=guest,
        host=recorded.host,
        may=may,
        reason=step.reason.value,
        fields=step.fields,
        pair=may and step.pair and not plan.trusted,
    )
