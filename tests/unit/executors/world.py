"""One small world and what is done with it: valid by default, a test names what matters to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.executors.simulator import GuestWorld, HostWorld, Simulator, VirtualClock, Work
from bot.rules.operation import Done, Operation, OperationId, Outcome, Running, Verb

if TYPE_CHECKING:
    from pathlib import Path

    from bot.executors.simulator import SimulatedHost
    from bot.rules.fleet import GuestFacts

HOST = "hobgoblin"


def guest(name: str = "vps1", **changes: Any) -> GuestWorld:  # noqa: ANN401 - any field
    """Describe a guest whose memory takes two seconds to move."""
    return GuestWorld(name=name, **changes)


def host(*guests: GuestWorld, **changes: Any) -> HostWorld:  # noqa: ANN401 - any field
    """Describe a host that a single stream saturates."""
    values: dict[str, Any] = {"disk_mib_s": 512.0, "stream_mib_s": 512.0, "verify_mib_s": 256.0}
    values |= {"kernel_next": "5.10.46", "work": {"upgrade": Work(seconds=45, output=["a", "b"])}}
    listed = guests or (guest(),)
    return HostWorld(name=HOST, guests={g.name: g for g in listed}, **(values | changes))


@dataclass
class Bench:
    """A world of one host, and hands that wait until what they began has ended."""

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    token: int = 1

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.folder, self.clock, keep_copies=True)
        self._attempts = 0

    def begin(self, *guests: GuestWorld, **changes: Any) -> Bench:  # noqa: ANN401 - any field
        """Put the host there."""
        self.simulator.add(host(*guests, **changes))
        return self

    @property
    def host(self) -> SimulatedHost:
        return self.simulator.executor(HOST)

    async def submit(self, verb: Verb, guest: str = "vps1", **fields: Any) -> OperationId:  # noqa: ANN401 - any field
        """Submit under a fresh id and return it."""
        self._attempts += 1
        owner = "" if verb in {Verb.WORK, Verb.REBOOT} else guest
        id_ = OperationId(run="r1", guest=owner, verb=verb, attempt=self._attempts)
        await self.host.submit(Operation(id=id_, **fields), self.token)
        return id_

    async def outcome(self, id_: OperationId) -> Outcome:
        return await self.host.outcome(id_, self.token)

    async def do(self, verb: Verb, guest: str = "vps1", **fields: Any) -> Outcome:  # noqa: ANN401 - any field
        """Submit, wait for the operation's end (an hour at most), and return its outcome."""
        id_ = await self.submit(verb, guest, **fields)
        until = self.clock.now() + timedelta(hours=1)
        while isinstance(await self.outcome(id_), Running) and self.clock.now() < until:
            self.clock.advance(0.25)
        return await self.outcome(id_)

    async def save(self, guest: str = "vps1", image: str = "i1") -> None:
        """Save and verify."""
        for verb in (Verb.SAVE, Verb.VERIFY):
            outcome = await self.do(verb, guest, image=image)
            assert isinstance(outcome, Done), outcome
            assert not outcome.error, outcome

    async def restore(self, guest: str = "vps1", image: str = "i1", **fields: Any) -> None:  # noqa: ANN401 - any field
        """Restore, spend, unpause."""
        await self.do(Verb.RESTORE, guest, image=image, **fields)
        await self.do(Verb.SPEND, guest, image=image)
        await self.do(Verb.UNPAUSE, guest)

    async def reboot(self, **fields: Any) -> None:  # noqa: ANN401 - any field
        """Reboot and wait until the host is back."""
        await self.submit(Verb.REBOOT, **fields)
        while self.simulator.world(HOST).down_until is not None:
            self.clock.advance(10)

    async def seen(self, guest: str = "vps1") -> GuestFacts:
        return next(g for g in await self.host.guests() if g.name == guest)

    def violations(self) -> list[str]:
        return [violation.kind for violation in self.simulator.violations()]
