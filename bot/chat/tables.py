"""What lists show, as plain data: rows and counts, not yet words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import Role

if TYPE_CHECKING:
    from bot.maintenance.shapes import GuestView
    from bot.rules.plan.terms import PlanStep


def name_of(view: GuestView) -> str:
    """Return the guest's name, from wherever it is known."""
    known = view.facts or view.guest
    return known.name if known else "-"


def is_infrastructure(view: GuestView) -> bool:
    """Say whether it is one of our own guests."""
    return view.guest is not None and view.guest.role is Role.INFRASTRUCTURE


def version(step: PlanStep | None) -> str:
    """Return the version of the kernel a guest is planned with, without its distributor's part."""
    return step.kernel.partition("-")[0] if step else ""
