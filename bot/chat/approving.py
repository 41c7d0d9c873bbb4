"""The second person: a start is proposed by one, and approved or refused by another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.looking import options_of
from bot.chat.replies import Reply
from bot.maintenance.telling import card_of, start_deed, start_of
from bot.ports import Proposal
from bot.rules.errors import BadRequest, Code, Precondition
from bot.settings.people import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.grammar import Command
    from bot.chat.starting import Ready
    from bot.chat.views import Views
    from bot.ports import Message, Request

    Rights = Callable[[str], Awaitable[frozenset[Right]]]

WAITS = 3  # exit status: it waits for a person


class Approving:
    """Keeps a start until it is decided. It begins once at most, whoever approves it."""

    def __init__(self, desk: Desk, views: Views, rights: Rights) -> None:
        """Decide by *desk*, speak by *views*; *rights* say what a person may do at that moment."""
        self._desk = desk
        self._views = views
        self._rights = rights
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "approve": self._approve,
            "refuse": self._refuse,
        }

    async def propose(self, ready: Ready, request: Request, minutes: float) -> Reply:
        """Let a complete start wait for a second person. Raises as `Desk.start`."""
        command, now, views = ready.command, self._desk.clock.now(), self._views.proposals
        proposal = Proposal(
            key=request.key,
            host=command.host,
            actor=request.actor,
            text=ready.text,
            reason=command.reason,
            options=options_of(command),
            plan=ready.plan,
            at=now,
            until=now + timedelta(minutes=minutes),
        )
        told = views.proposed(proposal, await self._desk.propose(proposal))
        told = told.settling(start_of(command.host)).settling(card_of(command.host))
        messages = (*ready.shown, told)
        return Reply(messages=messages, proposed=command.host, exit_status=WAITS, result="proposed")

    async def takes_back(self, command: Command, actor: str) -> bool:
        """Say whether *actor* refuses what they proposed, which needs no role any more."""
        if command.verb != "refuse":
            return False
        proposal = await self._desk.store.proposal(command.host)
        return proposal is not None and proposal.actor == actor

    async def _approve(self, command: Command, request: Request) -> Reply:
        proposal = await self._waiting(command)
        if proposal.actor == request.actor:
            raise BadRequest(Code.OWN_PROPOSAL, host=proposal.host, actor=proposal.actor)
        if over := await self._over(proposal):
            return await self._closed(proposal, over.code, self._views.error(over))
        try:
            await self._desk.approve(proposal, request.actor)
        except Precondition as error:
            if error.code is not Code.PLAN_CHANGED:
                raise
            return await self._changed(proposal)
        approved = self._views.proposals.approved(proposal, request.actor)
        return Reply(messages=(approved,), follow=proposal.host)

    async def _refuse(self, command: Command, request: Request) -> Reply:
        proposal = await self._waiting(command)
        if not await self._desk.store.dismiss(proposal.host, proposal.key):
            raise BadRequest(Code.NO_PROPOSAL, host=proposal.host)
        return Reply(messages=(self._views.proposals.refused(proposal, request.actor),))

    async def _waiting(self, command: Command) -> Proposal:
        """Return what is proposed. Raises BadRequest: NO_PROPOSAL, OTHER_PROPOSAL."""
        proposal = await self._desk.store.proposal(command.host)
        if proposal is None:
            raise BadRequest(Code.NO_PROPOSAL, host=command.host)
        if command.plan not in {"", proposal.plan.hash}:
            seen = {"then": command.plan, "now": proposal.plan.hash, "actor": proposal.actor}
            raise BadRequest(Code.OTHER_PROPOSAL, host=proposal.host, **seen)
        return proposal

    async def _over(self, proposal: Proposal) -> Precondition | None:
        """Return why *proposal* can be approved no more: its time, or its proposer's right."""
        host, actor = proposal.host, proposal.actor
        known = {"host": host, "actor": actor, "command": _again(proposal)}
        if self._desk.clock.now() >= proposal.until:
            return Precondition(Code.PROPOSAL_EXPIRED, until=proposal.until, **known)
        if Right.OPERATE not in await self._rights(actor):
            return Precondition(Code.PROPOSER_GONE, role=Right.OPERATE.value, **known)
        return None

    async def _changed(self, proposal: Proposal) -> Reply:
        """Show what would be done otherwise than was proposed: that nobody has approved."""
        plan = await self._desk.plan(proposal.host, proposal.options)
        difference = self._views.difference(proposal.plan, plan, proposal.options)
        return await self._closed(proposal, Code.PLAN_CHANGED, difference)

    async def _closed(self, proposal: Proposal, code: Code, why: Message) -> Reply:
        await self._desk.store.dismiss(proposal.host, proposal.key)
        outcome = why.settling(start_of(proposal.host))
        return Reply(messages=(outcome,), exit_status=1, result=code.value)


def _again(proposal: Proposal) -> str:
    return start_deed(proposal.host, proposal.options).command
