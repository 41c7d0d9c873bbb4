"""Patience and its end: a silent host, an operation that does not end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.operation import Fault, Running, Verb
from bot.rules.run import moves
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import ASIDE, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.rules.operation import Operation, Outcome
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

#: Seconds an operation may take beside moving memory. A shutdown has its own deadline, and host
#: work takes what it takes: it is only reported late.
_ALLOWED = {Verb.BOOT: 300.0}
_ALLOWED_ELSE = 180.0
_MOVES_MEMORY = frozenset({Verb.SAVE, Verb.VERIFY, Verb.RESTORE})
_SLOWER = 4.0  # times the plan's speed


def with_host(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield when a host that should answer does not, or answers again."""
    since = away_since(run)
    if sight.contact:
        if run.silent_since is not None:
            yield Draft(event=Event.CONTACT_BACK)
        yield from _work_takes_long(run, sight, book)
    elif since is not None:
        away = (sight.now - since).total_seconds()
        if away >= book.limits.host and "host" not in run.late:
            yield Draft(event=Event.LATE, data={"what": "host", "seconds": round(away)})
    elif run.silent_since is None and sight.silent_for >= book.limits.contact:
        detail = {"detail": sight.detail} if sight.detail else {}
        yield Draft(event=Event.CONTACT_LOST, data={"problem": sight.problem, **detail})


def _work_takes_long(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Host work takes what it takes; it is said once that it takes long."""
    if run.work.flight is None or run.work.flight_since is None or "work" in run.late:
        return
    seconds = (sight.now - run.work.flight_since).total_seconds()
    if seconds >= book.limits.host and not rebooting(run):
        yield Draft(event=Event.LATE, data={"what": "work", "seconds": round(seconds)})


def away_since(run: Run) -> datetime | None:
    """Return since when the host may be silent, because it reboots; None if it may not."""
    if rebooting(run):
        return run.work.flight_since
    by_hand = run.phase is Phase.HOST_WORK and run.plan.work.manual
    if by_hand:  # it goes when a person makes it go
        return run.at
    return run.phase_since if run.phase is Phase.GATE else None


def rebooting(run: Run) -> bool:
    """Say whether a reboot is under way, so that silence is what one expects."""
    return run.work.flight is not None and run.work.flight.id.verb is Verb.REBOOT


def with_operations(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield what is given up because it does not end [13, 16]; a person looks at it."""
    del book
    for step in run.steps.values():
        if step.flight is None or step.flight.id.verb is Verb.SHUTDOWN:
            continue
        took = (sight.now - (step.flight_since or step.since)).total_seconds()
        patience = allowed(run, step, step.flight.id.verb)
        if _progresses(sight.outcomes.get(str(step.flight.id))):
            patience *= _SLOWER
        if took > patience:
            yield _given_up(step, step.flight)


def _progresses(outcome: Outcome | None) -> bool:
    """Say whether the host tells of some of the work done: slow is not hanging."""
    return isinstance(outcome, Running) and outcome.done > 0


def _given_up(step: Step, flight: Operation) -> Draft:
    """Give an operation up. One that only tidies up leaves its guest as it is."""
    if flight.id.verb not in ASIDE:
        return moves.gave_up(step, "hangs")
    about = {"verb": str(flight.id.verb), "attempt": flight.id.attempt}
    failed = {"error": str(Fault.TIMED_OUT), "detail": "hangs"}
    return Draft(event=Event.FAILED, guest=step.guest, data={**about, **failed})


def allowed(run: Run, step: Step, verb: Verb) -> float:
    """Return the seconds an operation of *verb* may take for this guest."""
    seconds = _ALLOWED.get(verb, _ALLOWED_ELSE)
    if verb not in _MOVES_MEMORY:
        return seconds
    speed = min(run.plan.verify_mib_s, run.plan.disk_mib_s) / max(run.plan.streams, 1)
    return seconds + _SLOWER * step.plan.memory_mib / speed
