"""Notices that invite: to opt in anew after a reset, and to a trial; each by a personal link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import lately, proof
from bot.maintenance.notices.feature import global_hold, resets, still_reset
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.optins import last_reset, too_old
from bot.rules.errors import Code, Precondition

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.rules.policy.evidence import Trial


async def reoptin(asked: Asked, sources: Sources) -> Gathered:
    """Invite those who are set back to opt in anew, each by a personal link.

    Raises Precondition: HOLD_STANDS, NO_RESET, NO_EVIDENCE, NO_LINKS.
    """
    hold = await global_hold(sources.store)
    if hold is not None:
        raise Precondition(Code.HOLD_STANDS, kind=asked.kind, since=hold.opened_at, why=hold.reason)
    last = last_reset(await resets(asked, sources.store))
    trials, at = await sources.store.evidence(), last[0].at
    tested = proof.tested(trials, await sources.store.judgements(), sources.policy, since=at)
    if not tested:
        raise Precondition(Code.NO_EVIDENCE, kind=asked.kind, since=at)
    failures = proof.failures(sources.fleet, _until(trials, at), sources.policy)
    values = {"at": at, "guests": len(last), "tested": tested, **failures}
    return await _invitation(values, sources, asked.at)


async def trial_offer(asked: Asked, sources: Sources) -> Gathered:
    """Offer a trial to those who are set back. Raises Precondition: NO_RESET, NO_LINKS."""
    await resets(asked, sources.store)
    return await _invitation({}, sources, asked.at)


def _until(trials: Sequence[Trial], at: datetime) -> tuple[Trial, ...]:
    return tuple(trial for trial in trials if trial.at <= at)


async def _invitation(values: Mapping[str, Any], sources: Sources, now: datetime) -> Gathered:
    """Invite those about whose guests nothing was said since a reset, and that are here.

    Left out, and named in `left_out`: who is damaged or not up, or is known to have an old kernel.
    """
    standing = still_reset(sources.fleet, await sources.store.opt_ins())
    here = sorted(standing & sources.fleet.guests.keys())
    unfit = await _unfit(here, sources)
    left_out = [{"guest": guest, "why": why} for guest, why in unfit.items()]
    fit = [guest for guest in here if guest not in unfit]
    items = {guest: {"link": await sources.link(guest, now)} for guest in fit}
    return Gathered(values={**values, "left_out": left_out}, items=items)


async def _unfit(guests: Collection[str], sources: Sources) -> Mapping[str, str]:
    """Say why some of *guests* must not be invited."""
    steps = await lately.steps(sources)
    attested = {said.guest: said.kernel for said in await sources.store.statements() if said.kernel}
    fallen, unfit = lately.down(steps), {}
    for guest in guests:
        observed = steps[guest].plan.kernel if guest in steps else ""
        kernel = observed or attested.get(guest, "")
        if guest in fallen:
            unfit[guest] = "not_up"
        elif too_old(kernel, sources.policy):
            unfit[guest] = "kernel_old"
    return unfit
