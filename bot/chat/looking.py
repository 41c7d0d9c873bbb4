"""The commands that only look."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.chat.commands import called
from bot.chat.replies import Reply
from bot.rules.errors import BadRequest, Code
from bot.rules.hold import Scope, concerning
from bot.rules.plan.terms import PlanOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from bot.chat.asked import Desk
    from bot.chat.asked_of_windows import Windows
    from bot.chat.grammar import Command, Spec
    from bot.chat.views import Views
    from bot.ports import Message

    Look = Callable[[Command], Awaitable[Reply]]


def options_of(command: Command) -> PlanOptions:
    """Return how the run of *command* is to be planned."""
    how = {"no_suspend": command.no_suspend, "guard": command.guard}
    return PlanOptions(trial=command.trial, **how)


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
            "audit": self._audit,
        }

    async def answer(self, command: Command) -> Reply:
        """Answer *command*. Raises MaintError."""
        if command.verb == "plan":
            return await self._plan(command)
        return Reply(messages=(await self._answers[command.verb](command),))

    def with_holds(self, looks: Mapping[str, Look], windows: Windows) -> Mapping[str, Look]:
        """Return *looks* at *windows*, each with the holds below that concern what it shows."""

        async def look(shows: Look, command: Command) -> Reply:
            reply = await shows(command)
            if reply.document or not reply.messages:
                return reply
            *before, last = reply.messages
            hosts = await self._shown(command, windows)
            below = await self._with_holds_of(last, hosts)
            return replace(reply, messages=(*before, below))

        held = {verb: partial(look, looks[verb]) for verb in ("windows", "window")}
        return {**looks, **held}

    async def _shown(self, command: Command, windows: Windows) -> Collection[str]:
        """Return the hosts of a window, or of all."""
        if not command.window:
            return self._desk.fleet.hosts.keys()
        return (await windows.desk.store.window(command.window)).hosts

    async def _with_holds_of(self, message: Message, hosts: Collection[str]) -> Message:
        """Add the holds over *hosts*, their guests, and any kernel family."""
        holds = await self._desk.store.holds()
        names = {guest.name for host in hosts for guest in self._desk.fleet.on(host)}
        families = {hold.value for hold in holds if hold.scope is Scope.KERNEL}
        over = concerning(holds, hosts, names, families)
        return self._views.holds.below(message, over)

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
        shown = self._views.hosts(await self._desk.hosts())
        return self._views.holds.below(shown, await self._desk.store.holds())

    async def _guests(self, command: Command) -> Message:
        host, guests = command.host, await self._desk.guests(command.host)
        shown = self._views.guests(host, guests)
        families = {view.step.family for view in guests if view.step}
        return await self._with_holds(shown, host, families)

    async def _with_holds(
        self, message: Message, host: str, families: Collection[str] = ()
    ) -> Message:
        """Add the holds over *host*, its guests and the kernel *families* on it."""
        names = {guest.name for guest in self._desk.fleet.on(host)}
        holds = await self._desk.store.holds()
        return self._views.holds.below(message, concerning(holds, {host}, names, families))

    async def _status(self, command: Command) -> Message:
        if command.host:
            view = await self._desk.run(command.host)
            moving = view is not None and view.record.rest == "" and not view.record.ended
            orphan = moving and not await self._desk.store.holder(command.host)
            shown = self._views.status(command.host, view, orphan=orphan)
            plan = view.run.plan if view and not view.record.ended else None
            families = {step.family for step in plan.steps} if plan else set()
            shown = await self._with_holds(shown, command.host, families)
            return await self._with_proposal(command.host, shown)
        heads = await self._desk.store.runs(open_only=True)
        runs = [await self._desk.run(head.host) for head in heads]
        shown = self._views.runs([run for run in runs if run])
        return self._views.holds.below(shown, await self._desk.store.holds())

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

    async def _audit(self, command: Command) -> Message:
        return self._views.audit(await self._desk.store.audits(command.host))
