"""The commands that change something and ask nothing back: wishes for a run, and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.replies import Reply
from bot.ports import Wish
from bot.rules.hold import Hold

if TYPE_CHECKING:
    from bot.chat.asked import Desk
    from bot.chat.grammar import Command
    from bot.chat.views import Views
    from bot.ports import Request


class Changing:
    """Records what a person wants; the run that is concerned obeys within a second."""

    def __init__(self, desk: Desk, views: Views) -> None:
        """Change by *desk*, speak by *views*."""
        self._desk = desk
        self._views = views

    async def change(self, command: Command, request: Request) -> Reply:
        """Carry *command* out. Raises MaintError, and nothing was changed then."""
        if command.verb == "hold":
            return await self._hold(command, request)
        return await self._wish(command, request)

    async def _wish(self, command: Command, request: Request) -> Reply:
        wish = Wish(
            key=request.key,
            host=command.host,
            actor=request.actor,
            verb=command.verb,
            guest=command.guest,
            argument=command.choice or command.reason,
            at=self._desk.clock.now(),
        )
        await self._desk.wish(wish)
        return Reply(messages=(self._views.wished(wish),), follow=command.host)

    async def _hold(self, command: Command, request: Request) -> Reply:
        hold = Hold(
            scope=command.scope,
            value=command.value,
            reason=command.reason,
            opened_by=request.actor,
            opened_at=self._desk.clock.now(),
        )
        return Reply(messages=(self._views.holds.held(await self._desk.store.hold(hold)),))
