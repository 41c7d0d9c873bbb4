"""What only the whole inventory shows: names that lead nowhere, circles, doubles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.rules.fleet import Fleet, Guest, Role
from bot.settings.faults import Fault, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.settings.refusals import Locate

Data = Mapping[str, Any]  # as TOML was read: tables of tables
SIMULATED = "simulator"  # Host.executor of hosts that are in a file

# Keys that have no effect on a guest of this role: better refused than silently ignored.
_IDLE = {Role.CUSTOMER: "suspend", Role.INFRASTRUCTURE: "opted_in"}


def contradictions(fleet: Fleet, data: Data, locate: Locate) -> list[Fault]:
    """Return every contradiction of *fleet*; *data* is the file it was made from.

    A name that *data* has but *fleet* lacks was refused already, and may be pointed at.
    """
    return [
        *_leads(fleet, data, locate),
        *_circles(fleet, locate),
        *_doubles(fleet, "uuid", Problem.SAME_UUID, locate),
        *_doubles(fleet, "address", Problem.SAME_ADDRESS, locate),
        *_idle(fleet, data, locate),
        *_work(fleet, locate),
        *_worlds(fleet, locate),
    ]


def _leads(fleet: Fleet, data: Data, locate: Locate) -> Iterator[Fault]:
    hosts, guests, contacts = (data.get(table, {}) for table in ("hosts", "guests", "contacts"))
    for guest in fleet.guests.values():
        where = ("guests", guest.name)
        if guest.host not in hosts:
            yield locate((*where, "host"), Problem.UNKNOWN_HOST, name=guest.host)
        if guest.contact and guest.contact not in contacts:
            yield locate((*where, "contact"), Problem.UNKNOWN_CONTACT, name=guest.contact)
        for need in guest.needs:
            if need not in guests:
                yield locate((*where, "needs"), Problem.UNKNOWN_GUEST, name=need)


def _circles(fleet: Fleet, locate: Locate) -> Iterator[Fault]:
    """Yield one fault per circle of needs, at the guest of it that comes first by name."""
    for name in sorted(fleet.guests):
        circle = _circle(fleet.guests, name)
        if circle and min(circle) == name:
            names = (*circle, name)
            yield locate(("guests", name, "needs"), Problem.NEEDS_CIRCLE, names=names)


def _circle(guests: Mapping[str, Guest], start: str) -> tuple[str, ...]:
    """Return the way from *start* through needs back to it, or nothing."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set[str]()
    while ways:
        way = ways.pop()
        for need in guests[way[-1]].needs:
            if need == start:
                return way
            if need in guests and need not in seen:
                seen.add(need)
                ways.append((*way, need))
    return ()


def _doubles(fleet: Fleet, key: str, problem: Problem, locate: Locate) -> Iterator[Fault]:
    for names in _grouped(fleet.guests.values(), lambda guest: str(getattr(guest, key))):
        yield locate(("guests", names[-1], key), problem, names=names)


def _grouped(guests: Iterable[Guest], key: Callable[[Guest], str]) -> Iterator[tuple[str, ...]]:
    """Yield the names of guests that share a *key* which is not empty."""
    groups = defaultdict[str, list[str]](list)
    for guest in guests:
        groups[key(guest)].append(guest.name)
    return (tuple(names) for shared, names in groups.items() if shared and len(names) > 1)


def _idle(fleet: Fleet, data: Data, locate: Locate) -> Iterator[Fault]:
    for guest in fleet.guests.values():
        key = _IDLE[guest.role]
        if key in data["guests"][guest.name]:
            yield locate(("guests", guest.name, key), Problem.NOT_FOR_ROLE, role=guest.role.value)


def _work(fleet: Fleet, locate: Locate) -> Iterator[Fault]:
    for host in fleet.hosts.values():
        work, where = host.work, ("hosts", host.name, "work")
        for key in ("commands", "after"):
            if work.manual and getattr(work, key):
                yield locate((*where, key), Problem.WORK_CONTRADICTS)
        if not work.manual and not work.commands and not work.reboot:
            yield locate(where, Problem.WORK_EMPTY)


def _worlds(fleet: Fleet, locate: Locate) -> Iterator[Fault]:
    """Yield a fault where simulated hosts, which have a time of their own, are beside real ones."""
    names = sorted(name for name, host in fleet.hosts.items() if host.executor == SIMULATED)
    if names and len(names) < len(fleet.hosts):
        where = ("hosts", names[0], "executor")
        yield locate(where, Problem.MIXED_WORLDS, names=tuple(names))
