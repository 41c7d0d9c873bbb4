"""Counts broken promises by what physically happened, whichever door was used.

Nothing here asks what the host's checks said, nor what the bot believes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bot.executors.simulator.instants import datetime_of
from bot.executors.simulator.world import DESTROYED, Breach
from bot.rules.fleet import GuestState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.executors.simulator.world import GuestWorld, HostWorld

HANDS = "hand"  # how an operation is named that nobody submitted: root, a panel, a boot script
_LIVE_MEMORY = {GuestState.RUNNING, GuestState.PAUSED, GuestState.SUSPENDED}


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken promise; `kind` is its number: "P1", "P2", "P3", "P7"."""

    kind: str
    host: str
    guest: str
    at: datetime
    operation: str  # id, or "hand:…" when nobody submitted it

    @property
    def by_hand(self) -> bool:
        """Say whether somebody else did it, behind the bot's back."""
        return self.operation.startswith(HANDS)


def unpaused(host: HostWorld, guest: GuestWorld, now: int, by: str) -> None:
    """Judge the first unpausing of a restored guest (P1, P2), before the disk is written."""
    serial = str(guest.came_from)
    if guest.unpaused.get(serial) == guest.rollbacks:
        _count(host, guest, "P1", now, by)
    if guest.memory_generation != guest.generation:
        _count(host, guest, "P2", now, by)
    guest.unpaused[serial] = guest.rollbacks


def came_to_memory(host: HostWorld, guest: GuestWorld, now: int, by: str) -> None:
    """Judge a guest that was started or restored (P3), its instance already added."""
    if guest.instances > 1:
        _count(host, guest, "P3", now, by)


def power_cut(host: HostWorld, now: int, by: str) -> None:
    """Judge a host that loses its power or reboots now (P7)."""
    for guest in host.guests.values():
        if guest.state in _LIVE_MEMORY or _relies_on_unverified(guest):
            _count(host, guest, "P7", now, by)


def violations_of(hosts: Iterable[HostWorld]) -> tuple[Violation, ...]:
    """Return every violation of these hosts, oldest first, with guests that ran on two at once."""
    listed = list(hosts)
    found = [
        Violation(
            kind=b.kind, host=h.name, guest=b.guest, at=datetime_of(b.at), operation=b.operation
        )
        for h in listed
        for b in h.breaches
    ]
    found += [v for one, other in combinations(listed, 2) for v in _on_both(one, other)]
    return tuple(sorted(found, key=lambda v: (v.at, v.host, v.guest, v.kind)))


def _relies_on_unverified(guest: GuestWorld) -> bool:
    """Say whether its memory is only in an image that nobody has verified.

    An image that a verification has condemned, or that the disk has left behind, is not relied on.
    """
    return guest.state is GuestState.OFF and any(
        i.complete
        and i.generation == guest.generation
        and not (i.verified or i.spent or i.condemned)
        for i in guest.images.values()
    )


def _count(host: HostWorld, guest: GuestWorld, kind: str, now: int, by: str) -> None:
    guest.integrity = DESTROYED
    host.breaches.append(Breach(kind=kind, guest=guest.name, at=now, operation=by))


def _on_both(one: HostWorld, other: HostWorld) -> list[Violation]:
    mates = {g.uuid: g for g in other.guests.values() if g.ran}
    return [
        Violation(kind="P3", host=host, guest=guest.name, at=datetime_of(at), operation="")
        for guest in one.guests.values()
        if guest.ran and guest.uuid in mates
        for at, host in _overlaps(guest.ran, mates[guest.uuid].ran, one.name, other.name)
    ]


def _overlaps(
    ours: list[list[int]], theirs: list[list[int]], here: str, there: str
) -> list[tuple[int, str]]:
    """Return when, and by the start on which host, two series of intervals came to overlap."""
    return [
        (max(a, c), here if a >= c else there)
        for a, b in ours
        for c, d in theirs
        if (b < 0 or c < b) and (d < 0 or a < d)
    ]
