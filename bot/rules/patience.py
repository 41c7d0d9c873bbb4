"""Patience and its end: a silent host, an operation that does not end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules import moves
from bot.rules.journal import Draft, Event
from bot.rules.operation import Verb
from bot.rules.states import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.run import Run, Step
    from bot.rules.sight import Rulebook, Sight

#: Seconds an operation may take beside moving memory. A shutdown has its own deadline, and host
#: work takes what it takes: it is only reported late.
_ALLOWED = {Verb.BOOT: 300.0}
_ALLOWED_ELSE = 180.0
_MOVES_MEMORY = frozenset({Verb.SAVE, Verb.VERIFY, Verb.RESTORE})
_SLOWER = 4.0  # times the plan's speed


def with_host(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield when a host that should answer does not, or answers again."""
    away = run.phase is Phase.GATE or rebooting(run)
    if sight.contact and run.silent_since is not None:
        yield Draft(event=Event.CONTACT_BACK)
    elif run.silent_since is None and not away and sight.silent_for >= book.limits.contact:
        yield Draft(event=Event.CONTACT_LOST, data={"problem": sight.problem})


def rebooting(run: Run) -> bool:
    """Say whether a reboot is under way, so that silence is what one expects."""
    return run.work.flight is not None and run.work.flight.id.verb is Verb.REBOOT


def with_operations(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield what is given up because it does not end [13, 16]; a person looks at it."""
    del book
    for step in run.steps.values():
        if step.flight is None or step.flight.id.verb is Verb.SHUTDOWN:
            continue
        since = step.flight_since or step.since
        if (sight.now - since).total_seconds() > allowed(run, step, step.flight.id.verb):
            yield moves.gave_up(step, "hangs")


def allowed(run: Run, step: Step, verb: Verb) -> float:
    """Return the seconds an operation of *verb* may take for this guest."""
    seconds = _ALLOWED.get(verb, _ALLOWED_ELSE)
    if verb not in _MOVES_MEMORY:
        return seconds
    speed = min(run.plan.verify_mib_s, run.plan.disk_mib_s) / max(run.plan.streams, 1)
    return seconds + _SLOWER * step.plan.memory_mib / speed
