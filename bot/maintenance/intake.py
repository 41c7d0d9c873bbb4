"""Takes the inventory in: what is new is recorded, what is gone is noticed before it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import Role
from bot.rules.optin import OptIn, TrialWish
from bot.settings import difference, refuse_a_drop

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.fleet import Fleet, Guest
    from bot.settings import Difference, DropLimit

FILE = "inventory"  # who says what the file says, and how


async def take_in(
    store: Store, fleet: Fleet, limit: DropLimit, now: datetime, *, accept: bool = False
) -> Difference:
    """Record the guests of *fleet*; return what is new and what is gone since the last time.

    A guest's `opted_in` and `kernel` are read when it is first seen and ignored afterwards. One
    that has another uuid than before is another machine, and is opted out until its customer says
    otherwise.
    Repeating it changes nothing. *accept*: a person has confirmed the loss of many guests.

    Raises:
        Precondition: INVENTORY_SHRANK; nothing was recorded, the old inventory stands.
    """
    known = await store.known()
    found = difference(known, fleet)
    if not accept:
        refuse_a_drop(known, found, limit)
    if found.gone:
        await store.forget(found.gone)
    if found.added:
        first = await store.first_seen(found.added)
        wishes = [_wish(fleet.guests[name], now) for name in sorted(first)]
        await store.state_opt_in([wish for wish in wishes if wish is not None])
    await _start_anew(store, fleet, now)
    return found


async def _start_anew(store: Store, fleet: Fleet, now: datetime) -> None:
    """Opt out the guests that bear the name of another machine: its customer's word is not theirs.

    Links that were made for the one before lead nowhere, and no trial is asked for.
    """
    uuids = {guest.name: guest.uuid for guest in fleet.guests.values() if guest.uuid}
    others, new = await store.strangers(uuids)
    if others:
        await _forget_wishes(store, others, now)
    if new:  # last: if this is cut off before, it is all done once more
        await store.identify({name: uuids[name] for name in new})


async def _forget_wishes(store: Store, others: frozenset[str], now: datetime) -> None:
    await store.revoke(sorted(others))
    opted, wished = await store.opt_ins(others), await store.trial_wishes()
    ins = [guest for guest in sorted(opted) if opted[guest].wanted]
    asked = [guest for guest in sorted(others & wished.keys()) if wished[guest].wanted]
    await store.state_opt_in(
        [OptIn(guest=g, wanted=False, at=now, who=FILE, how=FILE) for g in ins]
    )
    await store.wish_trials(
        [TrialWish(guest=g, wanted=False, at=now, who=FILE, how=FILE) for g in asked]
    )


def _wish(guest: Guest, now: datetime) -> OptIn | None:
    if guest.role is not Role.CUSTOMER or not (guest.opted_in or guest.kernel):
        return None
    return OptIn(
        guest=guest.name,
        wanted=guest.opted_in,
        at=now,
        who=guest.contact or FILE,
        how=FILE,
        kernel=guest.kernel,
    )
