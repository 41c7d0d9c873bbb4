"""A trial in its course: one guest after the other, and when nothing more is tried. Pure.

A guest is saved only when the one before is settled: after damage the breaker's hold then stands
before anything more is saved (P6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.policy.terms import Action, Decision, Reason
from bot.rules.run import moves
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import AT_REST, Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.fleet import GuestFacts
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step

_S = StepState
_SETTLED = AT_REST | {_S.PLANNED}
#: Where a guest is when its trial went well, was not made, or says nothing against the next.
_GOES_ON = frozenset({_S.PLANNED, _S.UNTOUCHED, _S.UP, _S.UNREACHABLE})


def waiting(run: Run) -> list[Step]:
    """Return the guests of a trial that are still to be tried, in order; none of another run."""
    if not run.plan.trial:
        return []
    steps = (s for s in run.steps.values() if s.state is _S.PLANNED and s.flight is None)
    return moves.ranked((s for s in steps if s.action is Action.SUSPEND), saving=True)


def under_way(run: Run) -> bool:
    """Say whether a guest is being tried, or brought back, at this moment."""
    return any(s.state not in _SETTLED or s.flight is not None for s in run.steps.values())


def following(run: Run) -> Step | None:
    """Return the guest whose turn it is; None while another is tried, or nobody is left."""
    left = waiting(run)
    return left[0] if left and not under_way(run) else None


def call_off(run: Run) -> Iterator[Draft]:
    """Yield what leaves the rest of a trial untried: a person, or a guest that is not back."""
    reason = _against(run)
    if reason is None:
        return
    for step in waiting(run):
        left = Decision(action=Action.UNTOUCHED, reason=reason)
        yield moves.decided(step, left, step.domid)


def _against(run: Run) -> Reason | None:
    if run.aborting:
        return Reason.TRIAL_ABORTED
    if run.problems:  # somebody has taken the host as it is: it is not what was planned for
        return Reason.TRIAL_STOPPED
    bad = any(step.state not in _GOES_ON for step in run.steps.values())
    return Reason.TRIAL_STOPPED if bad and not under_way(run) else None


def go_on(run: Run) -> Iterator[Draft]:
    """Yield the way from a guest that is settled to the next."""
    off = list(call_off(run))
    yield from off
    if not off and following(run) and run.question is None and not run.paused:
        yield moves.phase(Phase.DRAIN, "next")


def beside_off(run: Run, sight: Sight) -> tuple[str, ...]:
    """Return who was up beside a trial when it was planned, and is off since its host went down.

    They are no part of the trial, so it boots none of them: a person is told (P4).
    """
    if not run.gated:
        return ()
    return tuple(name for name in run.plan.beside if _is_off(sight.guests.get(name)))


def _is_off(facts: GuestFacts | None) -> bool:
    return facts is None or facts.state is GuestState.OFF


def tell_beside(run: Run, sight: Sight) -> Iterator[Draft]:
    """Say once, as soon as a host is seen again that was restarted, who is off beside the trial."""
    off = beside_off(run, sight) if BESIDE not in run.late else ()
    if off:
        yield Draft(event=Event.LATE, data={"what": BESIDE, "guests": list(off)})


BESIDE = "beside"  # LATE: what


def bring_back(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the way from the save of a guest to its restore; the rest of the host runs on.

    A host that was restarted meanwhile has to pass the gate, also before a guest is saved.
    """
    restarted = moves.restarted(run, sight)
    if sight.facts is None or (following(run) and not restarted):
        return
    if restarted:
        before = run.plan.before.kernel
        kernel = before if sight.facts.kernel == before else ""
        yield moves.phase(Phase.GATE, "restarted", kernel=kernel)
    else:
        yield moves.bring_up(sight, "trial")
