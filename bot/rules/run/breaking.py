"""The breaker in a run: which holds its bad restores open. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.policy.breaker import Bad, openings
from bot.rules.policy.evidence import RestoreOutcome, Standing
from bot.rules.run.journal import Draft, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.policy.terms import PolicySettings
    from bot.rules.run.terms import Run


def hold(run: Run, policy: PolicySettings) -> Iterator[Draft]:
    """Yield the holds that this run's bad restores open; again after each one more (P6).

    A person may have lifted it meanwhile, not knowing of this one. If it stands, that is harmless.
    """
    for opening in openings(bads(run), policy):
        known = run.held.get((str(opening.scope), opening.value), frozenset())
        if not known.issuperset(opening.because):
            yield Draft(
                event=Event.HELD,
                data={
                    "scope": str(opening.scope),
                    "value": opening.value,
                    "code": str(opening.code),
                    "because": list(opening.because),
                },
            )


def bads(run: Run) -> tuple[Bad, ...]:
    """Return the restores of this run that came back damaged or dead, in order of time."""
    wrong = [step for step in run.steps.values() if step.bad]
    standing = Standing.TRUSTED if run.plan.trusted else Standing.UNTRUSTED
    return tuple(
        Bad(
            host=run.host,
            guest=step.guest,
            family=step.plan.family,
            outcome=RestoreOutcome(step.bad),
            standing=standing,
        )
        for step in wrong
    )
