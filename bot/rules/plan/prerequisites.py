"""What stands in the way of a run: each check looks and says, none changes anything."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.plan.remarks import RemarkCode, about, remark
from bot.rules.policy.terms import REFUSALS, Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.rules.plan.situation import Situation
    from bot.rules.plan.terms import PlanStep, Remark

#: An image holds a guest's memory, its page tables, and its device state.
_IMAGE_FACTOR = 1.02
_IMAGE_EXTRA_MIB = 64


def problems(situation: Situation) -> tuple[Remark, ...]:
    """Return why the run may not start; empty if it may."""
    return found(
        situation,
        host_identity,
        refused_guests,
        live_images,
        autostart,
        _image_space,
        _memory_after,
        _depends,
    )


def found(
    situation: Situation, *checks: Callable[[Situation], Iterable[Remark]]
) -> tuple[Remark, ...]:
    """Return what *checks* say of *situation*, in order."""
    return tuple(chain.from_iterable(check(situation) for check in checks))


def image_mib(memory_mib: float) -> float:
    """Return the space to keep free for the image of a guest of this size."""
    return memory_mib * _IMAGE_FACTOR + _IMAGE_EXTRA_MIB


def suspended(steps: Iterable[PlanStep]) -> tuple[PlanStep, ...]:
    """Return the steps whose guests are saved and restored."""
    return tuple(step for step in steps if step.action is Action.SUSPEND)


def lives_here(situation: Situation, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of *names* that are this host or a guest of it."""
    host = situation.host
    here = {host.name, host.fqdn, *situation.observation.guests}
    here.update(guest.name for guest in situation.recorded)
    return tuple(sorted(here.intersection(names) - {""}))


def host_identity(situation: Situation) -> tuple[Remark, ...]:
    """Report another host that answers under this name."""
    host, found = situation.host, situation.observation.facts.name
    if found in {host.name, host.fqdn}:
        return ()
    return (remark(RemarkCode.HOST_IDENTITY, host=host.name, found=found),)


def refused_guests(situation: Situation) -> Iterable[Remark]:
    """Report every guest whose decision forbids the start, by reason."""
    for reason in sorted(REFUSALS):
        guests = (step.guest for step in situation.steps if step.reason is reason)
        yield from about(RemarkCode(reason.value), guests)


def live_images(situation: Situation) -> tuple[Remark, ...]:
    """Report guests for whom an image lies there that was never given back."""
    guests = situation.observation.guests.values()
    left = (g.name for g in guests if any(not image.spent for image in g.images))
    return about(RemarkCode.LIVE_IMAGE, left)


def autostart(situation: Situation) -> Iterable[Remark]:
    """Report what would start or stop guests by itself."""
    observation = situation.observation
    if observation.facts.autostart:
        yield remark(RemarkCode.AUTOSTART, services=observation.facts.autostart)
    guests = (guest.name for guest in observation.guests.values() if guest.autostart)
    yield from about(RemarkCode.GUEST_AUTOSTART, guests)


def _image_space(situation: Situation) -> tuple[Remark, ...]:
    needed = sum(image_mib(step.memory_mib) for step in suspended(situation.steps))
    return image_space(situation, needed)


def image_space(situation: Situation, needed: float) -> tuple[Remark, ...]:
    """Report it if the space for images is less than *needed* MiB."""
    free = situation.observation.facts.image_space_mib
    if needed <= free:
        return ()
    return (remark(RemarkCode.IMAGE_SPACE, needed_mib=round(needed), free_mib=free),)


def _memory_after(situation: Situation) -> tuple[Remark, ...]:
    """Compare what comes back, and what is paused or running untouched, with the host's memory."""
    guests = situation.observation.guests.values()
    needed = sum(guest.memory_mib for guest in guests if guest.state is not GuestState.OFF)
    memory = situation.observation.facts.memory_mib
    if needed <= memory:
        return ()
    return (remark(RemarkCode.MEMORY_AFTER, needed_mib=needed, memory_mib=memory),)


def _depends(situation: Situation) -> tuple[Remark, ...]:
    names = lives_here(situation, situation.surroundings.depends)
    return (remark(RemarkCode.DEPENDS, names=names),) if names else ()
