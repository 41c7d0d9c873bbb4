"""The line between the bot and a host: it can be cut, deliver late, and die with the bot."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.rules.errors import Code, ContactLost, MaintError

if TYPE_CHECKING:
    from bot.ports import HostExecutor, Output
    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.operation import Operation, OperationId, Outcome


class Killed(Exception):
    """The bot was killed in the middle of a turn."""


class Wire:
    """An executor whose packets can be lost, kept, and delivered when nobody expects them."""

    def __init__(self, inner: HostExecutor) -> None:
        """Lead to *inner*."""
        self.inner = inner
        self.keeps = 0  # so many packets more are kept back, and their sender is told nothing
        self.late: list[tuple[Operation, int]] = []
        self.kills_at: int | None = None  # the bot dies at its so-many-th packet from now
        self.arrives = False  # and whether that packet still arrives

    async def facts(self) -> HostFacts:
        """Pass on."""
        return await self.inner.facts()

    async def guests(self) -> tuple[GuestFacts, ...]:
        """Pass on."""
        return await self.inner.guests()

    async def console(self, guest: str, after: int) -> Output:
        """Pass on."""
        return await self.inner.console(guest, after)

    async def output(self, operation: OperationId, after: int) -> Output:
        """Pass on."""
        return await self.inner.output(operation, after)

    async def outcome(self, operation: OperationId, token: int) -> Outcome:
        """Pass on."""
        return await self.inner.outcome(operation, token)

    async def submit(self, operation: Operation, token: int) -> None:
        """Pass on, or keep, or kill the sender before or after."""
        if self.kills_at is not None:
            self.kills_at -= 1
            if self.kills_at <= 0:
                await self._kill(operation, token)
        if self.keeps:
            self.keeps -= 1
            self.late.append((operation, token))
            raise ContactLost(Code.CONTACT_LOST, host=operation.id.run, problem="kept")
        await self.inner.submit(operation, token)

    async def _kill(self, operation: Operation, token: int) -> None:
        self.kills_at = None
        if self.arrives:
            with suppress(ContactLost):
                await self.inner.submit(operation, token)
        raise Killed

    async def deliver(self) -> None:
        """Let what was kept back arrive now; the host may refuse it."""
        late, self.late = self.late, []
        for operation, token in late:
            with suppress(MaintError):
                await self.inner.submit(operation, token)
