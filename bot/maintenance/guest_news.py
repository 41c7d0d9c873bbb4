"""What is told about one guest of a run when a row changes its step."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.maintenance.telling import (
    Change,
    Telling,
    choices,
    detail,
    failure,
    guest_deed,
    notice,
)
from bot.rules.run.journal import Event
from bot.rules.run.repair import dead_deadline, rolls_back_by_itself
from bot.rules.run.report import downtime
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.rules.limits import Limits
    from bot.rules.run.terms import Step

#: A guest that fails to be saved or shut down is still well: no alarm.
_HARMLESS = frozenset({"save", "snapshot", "shutdown", "announce", "replug"})
_HOUSEKEEPING = frozenset({"drop-snapshot", "discard-image"})


def of_guest(change: Change, limits: Limits) -> tuple[Telling, ...]:
    """Return what is to be said of the row's guest: its new state first, else the row."""
    step = change.after.steps[change.row.guest]
    if step.state is not change.before.steps[change.row.guest].state:
        arrived = _ARRIVED.get(step.state)
        told = arrived(change, step, limits) if arrived else None
        if told:
            return (told,)
    by_row = _ROWS.get(change.row.event)
    told = by_row(change, step, limits) if by_row else None
    return (told,) if told else ()


def goes_on_by_itself(step: Step) -> bool:
    """Say whether a damaged guest is seen to without a person: rolled back, or as was chosen."""
    return bool(step.choice) or rolls_back_by_itself(step)


# ---- a new state -----------------------------------------------------------------------------


def _saved(change: Change, step: Step, _: Limits) -> Telling | None:
    if change.before.steps[step.guest].state is not StepState.HASHING:
        return _failed(change, step) if change.row.event is Event.FAILED else None
    took = (change.row.at - (step.down_since or step.since)).total_seconds()
    return detail(
        "saved", guest=step.guest, mib=step.plan.memory_mib, seconds=took, pair=bool(step.pair)
    )


def _off(change: Change, step: Step, _: Limits) -> Telling | None:
    before = change.before.steps[step.guest].state
    if change.row.event is Event.FAILED:
        return _failed(change, step)
    if before is StepState.ROLLING:
        return notice("rolled_back", guest=step.guest, again=step.choice == "retry")
    if before is StepState.SHUTTING:
        took = (change.row.at - (step.down_since or step.since)).total_seconds()
        return detail("off", guest=step.guest, seconds=took)
    if before is StepState.DESTROYING:
        return detail("destroyed", guest=step.guest)
    return None


def _up(change: Change, step: Step, _: Limits) -> Telling | None:
    known = {
        "guest": step.guest,
        "how": step.how,
        "paused": step.plan.was == "paused",
        "down": downtime(step),
        "expected": step.plan.expected_downtime,
    }
    before = change.before.steps[step.guest]
    recovered = bool(before.verdict) or before.state is StepState.UNREACHABLE
    return notice("up", **known) if recovered else detail("up", **known)


def _damage(change: Change, step: Step, _: Limits) -> Telling | None:
    if change.row.event is not Event.LOOKED:
        return None
    return failure("guest_damage", **_seen(change, step))


def _frozen(change: Change, step: Step, _: Limits) -> Telling | None:
    if goes_on_by_itself(step) or not step.pair:
        return detail("guest_paused", guest=step.guest, pair=bool(step.pair))
    return failure("guest_frozen", *choices(change.after.host, step), **_seen(change, step))


def _damaged(change: Change, step: Step, _: Limits) -> Telling | None:
    before = change.before.steps[step.guest].state
    if before is StepState.KEEPING:
        return detail("guest_kept", guest=step.guest, kept=step.kept)
    if change.row.event is not Event.FAILED and goes_on_by_itself(step):
        return detail("guest_stopped", guest=step.guest, choice=step.choice)
    known = _seen(change, step) | {"error": step.error, "rolling": before is StepState.ROLLING}
    return failure("guest_damaged", *choices(change.after.host, step), **known)


def _dead(change: Change, step: Step, limits: Limits) -> Telling | None:
    known = _seen(change, step) | {"until": dead_deadline(step, limits)}
    if rolls_back_by_itself(step):
        return failure("guest_dead", **known, rolls=True)
    return failure("guest_dead", *choices(change.after.host, step), **known)


def _needs_person(change: Change, step: Step, _: Limits) -> Telling | None:
    macro = f"guest_{step.state}"
    return failure(macro, *choices(change.after.host, step), **_seen(change, step))


def _left(change: Change, step: Step, _: Limits) -> Telling | None:
    return notice("left", guest=step.guest, actor=step.chooser, was=_state_before(change))


def _seen(change: Change, step: Step) -> dict[str, object]:
    return {
        "guest": step.guest,
        "host": change.after.host,
        "age": step.verdict_age,
        "lines": step.lines,
        "pair": bool(step.pair) and not step.rolled,
        "how": step.how,
        "why": step.error,
        "detail": step.detail,
        "found": _text(change, "what") if change.row.event is Event.FOUND else "",
        "booted": step.state is StepState.BROKEN or step.how == "booted",
    }


def _state_before(change: Change) -> str:
    return change.before.steps[change.row.guest].state.value


# ---- a row that says something by itself -----------------------------------------------------


def _failed(change: Change, step: Step, _: Limits | None = None) -> Telling | None:
    verb = _text(change, "verb")
    if verb in _HOUSEKEEPING:
        return detail("failed", **_failed_fields(change, step, verb))
    make = notice if verb in _HARMLESS else failure
    return make("failed", **_failed_fields(change, step, verb))


def _failed_fields(change: Change, step: Step, verb: str) -> dict[str, object]:
    return {
        "guest": step.guest,
        "host": change.after.host,
        "verb": verb,
        "error": _text(change, "error"),
        "detail": _text(change, "detail"),
        "state": step.state.value,
        "draining": change.after.phase is Phase.DRAIN,
        "trial": bool(step.plan.trial),
    }


def _found(change: Change, step: Step, _: Limits) -> Telling | None:
    known = {"guest": step.guest, "what": _text(change, "what"), "state": step.state.value}
    return failure("found", host=change.after.host, **known)


def _late(change: Change, step: Step, _: Limits) -> Telling | None:
    host = change.after.host
    if step.state is not StepState.SHUTTING:
        return failure("late", *choices(host, step), guest=step.guest, state=step.state.value)
    deeds = (guest_deed("destroy", host, step.guest), guest_deed("wait", host, step.guest))
    return failure(
        "late_shutdown",
        *deeds,
        guest=step.guest,
        seconds=(change.row.at - step.since).total_seconds(),
        until=datetime.fromisoformat(_text(change, "deadline")),
    )


def _chosen(change: Change, step: Step, _: Limits) -> Telling | None:
    actor, choice = _text(change, "actor"), _text(change, "choice")
    return notice("chosen", guest=step.guest, actor=actor, choice=choice)


def _decided(change: Change, step: Step, _: Limits) -> Telling | None:
    known = change.row.data.get("fields", {})
    before = change.before.steps[step.guest]
    if before.action is step.action:
        return None
    return notice(
        "decided", guest=step.guest, action=step.action.value, reason=step.reason, known=known
    )


def _gave_up(change: Change, step: Step, _: Limits) -> Telling | None:
    return failure("guest_down", *choices(change.after.host, step), **_seen(change, step))


def _intended(change: Change, step: Step, _: Limits) -> Telling | None:
    before = change.before.steps[step.guest].state
    if _text(change, "verb") != "destroy" or step.choice == "destroy":
        return None
    if before not in {StepState.SHUTTING, StepState.DEAD}:
        return None
    itself = "rollback" if not step.choice and rolls_back_by_itself(step) else ""
    choice = step.choice or itself
    return notice("destroying", guest=step.guest, was=before.value, choice=choice)


def _text(change: Change, key: str) -> str:
    return str(change.row.data.get(key, ""))


_ARRIVED: Mapping[StepState, Callable[[Change, Step, Limits], Telling | None]] = {
    StepState.SAVED: _saved,
    StepState.OFF: _off,
    StepState.UP: _up,
    StepState.DAMAGE: _damage,
    StepState.FROZEN: _frozen,
    StepState.DAMAGED: _damaged,
    StepState.DEAD: _dead,
    StepState.BROKEN: _needs_person,
    StepState.UNREACHABLE: _needs_person,
    StepState.DOWN: _needs_person,
    StepState.STUCK: _needs_person,
    StepState.INTRUDED: _needs_person,
    StepState.LEFT: _left,
}

_ROWS: Mapping[Event, Callable[[Change, Step, Limits], Telling | None]] = {
    Event.FAILED: _failed,
    Event.FOUND: _found,
    Event.LATE: _late,
    Event.CHOSEN: _chosen,
    Event.DECIDED: _decided,
    Event.GAVE_UP: _gave_up,
    Event.INTENDED: _intended,
}
