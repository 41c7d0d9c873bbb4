"""A guest that runs twice on one disk: both are paused at once, and a person is asked [3]. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from bot.rules.run import moves
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.run.journal import Draft
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

_PAUSES = 3  # a host that will not pause it is not asked for ever


def stop_both(run: Run, sight: Sight, _book: Rulebook) -> Iterator[Draft]:
    """Yield a pause for every guest that runs twice: each second of it ruins more of its disk."""
    for step in run.steps.values():
        if step.state is StepState.STUCK and step.flight is None and _runs_twice(step, sight):
            yield moves.intend(step, Verb.PAUSE)


def _runs_twice(step: Step, sight: Sight) -> bool:
    facts = sight.guests.get(step.guest)
    if facts is None or step.attempts.get(Verb.PAUSE, 0) >= _PAUSES:
        return False
    return facts.instances > 1 and facts.state is GuestState.RUNNING
