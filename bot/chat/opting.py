"""The commands for opt-ins: who is in, who said so when, and setting everyone back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.mistakes import nearest
from bot.chat.replies import Reply
from bot.rules.errors import BadRequest, Code
from bot.rules.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.asked_of_mail import Notices
    from bot.chat.grammar import Command
    from bot.chat.optin_views import OptInViews
    from bot.ports import Message, Request


class Opting:
    """Looks at opt-ins and states them. Raises MaintError or NotificationError."""

    def __init__(self, desk: Desk, notices: Notices, views: OptInViews) -> None:
        """Act by *notices*, know guests by *desk*, speak by *views*."""
        self._desk = desk
        self._notices = notices
        self._views = views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {
            "optin list": self._list,
            "optin show": self._show,
        }
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "optin set": self._set,
            "optin link": self._link,
            "optin reset": self._reset,
        }

    async def question(self) -> Message:
        """Return what is asked before everyone is set back."""
        known = await self._notices.optins()
        return self._views.ask_reset(sum(view.wanted for view in known))

    async def _list(self, command: Command) -> Reply:
        known = await self._notices.optins()
        there = [view for view in known if command.host in {"", view.host}]
        return _said(self._views.optins(there, command.host))

    async def _show(self, command: Command) -> Reply:
        said = await self._notices.history(command.guest)
        if not said and command.guest not in self._desk.fleet.guests:
            meant = nearest(command.guest, self._desk.fleet.guests)
            raise BadRequest(Code.UNKNOWN_GUEST, guest=command.guest, host="", nearest=meant)
        return _said(self._views.history(command.guest, said))

    async def _set(self, command: Command, request: Request) -> Reply:
        wanted = command.choice == "on"
        said = await self._notices.state(command.guest, wanted, command.kernel, request.actor)
        return _said(self._views.stated(said, held=wanted and await self._held(command.guest)))

    async def _held(self, guest: str) -> bool:
        """Say whether a hold stands on *guest*; one on its kernel family the next plan shows."""
        host = self._desk.fleet.guests[guest].host
        over = {(Scope.GLOBAL, ""), (Scope.HOST, host), (Scope.GUEST, guest)}
        return any((hold.scope, hold.value) in over for hold in await self._desk.store.holds())

    async def _link(self, command: Command, _: Request) -> Reply:
        return _said(self._views.link(command.guest, await self._notices.link(command.guest)))

    async def _reset(self, _: Command, request: Request) -> Reply:
        return _said(self._views.reset(await self._notices.reset(request.actor, request.key)))


def _said(message: Message) -> Reply:
    return Reply(messages=(message,))
