"""Who was not told of a maintenance that begins now: for a start that nobody has announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.notices import announced, earlier
from bot.maintenance.notices.audiences import called, customers
from notifications import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.maintenance.notices.gathered import Sources
    from bot.rules.fleet import Host
    from notifications import Delivery


@dataclass(frozen=True, kw_only=True)
class Untold:
    """Contacts of customers' guests on a host, and those who were not told for each of these."""

    contacts: int
    untold: int


async def untold(host: Host, at: datetime, sources: Sources) -> Untold:
    """Count whom no notice of a maintenance of *host* has reached that covers the instant *at*."""
    told = await _told(host, at, sources)
    here = [g for g in customers(sources.fleet, [host.name]) if g.contact in sources.fleet.contacts]
    missed = {guest.contact for guest in here if guest.name not in told}
    return Untold(contacts=len({guest.contact for guest in here}), untold=len(missed))


async def _told(host: Host, at: datetime, sources: Sources) -> Collection[str]:
    """Return the guests whose contacts know that their host is maintained at *at*."""
    before = await sources.mail.heads()
    window = earlier.during(before, called(host), at)
    if window is None or at >= window.end:
        return ()
    return await announced.last_told({host: window}, sources, _arrived)


def _arrived(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.SENT and not delivery.bounce
