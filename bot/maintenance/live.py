"""The live message of a run: where it is, how far, who is in trouble, when it will end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.questions import question
from bot.maintenance.run_news import BY_HAND
from bot.maintenance.telling import Deed, Telling, host_deed
from bot.rules.limits import Limits
from bot.rules.policy.terms import Action
from bot.rules.run.states import AT_REST, Phase, StepState
from bot.rules.run.trying import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.rules.run.terms import Run, Step

SHIPPED = Limits()
_S = StepState
_NOT_SAVED = frozenset({_S.PLANNED, _S.SAVING, _S.HALF_SAVED, _S.IMAGED, _S.PAIRING, _S.HASHING})
_NOT_OFF = frozenset({_S.PLANNED, _S.SHUTTING})
#: States that a person wants to see named, wherever the run is.
TROUBLE = frozenset(
    {
        _S.HALF_SAVED,
        _S.DAMAGE,
        _S.FREEZING,
        _S.FROZEN,
        _S.STOPPING,
        _S.DAMAGED,
        _S.KEEPING,
        _S.DEAD,
        _S.BROKEN,
        _S.INTRUDED,
        _S.DISARMING,
        _S.UNREACHABLE,
        _S.DOWN,
        _S.STUCK,
        _S.LEFT,
    }
)
_RESTS = AT_REST | {_S.PLANNED, _S.SAVED, _S.OFF}


def live(run: Run, now: datetime, limits: Limits = SHIPPED) -> Telling:
    """Return the live message of *run* at *now*, and what may be done with the run."""
    known: dict[str, object] = {
        "host": run.host,
        "actor": run.actor,
        "started": run.started,
        "phase": run.phase.value,
        "share": share(run, now),
        "counts": counts(run),
        "busy": _groups(step for step in run.steps.values() if step.state not in _RESTS | TROUBLE),
        "trouble": _groups(step for step in run.steps.values() if step.state in TROUBLE),
        "stands": stands(run),
        "reason": run.release_reason,
        "since": run.silent_since,
        "until": run.question.deadline if run.question else None,
        "asked": run.question.kind if run.question else "",
        "expected": None if stands(run) or run.ended else expected_end(run, now, limits),
        "now": now,
        "ended": run.ended,
        "trial": run.plan.trial,
    }
    return Telling(macro="live", fields=known, deeds=deeds(run))


def stands(run: Run) -> str:
    """Return why nothing moves: released, silent, asked, paused; empty if it does."""
    reasons = {
        "released": run.released,
        "silent": run.silent_since is not None,
        "asked": run.question is not None,
        "paused": run.paused,
    }
    return next((name for name, true in reasons.items() if true), "")


def deeds(run: Run) -> tuple[Deed, ...]:
    """Return what a person can do with the run as a whole now."""
    if run.released:
        return (host_deed("takeback", run.host, BY_HAND),)
    if run.ended is not None:
        return (host_deed("log", run.host),)
    if run.question is not None:
        return question(run, run.question).deeds
    first = host_deed("resume" if run.paused else "pause", run.host)
    coming_back = run.phase is Phase.BRING_UP and not waiting(run)
    return (first,) if run.aborting or coming_back else (first, _abort(run))


def _abort(run: Run) -> Deed:
    return host_deed("abort", run.host, hurts=True)


def counts(run: Run) -> list[dict[str, object]]:
    """Return how far each kind of work is, as `done` of `of`; what has none is not there."""
    steps = [s for s in run.steps.values() if s.state is not _S.UNTOUCHED]
    suspends = [s for s in steps if s.action is Action.SUSPEND]
    shutdowns = [s for s in steps if s.action is Action.SHUTDOWN]
    rows = [
        _count("saved", (s for s in suspends if s.state not in _NOT_SAVED), len(suspends)),
        _count("off", (s for s in shutdowns if s.state not in _NOT_OFF), len(shutdowns)),
    ]
    if run.plan.trial:
        rows = [_count("verified", (s for s in steps if s.state is _S.UP), len(steps))]
    elif run.phase in {Phase.BRING_UP, Phase.ENDED}:
        rows = _back(steps)
    return [row for row in rows if row["of"]]


def _back(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Return how many are back by each way; who came back in trouble is none of the done."""
    restores = sum(s.how == "restored" or (s.image_lives and not s.cold) for s in steps)
    done = Counter(s.how for s in steps if s.state not in TROUBLE)
    rolled = done["rolled_back"]
    return [
        {"name": "restored", "done": done["restored"], "of": restores},
        {"name": "booted", "done": done["booted"], "of": len(steps) - restores - rolled},
        {"name": "rolled_back", "done": rolled, "of": rolled},
        _count("verified", (s for s in steps if s.state is _S.UP), len(steps)),
    ]


def _count(name: str, done: Iterable[Step], of: int) -> dict[str, object]:
    return {"name": name, "done": len(list(done)), "of": of}


def share(run: Run, now: datetime) -> float:
    """Return how much of the present phase is done, 0…1."""
    steps = [s for s in run.steps.values() if s.state is not _S.UNTOUCHED]
    if run.plan.trial:
        return len([s for s in steps if s.state in AT_REST]) / max(1, len(steps))
    if run.phase is Phase.DRAIN:
        gone = [s for s in steps if s.state not in _NOT_SAVED | _NOT_OFF]
        return len(gone) / max(1, len(steps))
    if run.phase in {Phase.HOST_WORK, Phase.GATE}:
        begun = run.drained_at or run.phase_since
        return min(1.0, (now - begun).total_seconds() / max(1.0, run.plan.work_seconds))
    return len([s for s in steps if s.state in AT_REST]) / max(1, len(steps))


def expected_end(run: Run, now: datetime, limits: Limits = SHIPPED) -> datetime:
    """Return when the run should end by its plan, counted from how far it is; never before now.

    It ends with the last look at the guest that came back last.
    """
    plan = run.plan
    if plan.trial:
        seconds = plan.drain_seconds + plan.restore_seconds
        return max(run.started + timedelta(seconds=seconds), now)
    back = plan.restore_seconds + limits.looks[-1]
    begun = run.drained_at or run.phase_since
    after_drain = plan.work_seconds + back
    ends = {
        Phase.DRAIN: (run.started, plan.drain_seconds, after_drain),
        Phase.HOST_WORK: (begun, plan.work_seconds, back),
        Phase.GATE: (begun, plan.work_seconds, back),
        Phase.BRING_UP: (run.phase_since, back, 0.0),
        Phase.ENDED: (run.ended or now, 0.0, 0.0),
    }
    since, this, rest = ends[run.phase]
    return max(since + timedelta(seconds=this), now) + timedelta(seconds=rest)


def _groups(steps: Iterable[Step]) -> list[dict[str, object]]:
    groups: dict[str, list[str]] = {}
    for step in steps:
        groups.setdefault(step.state.value, []).append(step.guest)
    return [{"state": state, "guests": sorted(names)} for state, names in groups.items()]
