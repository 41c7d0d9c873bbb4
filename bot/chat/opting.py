"""The commands for opt-ins: who is in, who said so when, and setting everyone back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.mistakes import nearest
from bot.chat.replies import Reply
from bot.rules.errors import BadRequest, Code, ContactLost
from bot.rules.hold import Scope, concerning

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.asked_of_mail import Notices
    from bot.chat.grammar import Command
    from bot.chat.hold_views import HoldViews
    from bot.chat.optin_views import OptInViews
    from bot.ports import Message, Request
    from bot.rules.hold import Hold


class Opting:
    """Looks at opt-ins and states them. Raises MaintError or NotificationError."""

    def __init__(
        self, desk: Desk, notices: Notices, views: OptInViews, hold_views: HoldViews
    ) -> None:
        """Act by *notices*, know guests by *desk*, speak by *views* and *hold_views*."""
        self._desk = desk
        self._notices = notices
        self._views, self._hold_views = views, hold_views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {
            "optin list": self._list,
            "optin show": self._show,
        }
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "optin set": self._set,
            "optin link": self._link,
            "optin revoke": self._revoke,
            "optin reset": self._reset,
        }

    async def question(self) -> Message:
        """Return what is asked before everyone is set back."""
        known = await self._notices.optins()
        return self._views.ask_reset(sum(view.wanted for view in known))

    async def _list(self, command: Command) -> Reply:
        known = await self._notices.optins()
        there = [view for view in known if command.host in {"", view.host}]
        return _said(self._views.optins(there, await self._notices.back(), command.host))

    async def _show(self, command: Command) -> Reply:
        said = await self._notices.history(command.guest)
        if not said and command.guest not in self._desk.fleet.guests:
            meant = nearest(command.guest, self._desk.fleet.guests)
            raise BadRequest(Code.UNKNOWN_GUEST, guest=command.guest, host="", nearest=meant)
        shown = self._views.history(command.guest, said)
        return _said(self._hold_views.below(shown, await self._over(command.guest)))

    async def _set(self, command: Command, request: Request) -> Reply:
        wanted = command.choice == "on"
        said = await self._notices.state(command.guest, wanted, command.kernel, request.actor)
        over = await self._over(command.guest) if wanted else ()
        return _said(self._hold_views.below(self._views.stated(said, held=bool(over)), over))

    async def _over(self, guest: str) -> tuple[Hold, ...]:
        """Return the holds over *guest*; of its kernel family too, if its host answers."""
        known = self._desk.fleet.guests.get(guest)
        host = known.host if known else ""
        holds = await self._desk.store.holds()
        families: set[str] = set()
        if host and any(hold.scope is Scope.KERNEL for hold in holds):
            families = await self._families(host, guest)
        return concerning(holds, {host}, {guest}, families)

    async def _families(self, host: str, guest: str) -> set[str]:
        try:
            views = await self._desk.guests(host)
        except ContactLost:
            return set()
        return {view.step.family for view in views if view.step and view.step.guest == guest}

    async def _link(self, command: Command, _: Request) -> Reply:
        return _said(self._views.link(command.guest, await self._notices.link(command.guest)))

    async def _revoke(self, command: Command, _: Request) -> Reply:
        await self._notices.revoke(command.guest)
        return _said(self._views.revoked(command.guest))

    async def _reset(self, _: Command, request: Request) -> Reply:
        return _said(self._views.reset(await self._notices.reset(request.actor, request.key)))


def _said(message: Message) -> Reply:
    return Reply(messages=(message,))
