"""Who is written to: the contacts of some guests, each once, with what concerns their guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.rules.fleet import Fleet, Guest, Host, Role
from notifications import Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.maintenance.notices.gathered import Gathered


def customers(fleet: Fleet, hosts: Iterable[str]) -> tuple[Guest, ...]:
    """Return the customers' guests on *hosts*, host by host, each in order of name."""
    return tuple(g for host in hosts for g in fleet.on(host) if is_customer(fleet, g.name))


def is_customer(fleet: Fleet, guest: str) -> bool:
    """Say whether *guest* is a customer's, as far as is known: not infrastructure."""
    known = fleet.guests.get(guest)
    return known is None or known.role is Role.CUSTOMER


def addressed(fleet: Fleet, facts: Gathered) -> tuple[Recipient, ...]:
    """Return who gets a notice of *facts*: whom they name, or else as `recipients`."""
    named = facts.recipients
    return recipients(fleet, facts.items) if named is None else named


def recipients(fleet: Fleet, about: Mapping[str, Mapping[str, Any]]) -> tuple[Recipient, ...]:
    """Return one recipient for each contact of the guests in *about*, with an item for each guest.

    *about* gives what more an item has. A guest without a contact, or that has left the
    inventory, is a recipient without an address: the campaign reports it as left out.
    """
    items: dict[str, list[Mapping[str, Any]]] = {}
    for guest in sorted(about):
        known = fleet.guests.get(guest)
        host = fleet.hosts.get(known.host) if known else None
        item = {"guest": guest, "host": called(host) if host else "", **about[guest]}
        items.setdefault(_contact(fleet, known) or f"\0{guest}", []).append(item)
    return tuple(_recipient(fleet, key, of) for key, of in items.items())


def called(host: Host) -> str:
    """Return the name of *host* that customers know."""
    return host.fqdn or host.name


def _contact(fleet: Fleet, guest: Guest | None) -> str:
    return guest.contact if guest and guest.contact in fleet.contacts else ""


def _recipient(fleet: Fleet, key: str, items: list[Mapping[str, Any]]) -> Recipient:
    contact = fleet.contacts.get(key)
    if contact is None:
        return Recipient(address="", name=str(items[0]["guest"]), items=tuple(items))
    return Recipient(address=contact.address, name=contact.name, items=tuple(items))
