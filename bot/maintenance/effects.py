"""What is committed beside a run's rows: caches, holds and evidence, all made from the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import Effects, RunRecord
from bot.rules.hold import Hold, Scope
from bot.rules.policy.evidence import Combination, RestoreOutcome, Trial
from bot.rules.run.bring_up import due_at
from bot.rules.run.journal import Event
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.rules.limits import Limits
    from bot.rules.plan.terms import Plan
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step


def effects(before: Run, after: Run, rows: Iterable[Row], *, rest: str, limits: Limits) -> Effects:
    """Return what goes with *rows*, which lead from *before* to *after*."""
    listed = tuple(rows)
    return Effects(
        states={
            name: str(step.state)
            for name, step in after.steps.items()
            if step.state is not before.steps[name].state
        },
        run=head(after, rest, limits),
        holds=tuple(hold_of(row) for row in listed if row.event is Event.HELD),
        evidence=tuple(_trials(before, after, listed)),
    )


def head(run: Run, rest: str, limits: Limits) -> RunRecord:
    """Return the head of a run as its journal tells it."""
    status = run.summary.get("exit_status")
    return RunRecord(
        id=run.id,
        host=run.host,
        actor=run.actor,
        started=run.started,
        status=str(run.phase),
        rest=rest,
        ended=run.ended,
        exit_status=int(str(status)) if run.ended and status is not None else None,
        due=_due(run, limits),
        kind=kind_of(run.plan),
    )


def kind_of(plan: Plan) -> str:
    """Return what `RunRecord.kind` says of a run of *plan*."""
    return "trial" if plan.trial else "maintenance"


def _due(run: Run, limits: Limits) -> datetime | None:
    if run.phase is not Phase.ENDED:
        return None
    return min((at for s in run.steps.values() if (at := due_at(run, s, limits))), default=None)


def hold_of(row: Row) -> Hold:
    """Return the hold that a HELD row opens."""
    because = row.data.get("because", ())
    return Hold(
        scope=Scope(str(row.data["scope"])),
        value=str(row.data["value"]),
        reason=str(row.data["code"]),
        opened_by="breaker",
        opened_at=row.at,
        because=tuple(because) if isinstance(because, list | tuple) else (),
    )


def _trials(before: Run, after: Run, rows: tuple[Row, ...]) -> Iterable[Trial]:
    for name, step in after.steps.items():
        outcome = _outcome(before.steps[name], step)
        if outcome is not None:
            yield Trial(
                at=rows[-1].at,
                run=after.id,
                host=after.host,
                guest=name,
                combination=combination(after, step),
                outcome=outcome,
            )


def _outcome(before: Step, after: Step) -> RestoreOutcome | None:
    """Return what a restore has just come to; a guest that stays paused says nothing."""
    if after.bad and not before.bad:
        return RestoreOutcome(after.bad)
    arrived = after.state is not before.state and after.how == "restored"
    if arrived and after.state is StepState.UP and after.looks:
        return RestoreOutcome.RESTORED
    return RestoreOutcome.UNREACHABLE if arrived and after.state is _UNREACHABLE else None


_UNREACHABLE = StepState.UNREACHABLE


def combination(run: Run, step: Step) -> Combination:
    """Return under what a guest of this run was saved and restored."""
    before, work = run.plan.before, run.plan.work
    changed = run.gated and not run.work.kernel
    return Combination(
        saved_on=before.kernel,
        saved_hypervisor=before.hypervisor,
        restored_on=(work.kernel or before.kernel) if changed else before.kernel,
        restored_hypervisor=(work.hypervisor or before.hypervisor)
        if changed
        else before.hypervisor,
        family=step.plan.family,
    )
