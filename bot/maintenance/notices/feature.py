"""Notices about suspend+restore itself: that it is held, was reset, and is offered again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.notices import proof
from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.optins import RESET, last_reset, opted_in
from bot.rules.errors import Code, Precondition
from bot.rules.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.fleet import Fleet
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn
    from bot.rules.policy.evidence import Trial


async def feature_hold(asked: Asked, sources: Sources) -> Gathered:
    """Tell those who are opted in that it is not honoured. Raises Precondition(NO_HOLD)."""
    hold = await _global_hold(sources.store)
    if hold is None:
        raise Precondition(Code.NO_HOLD, kind=asked.kind)
    concerned = opted_in(sources.fleet, await sources.store.opt_ins())
    failures = proof.failures(sources.fleet, await sources.store.evidence())
    values = {"since": hold.opened_at, "guests": len(concerned), **failures}
    return Gathered(values=values, items={said.guest: {} for said in concerned})


async def optout_reset(asked: Asked, sources: Sources) -> Gathered:
    """Tell those whom the last reset has set back. Raises Precondition(NO_RESET)."""
    last = last_reset(await _resets(asked, sources.store))
    standing = _still_reset(sources.fleet, await sources.store.opt_ins())
    trials = await sources.store.evidence()
    made = reset_notice(sources.fleet, last, last[0].at, trials)
    items = {guest: item for guest, item in made.items.items() if guest in standing}
    return Gathered(values=made.values, items=items)


def reset_notice(
    fleet: Fleet, said: Collection[OptIn], at: datetime, trials: Sequence[Trial]
) -> Gathered:
    """Return the notice of a reset that has *said* this, at the instant *at*."""
    values = {"at": at, "guests": len(said), **proof.failures(fleet, trials)}
    return Gathered(values=values, items={each.guest: {} for each in said})


async def reoptin(asked: Asked, sources: Sources) -> Gathered:
    """Invite those who are set back to opt in anew, each by a personal link.

    Raises Precondition: HOLD_STANDS, NO_RESET, NO_EVIDENCE, NO_LINKS.
    """
    hold = await _global_hold(sources.store)
    if hold is not None:
        raise Precondition(Code.HOLD_STANDS, kind=asked.kind, since=hold.opened_at, why=hold.reason)
    last = last_reset(await _resets(asked, sources.store))
    tested = proof.tested(await sources.store.evidence(), sources.policy)
    if not tested:
        raise Precondition(Code.NO_EVIDENCE, kind=asked.kind)
    return Gathered(values={"guests": len(last), "tested": tested}, items=await _invited(sources))


async def trial_offer(asked: Asked, sources: Sources) -> Gathered:
    """Offer a trial to those who are set back. Raises Precondition: NO_RESET, NO_LINKS."""
    await _resets(asked, sources.store)
    return Gathered(values={}, items=await _invited(sources))


async def _invited(sources: Sources) -> Mapping[str, Mapping[str, str]]:
    """Return the links of guests about whom nothing was said since a reset, and that are here."""
    standing = _still_reset(sources.fleet, await sources.store.opt_ins())
    here = sorted(standing & sources.fleet.guests.keys())
    return {guest: {"link": sources.links.of(guest)} for guest in here}


def _still_reset(fleet: Fleet, newest: Mapping[str, OptIn]) -> frozenset[str]:
    return frozenset(
        guest for guest, said in newest.items() if said.how == RESET and is_customer(fleet, guest)
    )


async def _resets(asked: Asked, store: Store) -> tuple[OptIn, ...]:
    resets = await store.statements(how=RESET)
    if not resets:
        raise Precondition(Code.NO_RESET, kind=asked.kind)
    return resets


async def _global_hold(store: Store) -> Hold | None:
    standing = await store.holds()
    return next((hold for hold in standing if hold.scope is Scope.GLOBAL), None)
