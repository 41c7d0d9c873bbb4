"""What staff should know before they start a run that may start."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bot.rules.plan.order import circles
from bot.rules.plan.prerequisites import lives_here, suspended
from bot.rules.plan.remarks import RemarkCode, about, remark
from bot.rules.policy.terms import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.plan.situation import Situation
    from bot.rules.plan.terms import Remark

_MINUTE = 60


def warnings(situation: Situation) -> tuple[Remark, ...]:
    """Return what does not forbid the start, the most surprising first."""
    checks = (_inventory, _kernels, _devices, _pairs, _canary, _needs, _downtime, _watchers)
    return tuple(chain.from_iterable(check(situation) for check in checks))


def _inventory(situation: Situation) -> Iterable[Remark]:
    observed = situation.observation.guests
    recorded = {guest.name: guest for guest in situation.recorded}
    strangers = {s.guest for s in situation.steps if s.reason is Reason.NOT_IN_INVENTORY}
    unknown = strangers - recorded.keys()
    yield from about(RemarkCode.NOT_IN_INVENTORY, unknown - situation.elsewhere)
    yield from about(RemarkCode.RECORDED_ELSEWHERE, unknown & situation.elsewhere)
    yield from about(RemarkCode.OTHER_UUID, strangers & recorded.keys())
    yield from about(RemarkCode.NOT_OBSERVED, recorded.keys() - observed.keys())


def _kernels(situation: Situation) -> tuple[Remark, ...]:
    guests = (s.guest for s in situation.steps if s.reason is Reason.KERNEL_CONTRADICTS)
    return about(RemarkCode.KERNEL_CONTRADICTS, guests)


def _devices(situation: Situation) -> tuple[Remark, ...]:
    guests = [s.guest for s in situation.steps if s.reason is Reason.DEVICE_CANNOT]
    observed = situation.observation.guests
    devices = sorted({device for name in guests for device in observed[name].unsaveable})
    return about(RemarkCode.UNSAVEABLE, guests, devices=devices)


def _pairs(situation: Situation) -> tuple[Remark, ...]:
    if not situation.wants_pairs:
        return ()
    bare = (step.guest for step in suspended(situation.steps) if not step.pair)
    free = situation.observation.facts.snapshot_space_mib
    return about(RemarkCode.NO_PAIRS, bare, free_mib=free)


def _canary(situation: Situation) -> tuple[Remark, ...]:
    missing = situation.exploring and not any(step.canary for step in situation.steps)
    return (remark(RemarkCode.NO_CANARY),) if missing else ()


def _needs(situation: Situation) -> tuple[Remark, ...]:
    needs = {guest.name: guest.needs for guest in situation.recorded}
    return about(RemarkCode.NEEDS_CIRCLE, circles(needs))


def _downtime(situation: Situation) -> Iterable[Remark]:
    downtimes = situation.prediction.downtimes
    worst, told = situation.prediction.worst, situation.surroundings.told_minutes
    if worst > told * _MINUTE:
        guest = max(sorted(downtimes), key=lambda name: downtimes[name])
        code = RemarkCode.WORST_EXCEEDS_TOLD
        yield remark(code, guest=guest, seconds=worst, told_minutes=told)
    if suspended(situation.steps) and situation.reboot.worst < worst:
        shorter = situation.reboot.worst
        yield remark(RemarkCode.REBOOT_IS_SHORTER, seconds=worst, reboot_seconds=shorter)


def _watchers(situation: Situation) -> tuple[Remark, ...]:
    names = lives_here(situation, situation.surroundings.watchers)
    return (remark(RemarkCode.WATCHERS, names=names),) if names else ()
