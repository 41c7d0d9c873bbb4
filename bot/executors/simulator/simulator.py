"""A whole simulated world: its hosts, its faults, and root's hands."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.executors.simulator import hand, injecting
from bot.executors.simulator.beginning import settle
from bot.executors.simulator.clock import VirtualClock, WorldClock
from bot.executors.simulator.copies import Copies
from bot.executors.simulator.executor import SimulatedHost
from bot.executors.simulator.file import HostFiles
from bot.executors.simulator.instants import datetime_of, instant_of
from bot.executors.simulator.prober import SimulatedProber
from bot.executors.simulator.violations import Violation, violations_of
from bot.executors.simulator.world import HostWorld, Injection, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.ports import Clock


class Simulator:
    """The world in a folder. It lives on without any process; open it as often as you like."""

    def __init__(self, folder: Path, clock: Clock, *, keep_copies: bool = False) -> None:
        """Open the world in *folder*; with *keep_copies*, `mark` keeps a copy of it."""
        self._files = HostFiles(folder)
        self._clock = clock
        self._copies = Copies(folder, self._files) if keep_copies else None

    def hosts(self) -> tuple[str, ...]:
        """Return the names of its hosts, sorted."""
        return self._files.names()

    def add(self, *hosts: HostWorld) -> None:
        """Put described hosts into the world as they would be now, running; replace equal names."""
        for host in hosts:
            settle(host, self._now())
            self._files.replace(host.name, dumps(host))

    def executor(self, host: str) -> SimulatedHost:
        """Return the executor of *host*. Raises BadConfiguration (SIMULATOR) if there is none."""
        self._files.look(host, self._now())
        return SimulatedHost(host, self._files, self._clock)

    def prober(self) -> SimulatedProber:
        """Return the prober of this world."""
        return SimulatedProber(self._files, self._clock)

    def world(self, host: str) -> HostWorld:
        """Return a copy of *host* as it is now, with all that no executor would tell."""
        return loads(dumps(self._files.look(host, self._now())))

    @contextmanager
    def edit(self, host: str) -> Iterator[HostWorld]:
        """Give *host* as it is now, to be changed by a test; written when the block ends."""
        with self._files.edit(host, self._now()) as world:
            yield world

    def inject(
        self,
        host: str,
        fault: str,
        *,
        guest: str = "",
        verb: str = "",
        times: int = 1,
        **params: object,
    ) -> None:
        """Let *fault* (a name in FAULTS) strike the next *times* operations of its verbs, or now.

        *verb* strikes another verb than the fault's own; *times* 0 strikes always. The parameter
        `after`, in seconds, lets what guests and intruders do happen by itself at that time.

        Raises:
            BadRequest: SIMULATOR: no such fault, guest or verb; nothing was injected.
        """
        injection = Injection(fault=fault, guest=guest, verb=verb, times=times, params=params)
        with self.edit(host) as world:
            injecting.inject(world, injection, self._now())

    def hand(self, host: str, action: str, guest: str, argument: str = "") -> None:
        """Do on *host* what root would do behind the bot's back; see `hand.ACTIONS`."""
        with self.edit(host) as world:
            hand.act(world, action, guest, argument, self._now())

    def violations(self) -> tuple[Violation, ...]:
        """Return every violation that has happened, oldest first."""
        return violations_of(self._files.look(host, self._now()) for host in self.hosts())

    def mark(self, label: str) -> None:
        """Keep a copy of the world as it is now, if this simulator keeps copies."""
        if self._copies:
            self._copies.keep(label, self._now())

    def restore_copy(self, label: str) -> None:
        """Make the world what it was at `mark`, its clock included.

        Raises:
            BadRequest: SIMULATOR: there is no such copy; nothing was changed.
        """
        if self._copies:
            instant = self._copies.put_back(label)
            if isinstance(self._clock, VirtualClock | WorldClock):
                self._clock.set(datetime_of(instant))

    def _now(self) -> int:
        return instant_of(self._clock.now())


def violations(folder: Path, clock: Clock | None = None) -> tuple[Violation, ...]:
    """Return every violation of the world in *folder*; without *clock* its own is read."""
    return Simulator(folder, clock or WorldClock(folder)).violations()
