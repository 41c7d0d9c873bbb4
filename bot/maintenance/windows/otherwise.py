"""Guests with which a plan does otherwise than their contacts were told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.intentions import planned
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.rules.fleet import Fleet
    from bot.rules.plan.terms import Plan, PlanStep
    from bot.rules.window.terms import Window

    Told = Mapping[str, Mapping[str, Any]]

NOTHING = ""  # `was` of a guest of which its contact was told nothing
ANOTHER_DATE = "another_date"  # and of one whose contact knows another start or end


def otherwise(
    plan: Plan, told: Told, fleet: Fleet | None = None, elsewhere: Collection[str] = ()
) -> list[dict[str, str]]:
    """Return `guest`, `was` and `now` of each guest whose contact was *told* otherwise.

    *told* is of the date of the window; *elsewhere* are the guests of which another was told.
    With a *fleet*, a customer's guest that has a contact and is touched counts also if nothing
    (`was` is NOTHING) or ANOTHER_DATE was told of it.
    """
    rows = []
    for step in plan.steps:
        now = planned(step)
        before = told.get(step.guest, {}).get("action", "")
        if now and before and before != now["action"]:
            rows.append({"guest": step.guest, "was": before, "now": now["action"]})
        elif fleet and step.guest not in told and _is_to_be_told(fleet, step):
            was = ANOTHER_DATE if step.guest in elsewhere else NOTHING
            rows.append({"guest": step.guest, "was": was, "now": step.action.value})
    return rows


def of_window(
    plan: Plan,
    window: Window,
    dated: Mapping[tuple[datetime, datetime], Told],
    fleet: Fleet,
) -> list[dict[str, str]]:
    """Return the same of *window*; *dated* is what was told of it, by start and end."""
    date = (window.start, window.end)
    elsewhere = {guest for of, told in dated.items() if of != date for guest in told}
    return otherwise(plan, dated.get(date, {}), fleet, elsewhere)


def _is_to_be_told(fleet: Fleet, step: PlanStep) -> bool:
    """Say whether *step* concerns a customer with a contact: one that is off and left so, none."""
    known = fleet.guests.get(step.guest)
    reachable = known is not None and known.contact in fleet.contacts
    touched = step.action is not Action.UNTOUCHED
    return touched and reachable and is_customer(fleet, step.guest)
