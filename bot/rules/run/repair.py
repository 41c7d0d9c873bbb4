"""Repair: what is done by itself with a guest that came back wrong, and what a person chose.

With a pair: destroy, roll the disk back, boot; or restore again, if a person says so.
Damage without a pair: stop it, keep its disk as it is, and leave the rest to a person.
Dead: destroy at its deadline and boot. Unreachable: announce, replug, report.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from bot.rules.run import moves
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.rules.limits import Limits
    from bot.rules.run.journal import Draft
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

_S = StepState
#: A rollback by itself needs damage that was seen this soon after the guest ran [8]; seconds.
SOON = 30.0
_DESTROYS = 5  # so often a damaged guest is destroyed in vain
_PAUSES = 2  # so often damage is met with a pause; then the guest is destroyed


def repair(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield what is to be done next with guests that came back wrong."""
    for step in run.steps.values():
        rule = _RULES.get(step.state)
        if step.flight is None and rule is not None:
            yield from rule(run, step, sight, book.limits)


def rolls_back_by_itself(step: Step) -> bool:
    """Say whether the rules may roll a guest back that came back wrong.

    A damaged one, while it had no time to write anything; and in a trial also a dead one, as long
    as it is looked at: that was agreed beforehand by who asked for it. Later a person decides.
    """
    if not step.pair or step.rolled or step.roll_failed:
        return False
    if step.plan.trial:
        wrong = step.how == "restored" and step.verdict in {"damage", "dead"}
        return wrong and step.verdict_age <= step.plan.trial
    soon = step.verdict_look <= 1 and step.verdict_age <= SOON
    return step.verdict == "damage" and soon


def _damage(_run: Run, step: Step, _sight: Sight, _: Limits) -> Iterator[Draft]:
    tired = step.attempts.get(Verb.PAUSE, 0) >= _PAUSES
    yield _destroyed(step) if tired else moves.intend(step, Verb.PAUSE)


def _frozen(_run: Run, step: Step, _sight: Sight, _: Limits) -> Iterator[Draft]:
    if not step.pair or step.choice or rolls_back_by_itself(step):
        yield _destroyed(step)


def _destroyed(step: Step) -> Draft:
    """Destroy a damaged guest; a person looks at one that cannot be."""
    if step.attempts.get(Verb.DESTROY, 0) >= _DESTROYS:
        return moves.gave_up(step, step.error or "attempts")
    return moves.intend(step, Verb.DESTROY)


def _damaged(run: Run, step: Step, sight: Sight, _: Limits) -> Iterator[Draft]:
    facts = sight.guests.get(step.guest)
    if facts is None or facts.state is not GuestState.OFF:
        return
    if step.choice in {"rollback", "retry"} and step.pair:
        yield moves.intend(step, Verb.ROLLBACK, snapshot=step.pair)
    elif step.choice == "boot":
        yield moves.boot(step, facts)
    elif rolls_back_by_itself(step) and not step.roll_failed:
        yield moves.intend(step, Verb.ROLLBACK, snapshot=step.pair)
    elif not (step.kept or step.keep_failed or step.pair) and step.verdict == "damage":
        yield moves.intend(step, Verb.SNAPSHOT, snapshot=f"{run.id}-{step.guest}-as-it-was")


def dead_deadline(step: Step, limits: Limits) -> datetime:
    """Return when a dead guest is destroyed and booted by itself."""
    return (step.let_go or step.since) + timedelta(seconds=limits.dead + step.more)


def _dead(_run: Run, step: Step, sight: Sight, limits: Limits) -> Iterator[Draft]:
    over = sight.now >= dead_deadline(step, limits)
    if step.choice or over or rolls_back_by_itself(step):
        yield moves.intend(step, Verb.DESTROY)


def _off(_run: Run, step: Step, _sight: Sight, _: Limits) -> Iterator[Draft]:
    """Roll back a guest that was destroyed on a person's word, or for its trial."""
    chosen = step.choice in {"rollback", "retry"} and step.pair and not step.rolled
    # One that went off by itself after a look may have been shut down in good order by its owner.
    ours = step.attempts.get(Verb.DESTROY, 0) > 0 or not step.looks
    if chosen or (not step.choice and step.plan.trial and ours and rolls_back_by_itself(step)):
        yield moves.intend(step, Verb.ROLLBACK, snapshot=step.pair)


def _watched(_run: Run, step: Step, _sight: Sight, limits: Limits) -> Iterator[Draft]:
    """Announce a guest that was silent at a look; replug it if it is still silent after [26]."""
    del limits
    if step.silent and step.mended < step.looks and step.mended < len(_MEND):
        yield moves.intend(step, _MEND[step.mended])


_MEND = (Verb.ANNOUNCE, Verb.REPLUG)


def _broken(_run: Run, step: Step, _sight: Sight, _: Limits) -> Iterator[Draft]:
    if step.choice:
        yield moves.intend(step, Verb.DESTROY)


def _down(_run: Run, step: Step, sight: Sight, _: Limits) -> Iterator[Draft]:
    facts = sight.guests.get(step.guest)
    if not step.choice or facts is None:
        return
    if facts.state is not GuestState.OFF:
        yield moves.intend(step, Verb.DESTROY)
    elif step.choice == "rollback" and step.pair and not step.rolled:
        yield moves.intend(step, Verb.ROLLBACK, snapshot=step.pair)
    elif step.choice == "retry" and step.image_lives and not step.cold:
        yield moves.restore(step, facts)
    else:
        yield moves.boot(step, facts)


def _unreachable(_run: Run, step: Step, _sight: Sight, _: Limits) -> Iterator[Draft]:
    if step.choice == "boot":
        yield moves.intend(step, Verb.DESTROY)


def _stuck(_run: Run, step: Step, sight: Sight, _: Limits) -> Iterator[Draft]:
    facts = sight.guests.get(step.guest)
    if step.choice != "boot" or facts is None:
        return
    if facts.state is GuestState.OFF:
        yield moves.boot(step, facts)
    else:
        yield moves.intend(step, Verb.DESTROY)


_RULES: Mapping[StepState, Callable[[Run, Step, Sight, Limits], Iterator[Draft]]] = {
    _S.DAMAGE: _damage,
    _S.FROZEN: _frozen,
    _S.DAMAGED: _damaged,
    _S.DEAD: _dead,
    _S.OFF: _off,
    _S.WATCHED: _watched,
    _S.BROKEN: _broken,
    _S.DOWN: _down,
    _S.UNREACHABLE: _unreachable,
    _S.STUCK: _stuck,
}
