"""Takes the inventory in: what is new is recorded, what is gone is noticed before it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import Role
from bot.rules.optin import OptIn
from bot.settings import difference, refuse_a_drop

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.fleet import Fleet, Guest
    from bot.settings import Difference, DropLimit


async def take_in(
    store: Store, fleet: Fleet, limit: DropLimit, now: datetime, *, accept: bool = False
) -> Difference:
    """Record the guests of *fleet*; return what is new and what is gone since the last time.

    A guest's `opted_in` and `kernel` are read when it is first seen and ignored afterwards.
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
    return found


def _wish(guest: Guest, now: datetime) -> OptIn | None:
    if guest.role is not Role.CUSTOMER or not (guest.opted_in or guest.kernel):
        return None
    return OptIn(
        guest=guest.name,
        wanted=guest.opted_in,
        at=now,
        who=guest.contact or "inventory",
        how="inventory",
        kernel=guest.kernel,
    )
