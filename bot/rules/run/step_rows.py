"""What a journal's rows mean for the step of one guest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.rules.operation import Fault, Operation, OperationId, Verb
from bot.rules.policy.terms import Action
from bot.rules.run.journal import Event, Row
from bot.rules.run.states import ASIDE, StepState, follow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.rules.run.terms import Step

#: In these states a guest is out of service although it may be in memory.
_DOWN = frozenset(StepState) - {
    StepState.PLANNED,
    StepState.WATCHED,
    StepState.MENDING,
    StepState.STARTED,
    StepState.UP,
    StepState.UNREACHABLE,
    StepState.UNTOUCHED,
}
#: Failures after which the image is of no use: the guest boots cold.
USELESS_IMAGE = frozenset(
    {Fault.TRUNCATED, Fault.CORRUPT, Fault.STALE_IMAGE, Fault.SPENT_IMAGE, Fault.NO_IMAGE}
)


def of_step(step: Step, row: Row, run_id: str) -> Step:
    """Return *step* after *row*. Raises ValueError or KeyError for a row that cannot be."""
    changed = _FIELDS[row.event](step, row, run_id)
    to = _next_state(step, row)
    if to is step.state:
        return changed
    down = changed.down_since
    if to in _DOWN and (down is None or changed.up_at is not None):
        changed = replace(changed, down_since=row.at, up_at=None)
    if to is StepState.STUCK:
        changed = replace(changed, choice="")  # it was tried, or is out of date: ask again
    if to is StepState.UP:
        # What was restored went on at once; what was booted is of use when it was seen to be.
        up_at = changed.let_go if changed.how == "restored" else row.at
        changed = replace(changed, up_at=up_at or row.at, error="", detail="")
    return replace(changed, state=to, since=row.at)


def _next_state(step: Step, row: Row) -> StepState:
    if row.event in {Event.DECIDED, Event.LATE} or _verb(row) in ASIDE:
        left = row.event is Event.DECIDED and row.data["action"] == Action.UNTOUCHED
        return StepState.UNTOUCHED if left else step.state
    if row.event is Event.NEVER:
        return step.before_flight or step.state
    to = follow(step.state, trigger(row))
    if to is None:
        message = f"{trigger(row)!r} cannot happen to a guest that is {step.state}"
        raise ValueError(message)
    return to


def trigger(row: Row) -> str:
    """Return the text that `states.STEPS` knows a row by."""
    data = row.data
    if row.event in _BY_KEY:
        return f"{row.event} {data[_BY_KEY[row.event]]}"
    if _unclear(row):
        return "verify failed unclear"
    return {
        Event.INTENDED: _verb(row),
        Event.DONE: f"{_verb(row)} done",
        Event.FAILED: f"{_verb(row)} failed {data.get('left', 'unknown')}",
    }.get(row.event, str(row.event))


def _unclear(row: Row) -> bool:
    """Say whether a verification failed without a word on the image: it was killed, or timed out.

    The memory of its guest is not given up for that; a third time a person's patience ends.
    """
    inconclusive = row.event is Event.FAILED and row.data.get("error") not in USELESS_IMAGE
    again = int(str(row.data.get("attempt", 1))) < _VERIFIES
    return inconclusive and again and verb_is(row, Verb.VERIFY) and row.data.get("left") == "off"


_VERIFIES = 3

_BY_KEY = {Event.FOUND: "what", Event.LOOKED: "verdict", Event.CHOSEN: "choice"}


def _verb(row: Row) -> str:
    return str(row.data.get("verb", ""))


def operation(run_id: str, row: Row) -> Operation:
    """Return the operation that an INTENDED row stands for."""
    data: Mapping[str, Any] = row.data
    id_ = OperationId(
        run=run_id, guest=row.guest, verb=Verb(data["verb"]), attempt=int(data["attempt"])
    )
    named = ("uuid", "domid", "image", "snapshot", "again", "argument")
    return Operation(id=id_, **{key: data[key] for key in named if key in data})


def _intended(step: Step, row: Row, run_id: str) -> Step:
    flying = operation(run_id, row)
    verb = flying.id.verb
    changed = replace(
        step,
        flight=flying,
        flight_since=row.at,
        before_flight=step.state,
        attempts={**step.attempts, str(verb): flying.id.attempt},
    )
    if verb in {Verb.RESTORE, Verb.BOOT}:
        mark = int(str(row.data.get("mark", 0)))
        changed = replace(changed, mark=mark, tries=step.tries + 1, looks=0, mended=0)
        changed = replace(changed, choice="" if verb is Verb.BOOT else step.choice)
    if verb in {Verb.ANNOUNCE, Verb.REPLUG}:
        changed = replace(changed, mended=step.mended + 1)
    return changed


def _never(step: Step, row: Row, _: str) -> Step:
    again = verb_is(row, Verb.RESTORE, Verb.BOOT)
    tries = step.tries - 1 if again else step.tries
    return replace(step, flight=None, flight_since=None, tries=tries)


def verb_is(row: Row, *verbs: Verb) -> bool:
    """Say whether a row is about one of *verbs*."""
    return _verb(row) in set(verbs)


def _done(step: Step, row: Row, _: str) -> Step:
    flight = step.flight
    landed = replace(step, flight=None, flight_since=None, error="", detail="")
    image = flight.image if flight else ""
    snapshot = flight.snapshot if flight else ""
    meaning: Mapping[str, Callable[[], Step]] = {
        Verb.SAVE: lambda: replace(landed, image=image, spent=False, pair="", pair_failed=False),
        Verb.SNAPSHOT: lambda: _snapshot_taken(landed, snapshot),
        Verb.SPEND: lambda: replace(landed, spent=True),
        Verb.BOOT: lambda: _runs(replace(landed, spent=True), row, _how(landed)),
        Verb.UNPAUSE: lambda: _runs(landed, row, "restored"),
        Verb.RESTORE: lambda: replace(landed, spent=False, choice=""),
        Verb.ROLLBACK: lambda: replace(landed, rolled=True, verdict_look=0),
        Verb.DISCARD_IMAGE: lambda: replace(landed, image="", spent=False),
        Verb.DROP_SNAPSHOT: lambda: _snapshot_dropped(landed, snapshot),
    }
    return meaning.get(_verb(row), lambda: landed)()


def _how(step: Step) -> str:
    return "rolled_back" if step.rolled else "booted"


def _runs(step: Step, row: Row, how: str) -> Step:
    ended = str(row.data.get("ended", ""))
    # The host's own clock may be off: an operation of ours ran since we asked, and ended by now.
    let_go = min(datetime.fromisoformat(ended), row.at) if ended else row.at
    let_go = max(let_go, step.since)
    begun = replace(step, let_go=let_go, how=how, domid=_domid(row), rolled=False)
    return replace(begun, looks=0, looked_at=None, silent=False, cpu_seconds=0.0)


def _domid(row: Row) -> int:
    return int(str(row.data.get("domid", 0)))


def _snapshot_taken(step: Step, snapshot: str) -> Step:
    if step.state is StepState.KEEPING:
        return replace(step, kept=snapshot)
    return replace(step, pair=snapshot)


def _snapshot_dropped(step: Step, snapshot: str) -> Step:
    if snapshot == step.kept:
        return replace(step, kept="")
    return replace(step, pair="")


def _failed(step: Step, row: Row, _: str) -> Step:
    error = str(row.data["error"])
    failed = replace(
        step, flight=None, flight_since=None, error=error, detail=str(row.data.get("detail", ""))
    )
    if verb_is(row, Verb.SNAPSHOT):
        return _snapshot_failed(failed)
    if verb_is(row, Verb.ROLLBACK):
        return replace(failed, roll_failed=True, choice="")  # it was tried: ask again
    if verb_is(row, Verb.SAVE):
        return _save_failed(failed, error)
    condemned = verb_is(row, Verb.VERIFY) and not _unclear(row)
    if condemned or error in USELESS_IMAGE:
        return replace(failed, cold=True)
    if verb_is(row, Verb.BOOT, Verb.UNPAUSE) and row.data.get("left") == "running":
        return _runs(failed, row, _how(step) if verb_is(row, Verb.BOOT) else "restored")
    return failed


def _snapshot_failed(step: Step) -> Step:
    """Give a pair up when it could not be made twice: without it a good image may be of no use."""
    if step.state is StepState.KEEPING:
        return replace(step, keep_failed=True)
    return replace(step, pair_failed=step.attempts.get(Verb.SNAPSHOT, 0) >= _PAIRINGS)


_PAIRINGS = 2


def _save_failed(step: Step, error: str) -> Step:
    if error == Fault.WRONG_IDENTITY and step.attempts.get(Verb.SAVE, 0) < 2:  # noqa: PLR2004
        return step  # it was started anew since the plan: decided and tried once more
    instead = Action.UNTOUCHED if step.plan.trial else Action.SHUTDOWN
    return replace(step, action=instead, reason="save_failed")


def _found(step: Step, row: Row, _: str) -> Step:
    landed = replace(step, flight=None, flight_since=None, detail=str(row.data.get("detail", "")))
    landed = replace(landed, choice="" if step.state is StepState.STUCK else step.choice)
    if row.data["what"] == "unpaired":
        return replace(landed, pair="", pair_failed=True)
    if row.data["what"] == "lost":
        return replace(landed, tries=0)
    if row.data["what"] in {"running", "restarted", "intruder"}:
        return _runs(landed, row, _how(step))
    if step.state in {StepState.WATCHED, StepState.DEAD} and row.data["what"] == "off":
        age = (row.at - (step.let_go or step.since)).total_seconds()
        gone = replace(landed, verdict="dead", bad=step.bad or "dead", verdict_look=step.looks)
        return replace(gone, verdict_age=age)
    return landed


_BAD = frozenset({"damage", "dead"})


def _looked(step: Step, row: Row, _: str) -> Step:
    data: Mapping[str, Any] = row.data
    seen = replace(
        step,
        looks=int(data.get("look", step.looks)),
        looked_at=row.at,
        cpu_seconds=float(data.get("cpu", step.cpu_seconds)),
    )
    verdict = data["verdict"]
    seen = replace(seen, silent=verdict == "silent")
    if verdict in {"damage", "dead", "broken", "unreachable"}:
        lines = tuple(data.get("lines", ()))
        return replace(
            seen,
            verdict=verdict,
            bad=step.bad or (verdict if step.how == "restored" and verdict in _BAD else ""),
            verdict_look=seen.looks,
            verdict_age=float(data.get("age", 0.0)),
            lines=lines or step.lines,
        )
    return seen


def _chosen(step: Step, row: Row, _: str) -> Step:
    choice, actor = str(row.data["choice"]), str(row.data.get("actor", ""))
    if choice == "wait":
        return replace(step, more=step.more + float(str(row.data["seconds"])), warned=False)
    chosen = replace(step, choice=choice, chooser=actor, tries=0)
    if step.state is StepState.UNREACHABLE and choice == "retry":
        return replace(chosen, choice="", looks=max(step.looks - 1, 0), mended=0)
    return replace(chosen, cold=choice == "boot", allowed=choice == "retry")


def _gave_up(step: Step, row: Row, _: str) -> Step:
    code = str(row.data["code"])
    return replace(step, flight=None, flight_since=None, error=code, choice="")


def _decided(step: Step, row: Row, _: str) -> Step:
    return replace(
        step,
        action=Action(str(row.data["action"])),
        reason=str(row.data["reason"]),
        domid=_domid(row) or step.domid,
    )


def _late(step: Step, _row: Row, _: str) -> Step:
    return replace(step, warned=True)


_FIELDS: Mapping[Event, Callable[[Step, Row, str], Step]] = {
    Event.INTENDED: _intended,
    Event.DONE: _done,
    Event.FAILED: _failed,
    Event.NEVER: _never,
    Event.FOUND: _found,
    Event.LOOKED: _looked,
    Event.CHOSEN: _chosen,
    Event.GAVE_UP: _gave_up,
    Event.DECIDED: _decided,
    Event.LATE: _late,
}
