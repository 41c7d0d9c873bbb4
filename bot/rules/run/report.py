"""The end of a run: what became of each guest, kept apart, and what the run comes to. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.operation import Verb
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.run.terms import Run, Step

_S = StepState


class Result(StrEnum):
    """What became of one guest. A damaged guest is never anything else but damaged."""

    RESTORED = "restored"  # up and verified, its memory kept
    BOOTED = "booted"  # up and verified after a boot
    ROLLED_BACK = "rolled_back"  # its disk went back to its pair; up and verified
    UNREACHABLE = "unreachable"  # runs, but does not answer from outside
    DAMAGED = "damaged"  # its disk is damaged, or it does not come up; a person chooses
    LEFT_DOWN = "left_down"  # could not be brought up, or was left so
    STUCK = "stuck"  # its state is not known or not safe
    UNTOUCHED = "untouched"  # as it was found


GOOD = frozenset({Result.RESTORED, Result.BOOTED, Result.ROLLED_BACK, Result.UNTOUCHED})
_BY_STATE = {
    _S.UNREACHABLE: Result.UNREACHABLE,
    _S.FROZEN: Result.DAMAGED,
    _S.DAMAGED: Result.DAMAGED,
    _S.BROKEN: Result.DAMAGED,
    _S.DOWN: Result.LEFT_DOWN,
    _S.STUCK: Result.STUCK,
    _S.UNTOUCHED: Result.UNTOUCHED,
    _S.PLANNED: Result.UNTOUCHED,
}
_BY_HOW = {
    "restored": Result.RESTORED,
    "booted": Result.BOOTED,
    "rolled_back": Result.ROLLED_BACK,
}


def result(step: Step) -> Result | None:
    """Return what became of a guest; None while that is open."""
    if step.state is _S.UP:
        return _BY_HOW.get(step.how, Result.RESTORED)
    if step.state is _S.LEFT:
        return Result.DAMAGED if step.verdict in {"damage", "broken"} else Result.LEFT_DOWN
    return _BY_STATE.get(step.state)


def became(step: Step) -> str:
    """Return what became of a guest of a trial: a Result, "not_tried", or "open"."""
    came = result(step)
    if came is Result.UNTOUCHED:
        return "not_tried"
    return str(came) if came else "open"


def tried(step: Step) -> bool:
    """Say whether the trial of a guest was carried out: it was saved, however it came back."""
    return suspended(step) and step.state not in {_S.PLANNED, _S.UNTOUCHED}


def downtime(step: Step) -> float | None:
    """Return how long a guest was down, in seconds; None if it was not, or still is."""
    if step.down_since is None or step.up_at is None:
        return None
    return (step.up_at - step.down_since).total_seconds()


def suspended(step: Step) -> bool:
    """Say whether a guest was saved, or may have been, and not shut down in good order after all.

    Not by its image: that is discarded before the end, and gone from the step.
    """
    return bool(step.attempts.get(Verb.SAVE)) and not step.attempts.get(Verb.SHUTDOWN)


def lost_memory(step: Step) -> bool:
    """Say whether a guest came back by a boot that was to it as after a power cut."""
    cut = step.attempts.get(Verb.DESTROY) or suspended(step)
    return step.how == "booted" and bool(cut)


def failed(step: Step) -> bool:
    """Say whether a guest came back otherwise than was planned, and with a loss or not at all.

    One that only does not answer from outside is not among them: nothing says that it failed.
    """
    if result(step) in {Result.DAMAGED, Result.LEFT_DOWN, Result.STUCK}:
        return True
    return bool(step.bad) or step.how == "rolled_back" or lost_memory(step)


def ended(run: Run, beside: Sequence[str] = ()) -> Draft:
    """Return the row that ends a run: counts, downtimes, and the exit status.

    *beside* are guests of the host that are no part of it, and are off since it went down.
    """
    results = {step.guest: str(result(step)) for step in run.steps.values()}
    down = [d for step in run.steps.values() if (d := downtime(step)) is not None]
    counts = {str(kind): list(results.values()).count(kind) for kind in Result}
    good = all(kind in GOOD for kind in results.values())
    return Draft(
        event=Event.ENDED,
        data={
            "counts": {kind: number for kind, number in counts.items() if number},
            "sum_downtime": round(sum(down), 1),
            "worst_downtime": round(max(down, default=0.0), 1),
            **({"beside": list(beside)} if beside else {}),
            "exit_status": 0 if good and not beside else 1,
        },
    )
