"""The plan of a trial: some guests alone, one after the other, each with a pair; no host work.

Whatever else lives on the host is no part of it, so nothing is asked of that.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.plan.prediction import Prediction, predict
from bot.rules.plan.prerequisites import (
    autostart,
    found,
    host_identity,
    image_mib,
    image_space,
    live_images,
    suspended,
)
from bot.rules.plan.remarks import RemarkCode, about, remark
from bot.rules.policy.terms import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.rules.fleet import GuestFacts
    from bot.rules.limits import Limits
    from bot.rules.plan.disk import Disk
    from bot.rules.plan.prediction import Timing
    from bot.rules.plan.situation import Situation
    from bot.rules.plan.terms import PlanStep, Remark


#: Seconds in which a guest had no time to write anything that anybody counts on.
AT_ONCE = 30.0


def tried_in_turn(
    steps: Iterable[PlanStep], order: Sequence[str], limits: Limits
) -> tuple[PlanStep, ...]:
    """Return *steps* as a trial takes them: in this *order*, waiting for nobody.

    What goes wrong while a guest is looked at is rolled back by itself: who asked for the trial
    has agreed to that. Longer than until a dead guest is given up nobody has waited for it. Of a
    customer's guest whose trial is the idea of staff, nobody has agreed: it is rolled back by
    itself only at once, as in maintenance.
    """
    rank = {name: place for place, name in enumerate(order)}
    agreed = limits.looks[-1] + limits.dead
    return tuple(
        replace(
            step,
            save_rank=rank[step.guest],
            restore_rank=rank[step.guest],
            needs=(),
            canary=False,
            family_canary=False,
            trial=AT_ONCE if step.reason is Reason.OPTED_IN else agreed,
        )
        for step in steps
    )


def beside(guests: Mapping[str, GuestFacts], tried: Sequence[str]) -> tuple[str, ...]:
    """Return the *guests* that are up beside those *tried*, in order of name; of no trial none.

    A trial brings none of them back: should the host go down meanwhile, people are told of them.
    """
    up = (name for name, facts in guests.items() if facts.state in _UP)
    return tuple(sorted(frozenset(up).difference(tried))) if tried else ()


_UP = frozenset({GuestState.RUNNING, GuestState.PAUSED})


def predicted_in_turn(steps: Sequence[PlanStep], disk: Disk, timing: Timing) -> Prediction:
    """Return how long each guest will be down, if each is tried when the one before is settled.

    `drain_seconds` are those of all saves, `restore_seconds` those of all restores and looks.
    """
    alone = replace(timing, work=0.0)
    known = {s.guest: predict([s], disk, alone) for s in suspended(steps)}
    saves = {name: each.drain_seconds for name, each in known.items()}
    backs = {name: each.restore_seconds + timing.last_look for name, each in known.items()}
    return Prediction(
        downtimes=MappingProxyType({name: k.downtimes[name] for name, k in known.items()}),
        begins=MappingProxyType(_begins(steps, saves, backs)),
        save_seconds=sum(saves.values()),
        drain_seconds=sum(saves.values()),
        restore_seconds=sum(backs.values()),
    )


def _begins(
    steps: Iterable[PlanStep], saves: dict[str, float], backs: dict[str, float]
) -> dict[str, float]:
    now, begins = 0.0, {}
    for step in sorted(steps, key=lambda step: step.save_rank):
        begins[step.guest] = now
        now += saves.get(step.guest, 0.0) + backs.get(step.guest, 0.0)
    return begins


def trial_problems(situation: Situation, order: Sequence[str]) -> tuple[Remark, ...]:
    """Return why the trial of the guests in *order* may not begin; empty if it may.

    *situation* is of these guests alone.
    """
    missing = [name for name in order if name not in situation.observation.guests]
    return (
        *about(RemarkCode.TRIAL_NOT_HERE, missing),
        *found(situation, host_identity, _refused, live_images, autostart, _image_space),
        *_about_any(RemarkCode.DEPENDS, situation.surroundings.depends, order),
    )


def _refused(situation: Situation) -> Iterable[Remark]:
    """Report every guest that may not be suspended: for a trial it is not shut down instead."""
    for step in situation.steps:
        if step.action is not Action.SUSPEND:
            known = {"reason": step.reason.value, "known": step.fields}
            yield remark(RemarkCode.TRIAL_REFUSED, guest=step.guest, **known)
    paused = (s.guest for s in suspended(situation.steps) if s.was != GuestState.RUNNING)
    yield from about(RemarkCode.TRIAL_NOT_RUNNING, paused)


def _image_space(situation: Situation) -> tuple[Remark, ...]:
    """Compare the space with all images: each stays for a while, it is half of a pair."""
    needed = sum(image_mib(step.memory_mib) for step in suspended(situation.steps))
    return image_space(situation, needed)


def _about_any(code: RemarkCode, known: Iterable[str], order: Sequence[str]) -> tuple[Remark, ...]:
    """Report those of *known* that are tried: the bot cannot suspend what it needs."""
    names = tuple(sorted(frozenset(known).intersection(order)))
    return (remark(code, names=names),) if names else ()


def trial_warnings(situation: Situation, order: Sequence[str]) -> tuple[Remark, ...]:
    """Return what staff should know of these guests before a trial."""
    return _about_any(RemarkCode.WATCHERS, situation.surroundings.watchers, order)
