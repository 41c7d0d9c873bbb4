"""Who stands at the counter: whose link it is, and which page a form was sent from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.customers.terms import PageRefused, Refusal
from bot.maintenance.notices.audiences import is_customer

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.customers.links import Link, Sealed
    from bot.maintenance.notices.gathered import Sources
    from bot.ports import Clock
    from bot.rules.fleet import Guest


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whose link it is, at which moment."""

    guest: Guest
    generation: int
    at: datetime
    who: str  # as it is recorded: "customer:anna@example.org"

    @property
    def name(self) -> str:
        """The guest's name."""
        return self.guest.name


@dataclass(frozen=True, kw_only=True)
class Doorkeeper:
    """Knows customers by their links. Raises PageRefused."""

    sources: Sources
    clock: Clock

    async def known(self, token: str) -> Known:
        """Return whose personal link *token* is of. Raises PageRefused(LINK)."""
        now = self.clock.now()
        return await self.standing(self.sources.links.read(token, now), now)

    async def standing(self, link: Link | None, now: datetime) -> Known:
        """Return whose *link* it is, if it was not revoked. Raises PageRefused(LINK)."""
        fleet = self.sources.fleet
        guest = fleet.guests.get(link.guest) if link else None
        if link is None or guest is None or not is_customer(fleet, guest.name):
            raise PageRefused(Refusal.LINK)
        revoked = (await self.sources.store.generations()).get(guest.name, 0)
        if revoked != link.generation:
            raise PageRefused(Refusal.LINK)
        contact = fleet.contacts.get(guest.contact)
        who = f"customer:{contact.address or contact.key}" if contact else "customer:"
        return Known(guest=guest, generation=link.generation, at=now, who=who)

    def sealed(self, seal: str, known: Known, *, ever: bool = False) -> Sealed:
        """Return what the page showed; *ever*: it may have been open for as long as it likes.

        Raises PageRefused(SEAL).
        """
        found = self.sources.links.unsealed(seal, known.name, known.at)
        if found is None or not (found.fresh or ever):
            raise PageRefused(Refusal.SEAL)
        return found
