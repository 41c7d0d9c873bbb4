"""The breaker's question: guests are still saved, and restoring them needs a person. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.hold import covering
from bot.rules.policy.terms import Action
from bot.rules.run import moves
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.rules.hold import Hold
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

_S = StepState
_SAVED = frozenset({_S.SAVED, _S.PAUSED, _S.SPENT})
#: A restore in one of these will reach SAVED, SPENT or WATCHED by itself: the question waits.
_UNDER_WAY = (_S.RESTORING, _S.PAUSED, _S.SPENDING, _S.RESETTING, _S.UNPAUSING)


def stopped(run: Run, holds: Iterable[Hold]) -> frozenset[str]:
    """Return the guests that may not be restored without a person's choice.

    Their hold was opened after they were saved, their family's canary came back wrong, or the
    pair they were to have is missing.
    """
    standing = tuple(holds)
    return frozenset(
        name
        for name, step in run.steps.items()
        if step.state in _SAVED
        and not (step.allowed or step.cold)
        and (_held(run, step, standing) or _canary_failed(run, step) or _pair_missing(run, step))
    )


def _held(run: Run, step: Step, holds: tuple[Hold, ...]) -> bool:
    plan = step.plan
    return covering(holds, guest=plan.guest, host=run.host, family=plan.family) is not None


def _pair_missing(run: Run, step: Step) -> bool:
    """Say whether its pair could not be made, and must be there: the host has changed.

    It must if restoring is not trusted, or if the run was started with `--guard`; and in a trial,
    whose customer was promised one.
    """
    if step.pair or not step.plan.pair:
        return False
    return bool(step.plan.trial) or (run.gated and (run.guard or not run.plan.trusted))


def _canary_failed(run: Run, step: Step) -> bool:
    return any(
        other.verdict in {"damage", "dead"} and other.plan.family == step.plan.family
        for other in run.steps.values()
        if other.plan.family_canary and other.guest != step.guest
    )


def ask(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield the question, or what its deadline answers."""
    waiting = stopped(run, sight.holds)
    question = run.question
    if question is not None and question.kind == "choose":
        if question.deadline is not None and sight.now >= question.deadline:
            yield answer(run, sight, "boot", "deadline")
    elif waiting and question is None and not moves.count(run, *_UNDER_WAY):
        deadline = sight.now + timedelta(seconds=_patience(run, book))
        about = {"question": "choose", "guests": sorted(waiting)}
        back = back_possible(run, sight) and not _starts(run)
        offered = {"proven": list(proven(run, waiting)), "back": back}
        yield Draft(event=Event.ASKED, data={**about, **offered, "deadline": deadline.isoformat()})


def _patience(run: Run, book: Rulebook) -> float:
    """Return the seconds until guests boot cold; who is tried was promised to be away shortly."""
    return min(TRIED, book.limits.saved) if run.plan.trial else book.limits.saved


TRIED = 60.0


def answer(run: Run, sight: Sight, choice: str, actor: str) -> Draft:
    """Return the row that carries out a choice for every guest that waits for it."""
    waiting = stopped(run, sight.holds)
    allow: tuple[str, ...] = ()
    if choice == "proven":
        allow = proven(run, waiting)
    elif choice == "back":
        allow = tuple(sorted(waiting))
    cold = [] if choice == "wait" else sorted(waiting - set(allow))
    return Draft(
        event=Event.ANSWERED,
        data={"choice": choice, "actor": actor, "allow": list(allow), "cold": cold},
    )


def proven(run: Run, waiting: Iterable[str]) -> tuple[str, ...]:
    """Return those with a pair whose family came back well in this run, and never badly."""
    steps = run.steps.values()
    bad = {s.plan.family for s in steps if s.verdict in {"damage", "dead"}}
    good = {s.plan.family for s in steps if s.state is _S.UP and s.how == "restored"}
    good -= bad
    return tuple(
        name
        for name in sorted(waiting)
        if run.steps[name].pair and run.steps[name].plan.family in good
    )


def _starts(run: Run) -> bool:
    """Say whether a guest is booted by itself meanwhile, which closes the way back."""
    return moves.count(run, _S.OFF) > 0


def back_possible(run: Run, sight: Sight) -> bool:
    """Say whether nothing runs that would have to be saved again, and there is a way back."""
    elsewhere = run.plan.before.kernel != (sight.facts.kernel if sight.facts else "")
    saved = [s for s in run.steps.values() if s.action is Action.SUSPEND]
    return elsewhere and bool(saved) and not moves.in_memory(sight)
