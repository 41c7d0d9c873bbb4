"""Notices about suspend+restore itself: that it is held, and was reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import lately, proof
from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.optins import RESET, last_reset, opted_in
from bot.rules.errors import Code, Precondition
from bot.rules.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.fleet import Fleet
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn


async def feature_hold(asked: Asked, sources: Sources) -> Gathered:
    """Tell those who are opted in that it is not honoured.

    Raises Precondition: NO_HOLD, NOBODY_OPTED_IN.
    """
    hold = await global_hold(sources.store)
    if hold is None:
        raise Precondition(Code.NO_HOLD, kind=asked.kind)
    concerned = opted_in(sources.fleet, await sources.store.opt_ins())
    if not concerned:
        raise Precondition(Code.NOBODY_OPTED_IN, kind=asked.kind)
    known = await failing(sources)
    values = {"since": hold.opened_at, "guests": len(concerned), **known.failures}
    return Gathered(values=values, items=known.items(concerned))


async def optout_reset(asked: Asked, sources: Sources) -> Gathered:
    """Tell those whom the last reset has set back. Raises Precondition(NO_RESET)."""
    last = last_reset(await resets(asked, sources.store))
    standing = still_reset(sources.fleet, await sources.store.opt_ins())
    made = reset_notice(last, last[0].at, await failing(sources))
    items = {guest: item for guest, item in made.items.items() if guest in standing}
    return Gathered(values=made.values, items=items)


@dataclass(frozen=True, kw_only=True)
class Failing:
    """What suspend+restore has done to customers' guests, as notices about it tell."""

    failures: Mapping[str, Any]
    fallen: frozenset[str]  # not up since the newest run of their host

    def items(self, said: Collection[OptIn]) -> dict[str, dict[str, bool]]:
        """Return an item for each guest about which something was *said*: whether it is down."""
        return {each.guest: {"down": each.guest in self.fallen} for each in said}


async def failing(sources: Sources) -> Failing:
    """Look it up."""
    trials = await sources.store.evidence()
    return Failing(
        failures=proof.failures(sources.fleet, trials, sources.policy),
        fallen=lately.down(await lately.steps(sources)),
    )


def reset_notice(said: Collection[OptIn], at: datetime, known: Failing) -> Gathered:
    """Return the notice of a reset that has *said* this, at the instant *at*."""
    values = {"at": at, "guests": len(said), **known.failures}
    return Gathered(values=values, items=known.items(said))


def still_reset(fleet: Fleet, newest: Mapping[str, OptIn]) -> frozenset[str]:
    """Return the customers' guests about which nothing was said since a reset."""
    return frozenset(
        guest for guest, said in newest.items() if said.how == RESET and is_customer(fleet, guest)
    )


async def resets(asked: Asked, store: Store) -> tuple[OptIn, ...]:
    """Return what resets have stated. Raises Precondition(NO_RESET)."""
    known = await store.statements(how=RESET)
    if not known:
        raise Precondition(Code.NO_RESET, kind=asked.kind)
    return known


async def global_hold(store: Store) -> Hold | None:
    """Return the hold over everybody, if one stands."""
    standing = await store.holds()
    return next((hold for hold in standing if hold.scope is Scope.GLOBAL), None)
