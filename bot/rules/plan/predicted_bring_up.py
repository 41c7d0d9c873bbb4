"""The bring-up as it is expected to go.

Its stages follow one another (`order.Stage`). A canary is restored alone and watched through its
last look; the boots of the last stage go on beside the canaries of families. Restores share the
disk, few guests begin to boot at one time, and a guest waits for what it needs. A restored guest
is up when it is unpaused, a booted one when it is of use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.plan.disk import Flow, advance
from bot.rules.plan.order import Stage, stages
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.plan.disk import Disk
    from bot.rules.plan.terms import PlanStep

#: Seconds; instants that are nearer to each other are one.
_INSTANT = 1e-6


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What takes time beside the disk, in seconds."""

    work: float = 0.0  # from the empty host to the start of the bring-up
    last_look: float = 120.0  # from a canary's unpause to the next restore
    boot: float = 40.0  # from the start of a guest's boot until it is of use
    start: float = 5.0  # of it, how long the hypervisor is busy with the start
    starts_at_once: int = 4  # boots beginning together


class BringUp:
    """One pass through the model; `ups` is when each guest is up, from the start."""

    def __init__(self, steps: Sequence[PlanStep], disk: Disk, timing: Timing) -> None:
        """Play *steps*, in order of their ranks, to the end."""
        self._disk, self._timing = disk, timing
        self._now = 0.0
        self._restoring = Flow(disk.stream_mib_s)
        self._boots: list[PlanStep] = []  # those whose turn it is
        self._starting: list[float] = []  # when each start that keeps the hypervisor busy ends
        self._coming: list[float] = []  # when each guest that boots will be up
        self.ups: dict[str, float] = {}
        moved = sorted((s for s in steps if s.action is not Action.UNTOUCHED), key=_rank)
        self._known = frozenset(step.guest for step in moved)
        self._play(moved)

    def _play(self, steps: Sequence[PlanStep]) -> None:
        staged = stages(steps)
        of_stage = {s: [step for step in steps if staged[step.guest] is s] for s in Stage}
        self._one_by_one(of_stage[Stage.CANARY])
        self._together(of_stage[Stage.NEEDED])
        self._wait(max([self._now, *self.ups.values()]))
        self._boots += _to_boot(of_stage[Stage.REST])
        self._one_by_one(of_stage[Stage.FAMILIES])
        self._together(_to_restore(of_stage[Stage.REST]))

    def _one_by_one(self, canaries: Sequence[PlanStep]) -> None:
        for step in canaries:
            self._go_on([step])
            self._wait(self._now + self._timing.last_look)

    def _together(self, steps: Sequence[PlanStep]) -> None:
        self._boots += _to_boot(steps)
        restores = _to_restore(steps)
        while restores or self._boots or self._restoring:
            self._turn(restores)

    def _go_on(self, restores: list[PlanStep]) -> None:
        while restores or self._restoring:
            self._turn(restores)

    def _wait(self, until: float) -> None:
        while self._now + _INSTANT < until:
            self._turn([], until)

    def _turn(self, restores: list[PlanStep], until: float = math.inf) -> None:
        """Start what may start, and go on to the next event, at most *until*."""
        self._begin(restores)
        pause = min([*self._starting, *self._coming, until]) - self._now
        if self._restoring or math.isfinite(pause):
            self._pass(pause)
        else:  # what it needs never comes: it does without
            self._start((restores or self._boots).pop(0))

    def _pass(self, pause: float) -> None:
        passed, (restored,) = advance((self._restoring,), self._disk.mib_s, pause)
        self._now += passed
        self.ups |= dict.fromkeys(restored, self._now)
        self._starting = [end for end in self._starting if end > self._now + _INSTANT]
        self._coming = [end for end in self._coming if end > self._now + _INSTANT]

    def _begin(self, restores: list[PlanStep]) -> None:
        while len(self._restoring) < self._disk.streams and (ready := self._ready(restores)):
            self._start(ready)
        places = self._timing.starts_at_once
        while len(self._starting) < places and (ready := self._ready(self._boots)):
            self._start(ready)

    def _ready(self, waiting: list[PlanStep]) -> PlanStep | None:
        """Take the first whose needs are met out of *waiting*, or none."""
        for place, step in enumerate(waiting):
            if all(self._is_up(need) for need in step.needs if need in self._known):
                return waiting.pop(place)
        return None

    def _is_up(self, guest: str) -> bool:
        return self.ups.get(guest, math.inf) <= self._now + _INSTANT

    def _start(self, step: PlanStep) -> None:
        if step.action is Action.SUSPEND:
            self._restoring.add(step.guest, step.memory_mib)
        else:
            self.ups[step.guest] = self._now + self._timing.boot
            self._starting.append(self._now + self._timing.start)
            self._coming.append(self.ups[step.guest])


def _rank(step: PlanStep) -> tuple[int, str]:
    return step.restore_rank, step.guest


def _to_restore(steps: Sequence[PlanStep]) -> list[PlanStep]:
    return [step for step in steps if step.action is Action.SUSPEND]


def _to_boot(steps: Sequence[PlanStep]) -> list[PlanStep]:
    return [step for step in steps if step.action is Action.SHUTDOWN]
