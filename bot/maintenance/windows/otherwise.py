"""Guests with which a plan does otherwise than their contacts were told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.intentions import planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.plan.terms import Plan


def otherwise(plan: Plan, told: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return `guest`, `was` and `now` of each guest whose contact was *told* otherwise."""
    rows = []
    for step in plan.steps:
        now = planned(step)
        before = told.get(step.guest, {}).get("action", "")
        if now and before and before != now["action"]:
            rows.append({"guest": step.guest, "was": before, "now": now["action"]})
    return rows
