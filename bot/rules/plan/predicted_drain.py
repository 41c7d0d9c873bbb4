"""The drain as it is expected to go.

Guests are saved in order, as many at a time as there is room for; each image is verified as soon
as it is written, beside later saves where the disk has bandwidth to spare. A shutdown is asked
for so long before the last image is verified as the guest is expected to take, or at once. The
drain ends with the last of both.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from bot.rules.plan.disk import Flow, advance, room
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.plan.disk import Disk
    from bot.rules.plan.terms import PlanStep


def saves(steps: Sequence[PlanStep], disk: Disk) -> tuple[dict[str, float], float]:
    """Return when each save begins, and when the last image is verified; seconds."""
    waiting = deque(sorted((s for s in steps if s.action is Action.SUSPEND), key=_by_rank))
    memory = {step.guest: step.memory_mib for step in waiting}
    saving, verifying = Flow(disk.stream_mib_s), Flow(disk.verify_mib_s)
    begins: dict[str, float] = {}
    now = 0.0
    while waiting or saving or verifying:
        while waiting and _room(disk, saving, verifying):
            name = waiting.popleft().guest
            begins[name] = now
            saving.add(name, memory[name])
        passed, (written, _) = advance((saving, verifying), disk.mib_s)
        now += passed
        for name in written:
            verifying.add(name, memory[name])
    return begins, now


def shutdowns(steps: Sequence[PlanStep], saved: float) -> tuple[dict[str, float], float]:
    """Return when each guest is asked to shut down, and when the last of all is off; seconds."""
    shut = [step for step in steps if step.action is Action.SHUTDOWN]
    begins = {step.guest: max(0.0, saved - step.shutdown_seconds) for step in shut}
    return begins, max([saved, *(step.shutdown_seconds for step in shut)])


def _room(disk: Disk, saving: Flow, verifying: Flow) -> bool:
    return room(
        saving=len(saving),
        verifying=len(verifying),
        streams=disk.streams,
        disk_mib_s=disk.mib_s,
        verify_mib_s=disk.verify_mib_s,
    )


def _by_rank(step: PlanStep) -> int:
    return step.save_rank
