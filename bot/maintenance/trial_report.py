"""The report of a trial: what became of each guest, what is lost, and what it is evidence for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.report import chosen_from, lost, not_well, over, undecided
from bot.maintenance.telling import Telling
from bot.ports import Audience
from bot.rules.run.moves import ranked
from bot.rules.run.report import became, downtime, failed, tried

if TYPE_CHECKING:
    from bot.rules.run.terms import Run, Step


def trial_report(run: Run) -> Telling:
    """Return the report of a trial that has ended; loud if a guest is not well after it."""
    steps = ranked(run.steps.values(), saving=True)
    open_ = undecided(run)
    beside = run.summary.get("beside", ())
    mails = [step for step in steps if tried(step) and not step.plan.infrastructure]
    known = {
        **over(run),
        "guests": [_row(run, step) for step in steps],
        "lost": lost(steps),
        "mails": [step.guest for step in mails if has_result(step)],
        "incidents": [step.guest for step in mails if not has_result(step) and failed(step)],
        "open": len(open_),
        "beside": beside,
    }
    return Telling(
        macro="trial_report",
        fields=known,
        deeds=chosen_from(run, open_),
        audience=Audience.BOTH,
        loud=bool(not_well(run) or beside) or any(step.bad for step in steps),
        record=True,
    )


def has_result(step: Step) -> bool:
    """Say whether its customer is told how the trial went: it passed, or was rolled back."""
    return tried(step) and became(step) in {"restored", "rolled_back"}


def _row(run: Run, step: Step) -> dict[str, object]:
    cells = {cell.family: cell.cell for cell in run.plan.cells}
    return {
        "guest": step.guest,
        "outcome": became(step),
        "reason": step.reason,
        "bad": step.bad,
        "down": downtime(step),
        "kernel": step.plan.kernel,
        "cell": cells.get(step.plan.family, "") if tried(step) else "",
    }
