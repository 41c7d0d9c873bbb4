"""Who is saved before whom, and who comes back before whom.

What a guest waits is (end of the drain - start of its own save) + host work + (end of its own
restore - start of the bring-up). The two sums depend on the order alone: they are least when
memory ÷ priority falls while saving and rises while restoring (Smith's rule, once read backwards).
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.rules.plan.terms import Order
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.rules.plan.terms import PlanStep

#: An image crosses the disk once when it is written and once when it is verified.
_SAVE_PASSES = 2


class Stage(IntEnum):
    """The stages of a bring-up; each begins when the one before has ended."""

    CANARY = 0  # the host's expendable guest, alone, through its last look
    NEEDED = 1  # what others need, all of it up; booted, unless restoring it is trusted
    FAMILIES = 2  # one customer's guest per kernel family, one at a time, through its last look
    REST = 3  # its boots need no canary and go on beside the stage before


def stages(steps: Sequence[PlanStep]) -> Mapping[str, Stage]:
    """Return the stage in which each guest comes back; without canaries all come in the last."""
    canaries = any(_restored_alone(step) for step in steps)
    needed = needed_by_others(steps) if canaries else frozenset()
    return {step.guest: _stage(step, needed) for step in steps}


def needed_by_others(steps: Sequence[PlanStep]) -> frozenset[str]:
    """Return the names that a step of this run needs."""
    return frozenset(name for step in steps for name in step.needs)


def _restored_alone(step: PlanStep) -> bool:
    return step.action is Action.SUSPEND and (step.canary or step.family_canary)


def _stage(step: PlanStep, needed: frozenset[str]) -> Stage:
    if _restored_alone(step):
        return Stage.CANARY if step.canary else Stage.FAMILIES
    return Stage.NEEDED if step.guest in needed else Stage.REST


def save_order(steps: Sequence[PlanStep], order: Order) -> tuple[str, ...]:
    """Return the guests in the order in which they are saved, then those that are shut down.

    `SUM`: largest memory ÷ priority first, ties by name. `FAIR`: as they will be restored.
    Shutdowns follow, the slowest first.
    """
    saved = [step for step in steps if step.action is Action.SUSPEND]
    shut = [step for step in steps if step.action is Action.SHUTDOWN]
    shut.sort(key=lambda step: (-step.shutdown_seconds, step.guest))
    if order is Order.FAIR:
        kept = {step.guest for step in saved}
        first = tuple(name for name in restore_order(steps, order) if name in kept)
    else:
        saved.sort(key=lambda step: (-_weight(step), step.guest))
        first = tuple(step.guest for step in saved)
    return first + tuple(step.guest for step in shut)


def restore_order(steps: Sequence[PlanStep], order: Order) -> tuple[str, ...]:
    """Return the guests in the order in which they are restored or booted.

    By stage; then what others need before those that need it, then infrastructure; then
    smallest memory ÷ priority first (`FAIR`: smallest memory, whatever its priority).
    """
    return tuple(
        step.guest
        for step in sorted(steps, key=_restore_key(steps, order))
        if step.action is not Action.UNTOUCHED
    )


def _restore_key(
    steps: Sequence[PlanStep], order: Order
) -> Callable[[PlanStep], tuple[object, ...]]:
    stage, needed, level = stages(steps), needed_by_others(steps), _levels(steps)

    def key(step: PlanStep) -> tuple[object, ...]:
        size = step.memory_mib if order is Order.FAIR else _weight(step)
        customer = not step.infrastructure
        name = step.guest
        depth = level[name] if name in needed else 0  # who needs and is not needed waits anyway
        return (stage[name], name not in needed, depth, customer, size, name)

    return key


def _levels(steps: Sequence[PlanStep]) -> Mapping[str, int]:
    """Count, for each guest, the longest chain of needs below it; a circle is cut somewhere."""
    levels = {step.guest: 0 for step in steps}
    needy = [step for step in steps if any(need in levels for need in step.needs)]
    for _ in needy:  # no chain is longer
        before = dict(levels)
        for step in needy:
            levels[step.guest] = 1 + max(levels[need] for need in step.needs if need in levels)
        if levels == before:
            break
    return levels


def circles(needs: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the guests that wait for each other in a circle, by what each needs."""
    left = {name: frozenset(each) for name, each in needs.items()}
    while True:
        needed = frozenset[str]().union(*left.values())
        kept = {name: each & left.keys() for name, each in left.items() if name in needed}
        kept = {name: each for name, each in kept.items() if each}
        if kept == left:
            return frozenset(kept)
        left = kept


def _weight(step: PlanStep) -> float:
    return step.memory_mib / step.priority if step.priority > 0 else math.inf


def bound(memories: Sequence[float], disk_mib_s: float, priorities: Sequence[float] = ()) -> float:
    """Return the least Σ of downtimes in seconds that any order could reach on this disk.

    The drain ends when every image (MiB) was written and read back once for its verification,
    the bring-up when every image was read; all of it at the disk's whole bandwidth. Host work,
    canaries and looks are not in it. *priorities* weight the sum; they are equal if not given.
    """
    weights = priorities or [1.0] * len(memories)
    jobs = sorted(zip(memories, weights, strict=True), key=lambda job: job[0] / job[1])
    moved = total = 0.0
    for memory, weight in jobs:
        moved += memory
        total += weight * moved * (_SAVE_PASSES + 1)
    return total / disk_mib_s
