"""What is told about a run itself when a row changes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.maintenance.questions import goes_on_or_back, goes_on_or_cold, question
from bot.maintenance.report import report
from bot.maintenance.telling import (
    Change,
    Telling,
    card_of,
    detail,
    failure,
    host_deed,
    notice,
    start_of,
    unhold,
)
from bot.maintenance.trial_report import trial_report
from bot.ports import Audience
from bot.rules.policy.terms import Action
from bot.rules.run.bring_up import SPACE
from bot.rules.run.journal import Event
from bot.rules.run.moves import ranked
from bot.rules.run.states import Phase, StepState
from bot.rules.run.trying import BESIDE, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.rules.limits import Limits
    from bot.rules.run.terms import Run

#: What staff may do where they find out themselves how a released host stands.
BY_HAND = '"done by hand"'


def of_run(change: Change, limits: Limits) -> tuple[Telling, ...]:
    """Return what is to be said of the run after a row without a guest."""
    if change.row.event is Event.BEGUN:
        return (_begun(change, limits),)
    by_row = _ROWS.get(change.row.event)
    told = by_row(change) if by_row else None
    return (told,) if told else ()


def _begun(change: Change, limits: Limits) -> Telling:
    plan = change.after.plan
    each = Counter(step.action for step in plan.steps)
    back = plan.drain_seconds + plan.work_seconds + plan.restore_seconds
    looks = 0.0 if plan.trial else limits.looks[-1]  # those of a trial are in its plan
    alone = bool(change.row.data.get("alone"))
    told = _channel(
        "trial_begun" if plan.trial else "begun",
        **({"guests": in_turn(change.after)} if plan.trial else {}),
        host=plan.host,
        actor=change.after.actor,
        approver=_text(change, "approver"),
        alone=alone,
        reason=_text(change, "reason"),
        suspends=each[Action.SUSPEND],
        shutdowns=each[Action.SHUTDOWN],
        untouched=each[Action.UNTOUCHED],
        manual=plan.work.manual,
        expected=change.row.at + timedelta(seconds=back + looks),
    )
    return replace(told, loud=alone, settles=(start_of(plan.host), card_of(plan.host)))


def in_turn(run: Run) -> list[str]:
    """Return the guests of a trial, in the order in which they are tried."""
    return [step.guest for step in ranked(run.steps.values(), saving=True)]


def _phase(change: Change) -> Telling | None:
    before, after = change.before, change.after
    if _text(change, "why") in {"trial", "next"}:
        return _in_trial(after)
    seconds = (change.row.at - before.phase_since).total_seconds()
    known = {"host": after.host, "seconds": seconds, "why": _text(change, "why")}
    told = {
        Phase.HOST_WORK: lambda: _empty(after, known),
        Phase.GATE: lambda: _channel("phase_gate", kernel=_text(change, "kernel"), **known),
        Phase.BRING_UP: lambda: _bring_up(before, after, known),
    }
    return told[after.phase]() if after.phase in told else None


def _in_trial(run: Run) -> Telling | None:
    """Say which guest of a trial is next; of one that is saved its own rows tell."""
    left = waiting(run)
    if run.phase is not Phase.DRAIN or not left:
        return None
    place = len(run.steps) - len(left) + 1
    return detail("trial_next", guest=left[0].guest, number=place, of=len(run.steps))


def _empty(run: Run, known: Mapping[str, object]) -> Telling:
    saved = [step for step in run.steps.values() if step.image_lives]
    off = [step for step in run.steps.values() if step.state is StepState.OFF]
    return _channel("phase_host_work", saved=len(saved), off=len(off), **known)


def _bring_up(before: Run, after: Run, known: Mapping[str, object]) -> Telling:
    if before.phase is Phase.ENDED:
        return _channel("phase_again", host=after.host)
    waiting = [
        step
        for step in after.steps.values()
        if step.state in {StepState.SAVED, StepState.OFF, StepState.IMAGED, StepState.HASHING}
    ]
    restores = sum(step.image_lives and not step.cold for step in waiting)
    return _channel(
        "phase_bring_up",
        restores=restores,
        boots=len(waiting) - restores,
        kernel=after.work.kernel or after.plan.work.kernel,
        hypervisor=after.plan.work.hypervisor,
        canary=_canary(after),
        **known,
    )


def _canary(run: Run) -> str:
    chosen = [s.guest for s in run.steps.values() if s.plan.canary and s.image_lives]
    return chosen[0] if chosen else ""


def _channel(macro: str, **known: object) -> Telling:
    return Telling(macro=macro, fields=known, audience=Audience.CHANNEL)


def _asked(change: Change) -> Telling | None:
    asked = change.after.question
    if asked is None or (asked.kind == "gate" and change.after.problems):
        return None  # NOT_READY has said it, with what differs
    return question(change.after, asked)


def _not_ready(change: Change) -> Telling | None:
    run = change.after
    if run.problems == change.before.problems:
        return None
    return failure("not_ready", *goes_on_or_cold(run), host=run.host, problems=run.problems)


def _answered(change: Change) -> Telling:
    known = {"host": change.after.host, "guests": change.row.data.get("cold", ())}
    return notice("answered", actor=_text(change, "actor"), choice=_text(change, "choice"), **known)


def _held(change: Change) -> Telling:
    scope, value = _text(change, "scope"), _text(change, "value")
    because = change.row.data.get("because", ())
    saved = [s.guest for s in change.after.steps.values() if s.image_lives]
    return failure(
        "held",
        host=change.after.host,
        scope=scope,
        value=value,
        code=_text(change, "code"),
        because=because,
        saved=saved,
        lift=unhold(scope, value),
    )


def _late(change: Change) -> Telling:
    run = change.after
    if change.row.data["what"] == SPACE:
        kept = [step.guest for step in run.steps.values() if step.pair]
        free = change.row.data["free_mib"]
        return failure("space_low", host=run.host, free_mib=free, guests=sorted(kept))
    if change.row.data["what"] == BESIDE:
        return failure("trial_beside", host=run.host, guests=change.row.data["guests"])
    if change.row.data["what"] == "work" and run.work.flight is not None:
        known = {"host": run.host, "task": run.work.flight.argument}
        return failure("late_work", seconds=float(str(change.row.data["seconds"])), **known)
    since = run.work.rebooted_at or run.phase_since
    seconds = (change.row.at - since).total_seconds()
    return failure("late_host", host=run.host, seconds=seconds)


def _by(macro: str, *codes: str) -> Callable[[Change], Telling]:
    def told(change: Change) -> Telling:
        host = change.after.host
        deeds = [host_deed(code, host) for code in codes]
        if change.after.plan.trial and macro in _OF_TRIAL:
            return notice(_OF_TRIAL[macro], host=host, actor=_text(change, "actor"))
        known = {"reason": _text(change, "reason"), "phase": change.after.phase.value}
        return notice(macro, *deeds, host=host, actor=_text(change, "actor"), **known)

    return told


_OF_TRIAL = {"aborted": "trial_aborted"}


def _released(change: Change) -> Telling:
    host = change.after.host
    open_ = [s.guest for s in change.after.steps.values() if _out_of_service(s.state)]
    deed = host_deed("takeback", host, BY_HAND)
    known = {"reason": _text(change, "reason"), "actor": _text(change, "actor"), "open": open_}
    return failure("released", deed, host=host, **known)


def _out_of_service(state: StepState) -> bool:
    return state not in {StepState.PLANNED, StepState.UNTOUCHED, StepState.UP, StepState.LEFT}


def _contact_lost(change: Change) -> Telling:
    known = {"problem": _text(change, "problem"), "detail": _text(change, "detail")}
    return failure("contact_lost", host=change.after.host, **known)


def _contact_back(change: Change) -> Telling:
    since = change.before.silent_since or change.row.at
    seconds = (change.row.at - since).total_seconds()
    return notice("contact_back", host=change.after.host, seconds=seconds)


def _taken_over(change: Change) -> Telling:
    return detail("taken_over", host=change.after.host)


def _not_obeyed(change: Change) -> Telling:
    named = ("verb", "actor", "code", "on")
    return notice("not_obeyed", host=change.after.host, **{n: _text(change, n) for n in named})


def _work(change: Change) -> Telling | None:
    host, flight = change.after.host, change.after.work.flight or change.before.work.flight
    argument = flight.argument if flight else ""
    known = {"host": host, "verb": _text(change, "verb"), "argument": argument}
    if change.row.event is Event.INTENDED:
        return _channel("working", **known)
    if change.row.event is Event.DONE and known["verb"] == "work":
        return detail("worked", **known)
    if change.row.event is Event.FAILED:
        fault = {"error": _text(change, "error"), "detail": _text(change, "detail")}
        return failure("work_failed", *goes_on_or_back(change.after), **known, **fault)
    return None


def _ended(change: Change) -> Telling:
    return trial_report(change.after) if change.after.plan.trial else report(change.after)


def _text(change: Change, key: str) -> str:
    return str(change.row.data.get(key, ""))


_ROWS: Mapping[Event, Callable[[Change], Telling | None]] = {
    Event.PHASE: _phase,
    Event.ASKED: _asked,
    Event.ANSWERED: _answered,
    Event.PAUSED: _by("paused", "resume", "abort"),
    Event.RESUMED: _by("resumed"),
    Event.ABORTED: _by("aborted"),
    Event.CONTINUED: _by("continued"),
    Event.RELEASED: _released,
    Event.TAKEN_BACK: _by("taken_back"),
    Event.HELD: _held,
    Event.NOT_READY: _not_ready,
    Event.LATE: _late,
    Event.CONTACT_LOST: _contact_lost,
    Event.CONTACT_BACK: _contact_back,
    Event.TAKEN_OVER: _taken_over,
    Event.NOT_OBEYED: _not_obeyed,
    Event.INTENDED: _work,
    Event.DONE: _work,
    Event.FAILED: _work,
    Event.ENDED: _ended,
}
