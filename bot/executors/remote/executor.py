"""The port HostExecutor, kept by a host that is reached over SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.executors.remote import data
from bot.executors.remote.problems import Failed, Lost, Problem
from bot.executors.remote.sessions import Sessions
from bot.executors.remote.way import Patience
from bot.rules.errors import Code, ContactLost, TryAgain
from bot.rules.operation import Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.executors.remote.data import Finding
    from bot.executors.remote.way import Way
    from bot.ports import Output
    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.operation import Operation, OperationId, Outcome

T = TypeVar("T")

#: What the helper's answers mean; any other is a defect of it, or of what it stands on.
_FAILURES = {
    "tool_missing": Problem.TOOL_MISSING,
    "timed_out": Problem.TOOL_TIMED_OUT,
    "tool_failed": Problem.TOOL_FAILED,
    "released": Problem.RELEASED,
}


class RemoteHost:
    """One host. See `bot.ports.HostExecutor` for what it promises.

    It connects when it is first asked something, and belongs to the event loop it is asked in.
    """

    def __init__(self, way: Way, expected_version: str, patience: Patience | None = None) -> None:
        """Go by *way* to a helper that must be of *expected_version*."""
        # Half a second, which a simulated world need not wait for.
        from bot.executors.remote.connection import Connection  # noqa: PLC0415 - as said

        self.name = way.host
        patience = patience or Patience()
        self._connection = Connection(way, patience.connect)
        self._sessions = Sessions(self._connection, self.name, expected_version, patience)

    async def facts(self) -> HostFacts:
        """Describe the host."""
        return await self._ask("facts", data.host_facts)

    async def guests(self) -> tuple[GuestFacts, ...]:
        """Describe every guest it knows, running or not, in order of name."""
        return await self._ask("guests", data.guest_facts)

    async def console(self, guest: str, after: int) -> Output:
        """Return the console lines of *guest* that are newer than the mark *after*."""
        return await self._ask("console", data.output, guest=guest, after=after)

    async def output(self, operation: OperationId, after: int) -> Output:
        """Return what the tool behind *operation* printed after the mark *after*."""
        return await self._ask("output", data.output, operation=str(operation), after=after)

    async def submit(self, operation: Operation, token: int) -> None:
        """Start *operation* and return; submitting the same id again starts nothing."""
        asked = data.request(operation)
        await self._ask("submit", lambda _: None, operation=asked, token=token)

    async def outcome(self, operation: OperationId, token: int) -> Outcome:
        """Say what became of *operation*. NeverSeen is final for every lower token."""
        try:
            return await self._ask("outcome", data.outcome, operation=str(operation), token=token)
        except TryAgain as refused:
            if refused.code is Code.LEASE_LOST:
                return Refused(error=Fault.OLD_TOKEN)
            raise

    async def check(self) -> tuple[Finding, ...]:
        """Say of each thing that the host must have whether it is there."""
        return await self._ask("check", data.findings)

    async def close(self) -> None:
        """End the connection; asked again, it connects again."""
        await self._connection.close()

    async def _ask(self, ask: str, read: Callable[[object], T], **fields: object) -> T:
        """Ask the helper, and *read* its answer.

        Raises:
            ContactLost: there is no answer, or none that can be used.
            TryAgain: LEASE_LOST, the host has seen a higher token.
        """
        try:
            return read(await self._sessions.ask(ask, fields))
        except Lost as lost:
            raise self._contact_lost(lost.problem, lost.detail) from lost
        except Failed as failed:
            if failed.code == Fault.OLD_TOKEN:
                raise TryAgain(Code.LEASE_LOST, host=self.name, owner="") from failed
            problem = _FAILURES.get(failed.code, Problem.HELPER_FAILED)
            raise self._contact_lost(problem, failed.detail or failed.code) from failed

    def _contact_lost(self, problem: Problem, detail: str) -> ContactLost:
        return ContactLost(Code.CONTACT_LOST, host=self.name, problem=problem.value, detail=detail)
