"""What customers are told will be done with their guests, as things stand. Pure.

The plan of the run decides; where a host cannot be looked at, a notice says what is intended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.notices.optins import too_old
from bot.rules.policy.terms import REFUSALS, Action, Reason
from bot.rules.policy.version import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.rules.fleet import Guest
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn
    from bot.rules.plan.terms import PlanStep
    from bot.rules.policy.terms import PolicySettings


def planned(step: PlanStep) -> Mapping[str, str] | None:
    """Return the `action` of a plan's *step*, and `why` if it is a shutdown.

    None: the plan may not be started because of this guest, and says nothing of it.
    """
    if step.reason in REFUSALS:
        return None
    return _shutdown(step.reason) if step.action is Action.SHUTDOWN else _as_is(step.action)


def intention(
    guest: Guest, said: OptIn | None, holds: Iterable[Hold], policy: PolicySettings
) -> Mapping[str, str]:
    """Return the `action` intended for a customer's guest, and `why` if it is a shutdown.

    Suspended is what is opted in, under no hold, and not known to have an old kernel.
    """
    if said is None or not said.wanted:
        return _shutdown(Reason.NOT_OPTED_IN)
    if any(_covers(hold, guest, said.kernel) for hold in holds):
        return _shutdown(Reason.HELD)
    if policy.old_kernels == "shutdown" and too_old(said.kernel, policy):
        return _shutdown(Reason.KERNEL_OLD)
    return _as_is(Action.SUSPEND)


def _as_is(action: Action) -> Mapping[str, str]:
    return {"action": action.value}


def _shutdown(why: Reason) -> Mapping[str, str]:
    return {"action": Action.SHUTDOWN.value, "why": why.value}


def _covers(hold: Hold, guest: Guest, kernel: str) -> bool:
    """Ask a hold; of a kernel family only the series is known before the guest is observed."""
    version = parse(kernel)
    same = version is not None and hold.value.endswith(f"/linux-{version.series}")
    family = hold.value if same else ""
    return hold.covers(guest=guest.name, host=guest.host, family=family)
