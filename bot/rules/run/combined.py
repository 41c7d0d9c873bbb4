"""The guests of a run that are saved under one combination. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.plan.combinations import combination_of

if TYPE_CHECKING:
    from bot.rules.policy.evidence import Combination
    from bot.rules.run.terms import Run


def saved_under(run: Run, combination: Combination) -> tuple[str, ...]:
    """Return the guests of *run* that are saved under *combination* and not yet given back."""
    return tuple(
        name
        for name, step in sorted(run.steps.items())
        if step.image_lives
        and not step.cold
        and combination_of(run.plan, step.plan.family) == combination
    )
