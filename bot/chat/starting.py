"""Starting a run: the plan first, then its questions, then the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.confirming import not_confirmed
from bot.chat.looking import options_of
from bot.chat.replies import PendingStart, Reply, Wants
from bot.rules.errors import Code, Precondition
from bot.rules.names import reason

if TYPE_CHECKING:
    from bot.chat.asked import Desk
    from bot.chat.grammar import Command
    from bot.chat.views import Views
    from bot.ports import Message, Request
    from bot.rules.plan.terms import Plan


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a start needs before it goes: `confirm` is "name", "yes" or "none"."""

    confirm: str = "name"
    reason: bool = True


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A start to which nothing is missing; `shown` goes before what comes of it."""

    command: Command
    text: str
    plan: Plan
    shown: tuple[Message, ...] = ()


class Starting:
    """Leads a person from `start HOST` to the run."""

    def __init__(self, desk: Desk, views: Views, asking: Asking) -> None:
        """Start by *desk*, speak by *views*, and ask as *asking* says."""
        self._desk = desk
        self._views = views
        self._asking = asking

    async def begin(self, command: Command, text: str) -> Reply | Ready:
        """Show the plan and ask what is missing. Raises MaintError; nothing is started here."""
        if command.confirm not in {"", command.host}:
            raise not_confirmed(command)
        plan = await self._desk.plan(command.host, options_of(command))
        shown = (self._views.plan(plan, starting=not command.dry_run),)
        if plan.problems or command.dry_run:
            return Reply(messages=shown, exit_status=1 if plan.problems else 0)
        if command.plan and command.plan != plan.hash:
            changed = self._views.error(_changed(command, plan))
            return Reply(messages=(*shown, changed), exit_status=1)
        return self._next(Ready(command=command, text=text, plan=plan, shown=shown))

    def go_on(self, pending: PendingStart, line: str) -> Reply | Ready:
        """Take *line* as the answer. Raises BadRequest(NOT_CONFIRMED or BAD_NAME)."""
        command = _answered(pending, line)
        return self._next(Ready(command=command, text=pending.text, plan=pending.plan))

    async def start(self, ready: Ready, request: Request) -> Reply:
        """Start the run; if its plan has changed meanwhile, show the difference and ask again."""
        command, host = ready.command, ready.command.host
        try:
            await self._desk.start(
                host,
                options_of(command),
                actor=request.actor,
                key=request.key,
                plan_hash=ready.plan.hash,
                reason=command.reason,
            )
        except Precondition as error:
            if error.code is not Code.PLAN_CHANGED:
                raise
            return await self._ask_again(ready)
        return Reply(messages=ready.shown, follow=host)

    async def _ask_again(self, ready: Ready) -> Reply:
        command = ready.command
        plan = await self._desk.plan(command.host, options_of(command))
        wants = Wants.NAME if self._asking.confirm == Wants.NAME else Wants.YES
        difference = self._views.difference(ready.plan, plan)
        asked = replace(ready, plan=plan, shown=(*ready.shown, difference))
        return replace(self._ask(asked, wants), result=Code.PLAN_CHANGED.value)

    def _next(self, ready: Ready) -> Reply | Ready:
        """Ask for what is still missing, the reason before the confirmation."""
        command, asking = ready.command, self._asking
        if asking.reason and not command.reason:
            return self._ask(ready, Wants.REASON)
        if command.confirm or asking.confirm == "none":
            return ready
        return self._ask(ready, Wants(asking.confirm))

    def _ask(self, ready: Ready, wants: Wants) -> Reply:
        confirm = ready.command.confirm if wants is Wants.REASON else ""
        command = replace(ready.command, confirm=confirm)
        question = self._views.question(ready.plan, wants)
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


def _changed(command: Command, plan: Plan) -> Precondition:
    return Precondition(Code.PLAN_CHANGED, host=command.host, then=command.plan, now=plan.hash)
