"""The port HostExecutor, kept by a simulated host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.executors.simulator import asking, observe
from bot.executors.simulator.instants import instant_of
from bot.ports import Output
from bot.rules.errors import Code, ContactLost
from bot.rules.operation import Fault, Refused

if TYPE_CHECKING:
    from bot.executors.simulator.file import HostFiles
    from bot.executors.simulator.world import HostWorld
    from bot.ports import Clock
    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.operation import Operation, OperationId, Outcome


class SimulatedHost:
    """One host of a simulated world. See `bot.ports.HostExecutor` for what it promises."""

    def __init__(self, name: str, files: HostFiles, clock: Clock) -> None:
        """Act on the host *name*."""
        self.name = name
        self._files = files
        self._clock = clock

    async def facts(self) -> HostFacts:
        """Describe the host."""
        world, _ = await self._look()
        return observe.host_facts(world)

    async def guests(self) -> tuple[GuestFacts, ...]:
        """Describe every guest it knows, running or not, in order of name."""
        world, now = await self._look()
        return tuple(observe.guest_facts(world.guests[name], now) for name in sorted(world.guests))

    async def console(self, guest: str, after: int) -> Output:
        """Return the console lines of *guest* that are newer than the mark *after*."""
        world, _ = await self._look()
        return observe.console(world.guests.get(guest), after)

    async def output(self, operation: OperationId, after: int) -> Output:
        """Return what the tool behind *operation* printed after the mark *after*."""
        world, now = await self._look()
        lines = asking.printed(world, operation, now)
        return Output(lines=tuple(lines[after:]), end=max(after, len(lines)))

    async def submit(self, operation: Operation, token: int) -> None:
        """Start *operation* and return; submitting the same id again starts nothing."""
        await self._look()
        now = self._now()
        with self._files.edit(self.name, now) as world:
            self._must_answer(world, now)
            lost = asking.submit(world, operation, token, now)
        if lost:
            raise self._contact_lost(f"lost_{lost}")

    async def outcome(self, operation: OperationId, token: int) -> Outcome:
        """Say what became of *operation*. NeverSeen is final for every lower token."""
        world, now = await self._look()
        if token < world.token:
            return Refused(error=Fault.OLD_TOKEN)
        if token > world.token:
            with self._files.edit(self.name, now) as world:
                self._must_answer(world, now)
                world.token = max(world.token, token)
        return asking.outcome(world, operation, now)

    async def _look(self) -> tuple[HostWorld, int]:
        async with self._files.line:  # many hosts are looked at in one process
            await asyncio.sleep(0)
            now = self._now()
            world = self._files.look(self.name, now)
        self._must_answer(world, now)
        return world, now

    def _now(self) -> int:
        return instant_of(self._clock.now())

    def _must_answer(self, world: HostWorld, now: int) -> None:
        if world.down_until is not None or now < world.silent_until:
            raise self._contact_lost("no_answer")

    def _contact_lost(self, problem: str) -> ContactLost:
        return ContactLost(Code.CONTACT_LOST, host=self.name, problem=problem)
