"""The commands that only look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.commands import called
from bot.chat.replies import Reply
from bot.rules.errors import BadRequest, Code
from bot.rules.plan.terms import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.chat.asked import Desk
    from bot.chat.grammar import Command, Spec
    from bot.chat.views import Views
    from bot.ports import Message


def options_of(command: Command) -> PlanOptions:
    """Return how the run of *command* is to be planned."""
    return PlanOptions(no_suspend=command.no_suspend, guard=command.guard)


class Looking:
    """Answers what changes nothing."""

    def __init__(self, desk: Desk, views: Views) -> None:
        """Look at *desk*, speak by *views*."""
        self._desk = desk
        self._views = views
        self._answers: dict[str, Callable[[Command], Awaitable[Message]]] = {
            "hosts": self._hosts,
            "guests": self._guests,
            "status": self._status,
            "log": self._log,
            "holds": self._holds,
            "evidence": self._evidence,
            "audit": self._audit,
        }

    async def answer(self, command: Command) -> Reply:
        """Answer *command*. Raises MaintError."""
        if command.verb == "plan":
            return await self._plan(command)
        return Reply(messages=(await self._answers[command.verb](command),))

    def help(self, command: Command, specs: tuple[Spec, ...]) -> Reply:
        """List *specs*, or explain those of them that *command* asks about."""
        if not command.topic:
            return Reply(messages=(self._views.commands(specs),))
        topics = tuple(spec for spec in called(command.topic) if spec in specs)
        if not topics:
            raise BadRequest(Code.UNKNOWN_VERB, verb=command.topic, nearest="")
        return Reply(messages=(self._views.help(topics),))

    async def _plan(self, command: Command) -> Reply:
        options = options_of(command)
        plan = await self._desk.plan(command.host, options)
        shown = self._views.plan(plan, options)
        return Reply(messages=(shown,), exit_status=1 if plan.problems else 0)

    async def _hosts(self, _: Command) -> Message:
        return self._views.hosts(await self._desk.hosts())

    async def _guests(self, command: Command) -> Message:
        return self._views.guests(command.host, await self._desk.guests(command.host))

    async def _status(self, command: Command) -> Message:
        if command.host:
            view = await self._desk.run(command.host)
            moving = view is not None and view.record.rest == "" and not view.record.ended
            orphan = moving and not await self._desk.store.holder(command.host)
            shown = self._views.status(command.host, view, orphan=orphan)
            return await self._with_proposal(command.host, shown)
        heads = await self._desk.store.runs(open_only=True)
        runs = [await self._desk.run(head.host) for head in heads]
        return self._views.runs([run for run in runs if run])

    async def _with_proposal(self, host: str, status: Message) -> Message:
        """Add the start that waits for a second person, if one does."""
        proposal = await self._desk.store.proposal(host)
        if proposal is None or self._desk.clock.now() >= proposal.until:
            return status
        waits = self._views.proposals.proposed(proposal)
        text, acts = f"{status.text}\n{waits.text}", (*status.acts, *waits.acts)
        return replace(status, text=text, acts=acts)

    async def _log(self, command: Command) -> Message:
        rows = await self._desk.log(command.host)
        if not rows:
            raise BadRequest(Code.NO_RUN, host=command.host, verb="log")
        return self._views.log(command.host, rows, command.guest)

    async def _holds(self, _: Command) -> Message:
        return self._views.holds(await self._desk.store.holds())

    async def _evidence(self, _: Command) -> Message:
        return self._views.evidence(await self._desk.store.evidence())

    async def _audit(self, command: Command) -> Message:
        return self._views.audit(await self._desk.store.audits(command.host))
