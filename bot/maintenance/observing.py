"""One look at a host for a run: outcomes of what is in flight, then the guests, then the host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.ports import Output
from bot.rules.errors import Code, ContactLost, TryAgain
from bot.rules.operation import Fault, Refused, Verb
from bot.rules.run.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.ports import Clock, HostExecutor
    from bot.rules.hold import Hold
    from bot.rules.operation import Operation, Outcome
    from bot.rules.run.terms import Run


class Observer:
    """Looks at one host, and remembers since when it has been silent."""

    def __init__(self, executor: HostExecutor, clock: Clock) -> None:
        """Look through *executor*; *clock* is the world's."""
        self._executor = executor
        self._clock = clock
        self._silent_since: datetime | None = None

    async def look(self, run: Run, token: int, holds: tuple[Hold, ...]) -> Sight:
        """Return what is seen now. A host that does not answer is a sight too, not an error.

        Outcomes are read before guests, so that a guest is at least as far as its operation.

        Raises:
            TryAgain: the host has seen a higher token (LEASE_LOST); another process acts.
        """
        try:
            outcomes = await self._outcomes(run.host, flights(run), token)
            printed = await self._printed(run)
            guests = await self._executor.guests()
            facts = await self._executor.facts()
        except ContactLost as lost:
            return self._silence(holds, lost)
        self._silent_since = None
        return Sight(
            now=self._clock.now(),
            facts=facts,
            guests={guest.name: guest for guest in guests},
            outcomes=outcomes,
            printed=printed.lines,
            printed_to=printed.end,
            holds=holds,
        )

    async def _printed(self, run: Run) -> Output:
        """Return what the host work has printed since; read behind its outcome, to its end."""
        flight = run.work.flight
        if flight is None or flight.id.verb is not Verb.WORK:
            return Output()
        return await self._executor.output(flight.id, run.work.printed)

    def _silence(self, holds: tuple[Hold, ...], lost: ContactLost) -> Sight:
        now = self._clock.now()
        self._silent_since = self._silent_since or now
        silent_for = (now - self._silent_since).total_seconds()
        problem, detail = (str(lost.fields.get(key, "")) for key in ("problem", "detail"))
        return Sight(now=now, holds=holds, problem=problem, detail=detail, silent_for=silent_for)

    async def _outcomes(
        self, host: str, asked: Iterable[Operation], token: int
    ) -> dict[str, Outcome]:
        operations = list(asked)
        answers = await asyncio.gather(
            *(self._executor.outcome(operation.id, token) for operation in operations)
        )
        if any(isinstance(a, Refused) and a.error == Fault.OLD_TOKEN for a in answers):
            raise TryAgain(Code.LEASE_LOST, host=host, owner="")
        return {str(o.id): answer for o, answer in zip(operations, answers, strict=True)}


def flights(run: Run) -> tuple[Operation, ...]:
    """Return the operations whose outcome the journal does not say."""
    of_guests = (step.flight for step in run.steps.values())
    return tuple(flight for flight in (run.work.flight, *of_guests) if flight is not None)
