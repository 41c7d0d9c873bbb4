"""Starting a run: the plan first, then its questions, then the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.confirming import not_confirmed
from bot.chat.inside import inside
from bot.chat.looking import options_of
from bot.chat.outside import outside
from bot.chat.replies import PendingStart, Reply, Wants
from bot.maintenance.telling import start_deed
from bot.rules.errors import Code, Precondition
from bot.rules.names import reason

if TYPE_CHECKING:
    from bot.chat.approving import Approving
    from bot.chat.asked import Desk
    from bot.chat.asked_of_mail import Notices
    from bot.chat.asked_of_windows import Windows
    from bot.chat.grammar import Command
    from bot.chat.inside import Inside
    from bot.chat.outside import Outside
    from bot.chat.views import Views
    from bot.ports import Message, Request
    from bot.rules.plan.terms import Plan


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a start needs before it goes: `confirm` is "name", "yes" or "none"."""

    confirm: str = "name"
    reason: bool = True
    second_person: bool = False
    approve_minutes: float = 15.0  # that it waits for the second person
    alone: bool = False  # it may say why it does without


@dataclass(frozen=True)
class Surroundings:
    """What a start stands in: what customers were told, and the windows."""

    notices: Notices
    windows: Windows


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A start to which nothing is missing; `shown` goes before what comes of it."""

    command: Command
    text: str
    plan: Plan
    shown: tuple[Message, ...] = ()


class Starting:
    """Leads a person from `start HOST` to the run."""

    def __init__(
        self,
        desk: Desk,
        views: Views,
        asking: Asking,
        approving: Approving,
        surroundings: Surroundings,
    ) -> None:
        """Start by *desk*, speak by *views*, and ask as *asking* says.

        *approving* leads to the second person; *surroundings* say whether it is in a window.
        """
        self._desk = desk
        self._approving = approving
        self._around = surroundings
        self._views = views
        self._asking = asking

    async def begin(self, command: Command, text: str) -> Reply | Ready:
        """Show the plan and ask what is missing. Raises MaintError; nothing is started here."""
        if command.confirm not in {"", command.host}:
            raise not_confirmed(command)
        command = self._alone(command)
        options, asking = options_of(command), self._asking
        plan = await self._desk.plan(command.host, options)
        # A trial is agreed with its customer alone: windows and their notices do not concern it.
        within = None if command.trial else await inside(self._around.windows, plan)
        command = _with_reason(command, within)
        announced = asking.reason and not command.trial
        known = await self._outside(command.host) if announced and within is None else None
        starting = not command.dry_run
        shown = (self._views.plan(plan, options, starting=starting, outside=known, inside=within),)
        if plan.problems or command.dry_run:
            return Reply(messages=shown, exit_status=1 if plan.problems else 0)
        if command.plan and command.plan != plan.hash:
            changed = self._views.error(_changed(command, plan))
            return Reply(messages=(*shown, changed), exit_status=1)
        return self._next(Ready(command=command, text=text, plan=plan, shown=shown), known)

    async def _outside(self, host: str) -> Outside:
        return await outside(self._around.notices, host)

    def go_on(self, pending: PendingStart, line: str) -> Reply | Ready:
        """Take *line* as the answer. Raises BadRequest(NOT_CONFIRMED or BAD_NAME)."""
        command = _answered(pending, line)
        return self._next(Ready(command=command, text=pending.text, plan=pending.plan))

    async def start(self, ready: Ready, request: Request) -> Reply:
        """Start the run, or propose it where a second person is needed.

        If its plan has changed meanwhile, show the difference and ask again.
        """
        command, host, asking = ready.command, ready.command.host, self._asking
        try:
            if asking.second_person and not command.alone:
                return await self._approving.propose(ready, request, asking.approve_minutes)
            await self._desk.start(
                host,
                options_of(command),
                actor=request.actor,
                key=request.key,
                plan_hash=ready.plan.hash,
                reason=command.reason,
                alone=bool(command.alone),
            )
        except Precondition as error:
            if error.code is not Code.PLAN_CHANGED:
                raise
            return await self._ask_again(ready)
        return Reply(messages=ready.shown, follow=host)

    async def _ask_again(self, ready: Ready) -> Reply:
        command, options = ready.command, options_of(ready.command)
        plan = await self._desk.plan(command.host, options)
        wants = Wants.NAME if self._asking.confirm == Wants.NAME else Wants.YES
        difference = self._views.difference(ready.plan, plan, options)
        asked = replace(ready, plan=plan, shown=(*ready.shown, difference))
        return replace(self._ask(asked, wants), result=Code.PLAN_CHANGED.value)

    def _alone(self, command: Command) -> Command:
        """Take why *command* goes alone as its reason. Raises Precondition(NOT_ALONE)."""
        if not command.alone:
            return command
        if not self._asking.alone:
            together = start_deed(command.host, options_of(command)).command
            known = {"second": self._asking.second_person, "command": together}
            raise Precondition(Code.NOT_ALONE, host=command.host, **known)
        return replace(command, reason=command.reason or command.alone)

    def _next(self, ready: Ready, known: Outside | None = None) -> Reply | Ready:
        """Ask for what is still missing, the reason before the confirmation."""
        command, asking = ready.command, self._asking
        if asking.reason and not (command.reason or command.trial):
            return self._ask(ready, Wants.REASON, known)
        if command.confirm or asking.confirm == "none":
            return ready
        return self._ask(ready, Wants(asking.confirm))

    def _ask(self, ready: Ready, wants: Wants, known: Outside | None = None) -> Reply:
        confirm = ready.command.confirm if wants is Wants.REASON else ""
        command = replace(ready.command, confirm=confirm)
        question = self._views.question(ready.plan, wants, known)
        pending = PendingStart(command=command, text=ready.text, wants=wants, plan=ready.plan)
        return Reply(messages=(*ready.shown, question), pending=pending)


def _answered(pending: PendingStart, line: str) -> Command:
    command, answer = pending.command, line.strip()
    if not answer or answer.startswith(("/maint", "maint ")):
        raise not_confirmed(command)
    if pending.wants is Wants.REASON:
        return replace(command, reason=reason(answer))
    wanted = command.host if pending.wants is Wants.NAME else Wants.YES.value
    if answer != wanted:
        raise not_confirmed(command)
    return replace(command, confirm=command.host)


def _with_reason(command: Command, within: Inside | None) -> Command:
    """Return *command* with the reason of the window it is in, unless it has its own."""
    if within is None or command.reason:
        return command
    return replace(command, reason=within.reason)


def _changed(command: Command, plan: Plan) -> Precondition:
    again = start_deed(plan.host, options_of(command), plan.hash).command
    known = {"then": command.plan, "now": plan.hash, "command": again}
    return Precondition(Code.PLAN_CHANGED, host=plan.host, **known)
