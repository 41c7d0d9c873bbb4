"""A person's word to a run: the rows that carry it out, or the row that says why not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.run import moves, question, trying
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import Phase, StepState, choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from bot.rules.limits import Limits
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step

#: Questions that *continue* answers: the rules look again.
_CONTINUES = frozenset({"work", "work_failed", "gate", "intruder"})
_RESTORED_AGAIN = frozenset({StepState.FROZEN, StepState.DAMAGED})  # by *retry*
_NEEDS_PAIR = {"rollback": frozenset(StepState), "retry": _RESTORED_AGAIN}


def possible(step: Step) -> tuple[str, ...]:
    """Return what a person may choose for a guest now; some choices need its pair."""
    without = {c for c, states in _NEEDS_PAIR.items() if step.state in states and not step.pair}
    return tuple(choice for choice in choices(step.state) if choice not in without)


class No(Exception):
    """The wish does not fit the run as it is; `code` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code of the reason; its words stand in `templates/chat/refusals.jinja`."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Word:
    """What a person said: verb, guest, argument, actor and instant, as a Wish carries them."""

    verb: str
    actor: str
    guest: str = ""
    argument: str = ""
    at: datetime | None = None


def obey(run: Run, word: Word, sight: Sight, limits: Limits) -> list[Draft]:
    """Return the rows that carry *word* out; one NOT_OBEYED if it does not fit."""
    try:
        return list(_obey(run, word, sight, limits))
    except No as no:
        about = {"verb": word.verb, "actor": word.actor, "code": no.code, "on": word.guest}
        return [Draft(event=Event.NOT_OBEYED, data=about)]


def _obey(run: Run, word: Word, sight: Sight, limits: Limits) -> Iterator[Draft]:
    _must(word.at is None or word.at >= run.started, "another_run")
    if word.guest:
        yield from _for_guest(run, word, sight, limits)
    elif word.verb == "choose":
        yield from _choose(run, word, sight)
    else:
        rule = _FOR_RUN.get(word.verb)
        if rule is None:
            raise No("unknown_word")
        yield Draft(event=rule(run), data={"actor": word.actor, "reason": word.argument})


def _must(condition: object, code: str) -> None:
    if not condition:
        raise No(code)


def _pause(run: Run) -> Event:
    _must(run.phase is not Phase.ENDED, "ended")
    _must(not run.paused, "paused_already")
    return Event.PAUSED


def _resume(run: Run) -> Event:
    _must(run.paused, "not_paused")
    return Event.RESUMED


def _abort(run: Run) -> Event:
    _must(run.phase is not Phase.GATE, "work_is_over")
    before_work = run.phase in {Phase.DRAIN, Phase.HOST_WORK}
    _must(before_work or trying.waiting(run), "coming_back_already")
    _must(not run.aborting, "aborted_already")
    return Event.ABORTED


def _continue(run: Run) -> Event:
    _must(run.question is not None and run.question.kind in _CONTINUES, "nothing_to_continue")
    return Event.CONTINUED


def _release(run: Run) -> Event:
    _must(run.phase is not Phase.ENDED, "ended")
    _must(not run.released, "released_already")
    return Event.RELEASED


def _takeback(run: Run) -> Event:
    _must(run.released, "not_released")
    return Event.TAKEN_BACK


_FOR_RUN: Mapping[str, Callable[[Run], Event]] = {
    "pause": _pause,
    "resume": _resume,
    "abort": _abort,
    "continue": _continue,
    "release": _release,
    "takeback": _takeback,
}


def _choose(run: Run, word: Word, sight: Sight) -> Iterator[Draft]:
    asked = run.question
    _must(asked is not None and asked.kind in {"choose", "gate"}, "no_question")
    choice = word.argument
    if asked is not None and asked.kind == "gate":
        _must(choice == "boot", "only_boot")
        cold = sorted(n for n, s in run.steps.items() if s.state is StepState.SAVED)
        about = {"choice": choice, "actor": word.actor, "allow": [], "cold": cold}
        yield Draft(event=Event.ANSWERED, data=about)
        yield moves.bring_up(sight, "accepted")
        return
    waiting = question.stopped(run, sight.holds)
    _must(choice != "proven" or question.proven(run, waiting), "none_proven")
    _must(choice != "back" or question.back_possible(run, sight), "no_way_back")
    yield question.answer(run, sight, choice, word.actor)


def _for_guest(run: Run, word: Word, sight: Sight, limits: Limits) -> Iterator[Draft]:
    step = run.steps.get(word.guest)
    if step is None:
        raise No("not_in_run")
    choice = word.verb
    _must(choice in choices(step.state), "not_in_this_state")
    _must(choice in possible(step), "no_pair")
    seconds = limits.shutdown_more
    about = {"choice": choice, "actor": word.actor, "seconds": seconds}
    if run.phase is Phase.ENDED and choice != "leave":
        yield moves.bring_up(sight, "reopened")
    yield Draft(event=Event.CHOSEN, guest=word.guest, data=about)
