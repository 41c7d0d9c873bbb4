"""Lifting holds: at once, but the one that is everywhere only after the evidence was shown.

Where a second person is configured, lifting that one is only proposed, and another person approves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat import lifts
from bot.chat.confirming import lifts_all
from bot.chat.replies import Pending, Reply, Wants
from bot.maintenance.telling import lift_of
from bot.ports import LiftProposal
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.hold import Scope
from bot.settings.people import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.grammar import Command
    from bot.chat.lifts import Standing
    from bot.chat.starting import Asking
    from bot.chat.views import Views
    from bot.ports import Request

    Rights = Callable[[str], Awaitable[frozenset[Right]]]

WAITS = 3  # exit status: it waits for a person
_EVERYWHERE = (Scope.GLOBAL, "")


class Lifting:
    """Lifts holds, and keeps the lifting of the global one until it is decided."""

    def __init__(self, desk: Desk, views: Views, asking: Asking, rights: Rights) -> None:
        """Lift by *desk*, speak by *views*; *rights* say what a person may do at that moment."""
        self._desk, self._views = desk, views
        self._asking, self._rights = asking, rights
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {"holds": self._holds}
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "unhold": self._unhold,
            "approve unhold": self._approve,
            "refuse unhold": self._refuse,
        }

    async def question(self, command: Command, text: str) -> Reply:
        """Show the evidence and ask. Raises BadRequest(UNKNOWN_HOLD)."""
        known = await self._standing()
        second = self._asking.second_person
        asked = self._views.holds.question(known.holds, known.guests, second=second)
        pending = Pending(
            command=_seeing(command, known.seen),
            text=text,
            wants=Wants.YES,
            yes=f"--confirm --seen {known.seen}",
        )
        return Reply(messages=(self._views.evidence.in_short(known.cells), asked), pending=pending)

    async def takes_back(self, command: Command, actor: str) -> bool:
        """Say whether *actor* refuses what they proposed, which needs no role any more."""
        if command.verb != "refuse unhold":
            return False
        proposal = await self._desk.store.lift_proposal(*_EVERYWHERE)
        return proposal is not None and proposal.actor == actor

    async def _holds(self, _: Command) -> Reply:
        """List what stands, and the lifting that waits for a second person, if one does."""
        listed = self._views.holds.listed(await self._desk.store.holds())
        proposal = await self._desk.store.lift_proposal(*_EVERYWHERE)
        if proposal is None or self._desk.clock.now() >= proposal.until:
            return Reply(messages=(listed,))
        known = await lifts.standing(self._desk)
        waits = self._views.holds.proposed(proposal, known.holds, known.guests)
        return Reply(messages=(replace(waits, text=f"{listed.text}\n{waits.text}"),))

    # ---- without a second person -------------------------------------------------------------

    async def _unhold(self, command: Command, request: Request) -> Reply:
        if lifts_all(command):
            return await self._everywhere(command, request)
        scope, value = command.scope, command.value
        now = self._desk.clock.now()
        if not await self._desk.store.lift(scope, value, request.actor, command.reason, now):
            raise BadRequest(Code.UNKNOWN_HOLD, scope=f"{scope} {value}")
        return Reply(messages=(self._views.holds.lifted(scope, value),))

    async def _everywhere(self, command: Command, request: Request) -> Reply:
        known = await self._standing()
        if command.seen not in {"", known.seen}:
            raise Precondition(Code.LIFT_CHANGED)
        if self._asking.second_person:
            return await self._propose(command, request, known)
        await self._lift(known, request.actor, command.reason)
        return Reply(messages=(self._views.holds.lifted(*_EVERYWHERE),))

    async def _lift(self, known: Standing, actor: str, reason: str) -> None:
        ids, now = [hold.id for hold in known.holds], self._desk.clock.now()
        await self._desk.store.lift(*_EVERYWHERE, actor, reason, now, ids)

    async def _standing(self) -> Standing:
        known = await lifts.standing(self._desk)
        if not known.holds:
            raise BadRequest(Code.UNKNOWN_HOLD, scope=Scope.GLOBAL.value)
        return known

    # ---- with one ----------------------------------------------------------------------------

    async def _propose(self, command: Command, request: Request, known: Standing) -> Reply:
        store, now = self._desk.store, self._desk.clock.now()
        proposal = LiftProposal(
            scope=Scope.GLOBAL,
            value="",
            key=request.key,
            actor=request.actor,
            reason=command.reason,
            at=now,
            until=now + timedelta(minutes=self._asking.approve_minutes),
            seen=known.seen,
        )
        before = await store.lift_proposal(*_EVERYWHERE)
        await store.propose_lift(proposal)
        replaced = before.actor if before and now < before.until else ""
        told = self._views.holds.proposed(proposal, known.holds, known.guests, replaced)
        told = told.settling(lift_of())
        return Reply(messages=(told,), lifts=True, exit_status=WAITS, result="proposed")

    async def _approve(self, command: Command, request: Request) -> Reply:
        proposal = await self._proposal(command)
        if proposal.actor == request.actor:
            raise BadRequest(Code.OWN_LIFT, actor=proposal.actor)
        known = await lifts.standing(self._desk)
        if over := await self._over(proposal, known):
            return await self._closed(proposal, over)
        try:
            await self._lift(known, f"{proposal.actor}, {request.actor}", proposal.reason)
        except Precondition as changed:
            return await self._closed(proposal, changed)
        await self._desk.store.dismiss_lift(proposal)
        shown = self._views.evidence.in_short(known.cells)
        return Reply(messages=(shown, self._views.holds.approved(proposal, request.actor)))

    async def _refuse(self, command: Command, request: Request) -> Reply:
        proposal = await self._proposal(command)
        if not await self._desk.store.dismiss_lift(proposal):
            raise BadRequest(Code.NO_LIFT)
        return Reply(messages=(self._views.holds.refused(proposal, request.actor),))

    async def _proposal(self, command: Command) -> LiftProposal:
        """Return what waits. Raises BadRequest: NO_LIFT, OTHER_LIFT."""
        proposal = await self._desk.store.lift_proposal(*_EVERYWHERE)
        if proposal is None:
            raise BadRequest(Code.NO_LIFT)
        if command.seen not in {"", lifts.mark(proposal)}:
            raise BadRequest(Code.OTHER_LIFT, actor=proposal.actor)
        return proposal

    async def _over(self, proposal: LiftProposal, known: Standing) -> Precondition | None:
        """Return why *proposal* can be approved no more."""
        if self._desk.clock.now() >= proposal.until:
            return Precondition(Code.LIFT_EXPIRED, actor=proposal.actor, until=proposal.until)
        if Right.OPERATE not in await self._rights(proposal.actor):
            return Precondition(Code.LIFTER_GONE, actor=proposal.actor, role=Right.OPERATE.value)
        return None if known.seen == proposal.seen else Precondition(Code.LIFT_CHANGED)

    async def _closed(self, proposal: LiftProposal, why: Precondition) -> Reply:
        await self._desk.store.dismiss_lift(proposal)
        outcome = self._views.error(why).settling(lift_of())
        return Reply(messages=(outcome,), exit_status=1, result=why.code.value)


def _seeing(command: Command, seen: str) -> Command:
    return command if command.seen else replace(command, seen=seen)
