"""Whether a run has come to rest: nothing moves until a person does something, or ever. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.run import moves
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run

#: Steps in these states go on by themselves when their time comes.
MOVING = frozenset(
    {
        StepState.SHUTTING,
        StepState.WATCHED,
        StepState.MENDING,
        StepState.STARTED,
        StepState.DEAD,
        StepState.DAMAGE,
    }
)


def resting(run: Run, sight: Sight) -> str:
    """Return why nothing moves: ended, released, asked or paused; empty while something does."""
    if run.phase is Phase.ENDED or run.released:
        return "ended" if run.phase is Phase.ENDED else "released"
    moving = any(step.state in MOVING for step in run.steps.values())
    if moving or moves.in_flight(run):
        return ""
    if run.question is not None or (sight.contact and _stuck(run)):
        return "asked"
    return "paused" if run.paused and sight.contact else ""


def _stuck(run: Run) -> bool:
    """Say whether only guests that nobody can tell about keep the host from being empty."""
    stuck = any(step.state is StepState.STUCK for step in run.steps.values())
    return stuck and run.phase in {Phase.DRAIN, Phase.HOST_WORK} and not _unsaved(run)


def _unsaved(run: Run) -> bool:
    waiting = {StepState.PLANNED, StepState.IMAGED, StepState.HALF_SAVED, StepState.INTRUDED}
    return any(step.state in waiting for step in run.steps.values())
