"""The commands for trials: which host a trial is on, and what customers have asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.names import refuse_recorded_guest
from bot.chat.replies import Reply
from bot.maintenance.windows import when
from bot.rules.errors import BadRequest, Code
from bot.rules.window.request import Moved

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.chat.asked import Desk
    from bot.chat.asked_of_mail import Notices
    from bot.chat.grammar import Command
    from bot.chat.trial_views import TrialViews
    from bot.ports import Request

#: The commands that begin a run.
STARTS = frozenset({"start", "trial"})


def placed(desk: Desk, command: Command) -> Command:
    """Return *command* with the host that the guests of its trial are on; others as they are.

    Raises BadRequest: UNKNOWN_GUEST; TRIAL_HOSTS: they are on several.
    """
    if not command.trial:
        return command
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for guest in dict.fromkeys(command.trial):
        refuse_recorded_guest(desk, guest)
        hosts[desk.fleet.guests[guest].host].append(guest)
    if len(hosts) > 1:
        commands = tuple(f"trial {','.join(guests)}" for guests in hosts.values())
        raise BadRequest(Code.TRIAL_HOSTS, hosts=tuple(hosts), commands=commands)
    ((host, guests),) = hosts.items()
    return replace(command, host=host, trial=tuple(guests))


class Trying:
    """Lists trials, and records what customers ask for. Raises MaintError."""

    def __init__(self, desk: Desk, views: TrialViews, notices: Notices, zone: str) -> None:
        """Act by *desk*, tell customers by *notices*, speak by *views*; times are of *zone*."""
        self._desk, self._notices, self._zone = desk, notices, zone
        self._views = views
        self.looks: Mapping[str, Callable[[Command], Awaitable[Reply]]] = {
            "trial list": self._list,
        }
        self.changes: Mapping[str, Callable[[Command, Request], Awaitable[Reply]]] = {
            "trial request": self._request,
            "trial schedule": self._schedule,
            "trial withdraw": self._withdraw,
        }

    async def _list(self, _: Command) -> Reply:
        trials = self._desk.trials
        wished, tried = await trials.standing(), await trials.outcomes()
        return Reply(messages=(self._views.trials(wished, tried),))

    async def _request(self, command: Command, request: Request) -> Reply:
        wish = await self._desk.trials.ask(command.guest, command.reason, request.actor)
        await self._notices.confirm_trial(wish)
        return Reply(messages=(self._views.asked_for(wish, self._host(wish.guest)),))

    async def _schedule(self, command: Command, request: Request) -> Reply:
        asked = command.wanted
        assert isinstance(asked, Moved)  # noqa: S101 - its slot reads no other
        at = when.instant(asked.start, self._desk.clock.now(), self._zone)
        wish = await self._desk.trials.schedule(command.guest, at, request.actor)
        return Reply(messages=(self._views.agreed(wish, self._zone),))

    async def _withdraw(self, command: Command, request: Request) -> Reply:
        wish = await self._desk.trials.withdraw(command.guest, request.actor)
        await self._notices.confirm_trial(wish)
        return Reply(messages=(self._views.withdrawn(wish.guest),))

    def _host(self, guest: str) -> str:
        return self._desk.fleet.guests[guest].host
