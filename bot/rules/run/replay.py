"""What a journal's rows mean: replaying them makes the run. The only place that knows.

`states` has the tables that are obeyed here; what does not fit them is a corrupt journal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.rules.errors import BadConfiguration, Code
from bot.rules.operation import Verb
from bot.rules.plan.data import plan_from_data
from bot.rules.plan.terms import PlanStep
from bot.rules.policy.terms import Action
from bot.rules.run.journal import Event, Row
from bot.rules.run.states import PHASES, Phase, StepState
from bot.rules.run.step_rows import of_step, operation
from bot.rules.run.terms import Question, Run, Step, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

OPERATIONS = frozenset({Event.INTENDED, Event.DONE, Event.FAILED, Event.NEVER})


def replay(run_id: str, rows: Iterable[Row]) -> Run:
    """Make a run from its rows. Raises BadConfiguration(CORRUPT_JOURNAL)."""
    ordered = iter(rows)
    first = next(ordered, None)
    if first is None or first.event is not Event.BEGUN:
        raise corrupt(run_id, first.number if first else 1, "the first row does not begin a run")
    run = begun(run_id, first)
    for row in ordered:
        run = apply(run, row)
    return run


def begun(run_id: str, row: Row) -> Run:
    """Make the run that its first row describes."""
    try:
        plan = plan_from_data(row.data["plan"])  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as broken:
        raise corrupt(run_id, row.number, "its plan cannot be read") from broken
    options: Mapping[str, object] = row.data.get("options") or {}  # type: ignore[assignment]
    return Run(
        id=run_id,
        host=plan.host,
        actor=str(row.data.get("actor", "")),
        plan=plan,
        phase=Phase.DRAIN,
        started=row.at,
        at=row.at,
        number=row.number,
        phase_since=row.at,
        boot_id=plan.before.boot_id,
        no_suspend=bool(options.get("no_suspend")),
        guard=bool(options.get("guard")),
        steps={step.guest: _planned(step, row.at) for step in plan.steps},
    )


def apply(run: Run, row: Row) -> Run:
    """Return the run after *row*. Raises BadConfiguration(CORRUPT_JOURNAL)."""
    if row.number != run.number + 1:
        raise corrupt(run.id, row.number, f"row {run.number + 1} should stand here")
    try:
        changed = _changed(run, row)
    except (KeyError, TypeError, ValueError) as broken:
        raise corrupt(run.id, row.number, f"{row.event} does not fit: {broken}") from broken
    return replace(changed, number=row.number, at=row.at)


def corrupt(run: str, number: int, problem: str) -> BadConfiguration:
    """Make the error for a row that cannot be."""
    return BadConfiguration(Code.CORRUPT_JOURNAL, run=run, number=number, problem=problem)


def _planned(step: PlanStep, at: datetime) -> Step:
    untouched = step.action is Action.UNTOUCHED
    state = StepState.UNTOUCHED if untouched else StepState.PLANNED
    return Step(plan=step, state=state, since=at, action=step.action, reason=str(step.reason))


def _changed(run: Run, row: Row) -> Run:
    if row.guest:
        step = of_step(run.steps[row.guest], row, run.id)
        return replace(run, steps={**run.steps, row.guest: step})
    if row.event in OPERATIONS:
        return replace(run, work=_of_work(run, row))
    return _RUN_ROWS[row.event](run, row)


def _of_work(run: Run, row: Row) -> Work:
    work, data = run.work, row.data
    verb = Verb(str(data["verb"]))
    if row.event is Event.INTENDED:
        attempts = {**work.attempts, str(verb): int(str(data["attempt"]))}
        flight = operation(run.id, row)
        boot = str(data.get("boot_id", work.boot_before))
        begun = replace(work, flight=flight, flight_since=row.at, attempts=attempts, error="")
        return replace(begun, boot_before=boot, printed=0)
    over = replace(work, flight=None, flight_since=None)
    if row.event is Event.FAILED:
        return replace(over, error=str(data["error"]), detail=str(data.get("detail", "")))
    if row.event is Event.NEVER:
        return over
    if verb is Verb.REBOOT:
        return replace(over, reboots=work.reboots + 1, rebooted_at=row.at)
    return replace(over, done=work.done + 1)


# ---- rows of the run itself ------------------------------------------------------------------


def _phase(run: Run, row: Row) -> Run:
    to = Phase(str(row.data["to"]))
    if to not in PHASES[run.phase]:
        message = f"{run.phase} cannot become {to}"
        raise ValueError(message)
    entered = replace(run, phase=to, phase_since=row.at, question=None, continued=False)
    if to is Phase.HOST_WORK:
        return replace(entered, drained_at=row.at)
    if to is Phase.GATE:
        kernel = str(row.data.get("kernel", ""))
        work = replace(run.work, kernel=kernel)
        return replace(entered, work=work, problems=(), gated=True, going_back=False)
    if to is Phase.BRING_UP:
        ready = run.ready_at or row.at
        boot_id = str(row.data.get("boot_id") or run.boot_id)
        aborting = run.aborting and run.plan.trial  # of a trial the rest stays untried
        return replace(entered, aborting=aborting, ended=None, ready_at=ready, boot_id=boot_id)
    return entered


def _asked(run: Run, row: Row) -> Run:
    data: Mapping[str, Any] = row.data
    deadline = datetime.fromisoformat(data["deadline"]) if data.get("deadline") else None
    question = Question(
        kind=data["question"], guests=tuple(data.get("guests", ())), deadline=deadline, fields=data
    )
    return replace(run, question=question)


def _answered(run: Run, row: Row) -> Run:
    data: Mapping[str, Any] = row.data
    if data["choice"] == "wait" and run.question is not None:
        return replace(run, question=replace(run.question, deadline=None))
    steps = dict(run.steps)
    for guest in data.get("allow", ()):
        steps[guest] = replace(steps[guest], allowed=True, cold=False)
    for guest in data.get("cold", ()):
        steps[guest] = replace(steps[guest], cold=True, allowed=False)
    back = data["choice"] == "back"
    return replace(run, steps=steps, question=None, going_back=back or run.going_back)


def _held(run: Run, row: Row) -> Run:
    opened = (str(row.data["scope"]), str(row.data["value"]))
    because: Any = row.data.get("because", ())
    known = run.held.get(opened, frozenset()) | frozenset(because)
    saved = {StepState.SAVED, StepState.RESTORING, StepState.PAUSED, StepState.SPENT}
    steps = {
        name: replace(step, allowed=False) if step.state in saved else step
        for name, step in run.steps.items()
    }
    return replace(run, steps=steps, held={**run.held, opened: known})


def _late(run: Run, row: Row) -> Run:
    return replace(run, late=run.late | {str(row.data["what"])})


def _not_ready(run: Run, row: Row) -> Run:
    problems: Any = row.data["problems"]
    return replace(run, problems=tuple(problems), continued=False)


def _ended(run: Run, row: Row) -> Run:
    if Phase.ENDED not in PHASES[run.phase]:
        message = f"{run.phase} cannot become ended"
        raise ValueError(message)
    return replace(
        run, phase=Phase.ENDED, phase_since=row.at, ended=row.at, summary=row.data, question=None
    )


def _continued(run: Run, _: Row) -> Run:
    work = replace(run.work, error="", detail="")
    # What differed is said again if it still does: a person waits for the answer.
    return replace(run, continued=True, question=None, work=work, problems=())


def _released(run: Run, row: Row) -> Run:
    return replace(run, released=True, release_reason=str(row.data.get("reason", "")))


def _printed(run: Run, row: Row) -> Run:
    return replace(run, work=replace(run.work, printed=int(str(row.data["mark"]))))


_RUN_ROWS: Mapping[Event, Callable[[Run, Row], Run]] = {
    Event.PHASE: _phase,
    Event.ASKED: _asked,
    Event.ANSWERED: _answered,
    Event.HELD: _held,
    Event.LATE: _late,
    Event.NOT_READY: _not_ready,
    Event.ENDED: _ended,
    Event.CONTINUED: _continued,
    Event.RELEASED: _released,
    Event.TAKEN_BACK: lambda run, _: replace(run, released=False, release_reason=""),
    Event.PAUSED: lambda run, _: replace(run, paused=True),
    Event.RESUMED: lambda run, _: replace(run, paused=False),
    Event.ABORTED: lambda run, _: replace(run, aborting=True, paused=False),
    Event.CONTACT_LOST: lambda run, row: replace(run, silent_since=row.at),
    Event.CONTACT_BACK: lambda run, _: replace(run, silent_since=None),
    Event.PRINTED: _printed,
    Event.TAKEN_OVER: lambda run, _: run,
    Event.NOT_OBEYED: lambda run, _: run,
}
