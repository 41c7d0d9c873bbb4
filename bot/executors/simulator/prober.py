"""The port Prober, kept by a simulated world."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.executors.simulator import physics
from bot.executors.simulator.instants import instant_of

if TYPE_CHECKING:
    from bot.executors.simulator.file import HostFiles
    from bot.executors.simulator.world import GuestWorld
    from bot.ports import Clock
    from bot.rules.fleet import Check


class SimulatedProber:
    """Sees whether a simulated guest would answer, wherever it runs."""

    def __init__(self, files: HostFiles, clock: Clock) -> None:
        """Probe the guests of the world behind *files*."""
        self._files = files
        self._clock = clock
        self._places: dict[str, list[str]] = {}

    async def answers(self, guest: str, address: str, check: Check) -> bool:
        """Say whether *guest* answered *check*; the simulated network needs no *address*."""
        del address
        await asyncio.sleep(0)
        now = instant_of(self._clock.now())
        return any(
            physics.answers(one, now) and _open(one, check) for one in self._named(guest, now)
        )

    def _named(self, guest: str, now: int) -> list[GuestWorld]:
        found = self._present(guest, now)
        if not found:  # new, or renamed
            self._places = self._survey(now)
            found = self._present(guest, now)
        return found

    def _present(self, guest: str, now: int) -> list[GuestWorld]:
        worlds = (self._files.look(host, now) for host in self._places.get(guest, ()))
        return [w.guests[guest] for w in worlds if guest in w.guests and w.down_until is None]

    def _survey(self, now: int) -> dict[str, list[str]]:
        places: dict[str, list[str]] = {}
        for host in self._files.names():
            for guest in self._files.look(host, now).guests:
                places.setdefault(guest, []).append(host)
        return places


def _open(guest: GuestWorld, check: Check) -> bool:
    return not (check.port and guest.ports) or check.port in guest.ports
