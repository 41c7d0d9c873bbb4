"""Whether the hosts and guests of a command exist, and which was meant if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.commands import VERBS
from bot.chat.mistakes import Mistake, bad_usage, nearest
from bot.rules.errors import BadRequest, Code, ContactLost
from bot.rules.hold import Scope

if TYPE_CHECKING:
    from bot.chat.asked import Desk
    from bot.chat.grammar import Command


async def refuse_unknown(desk: Desk, command: Command) -> None:
    """Raise BadRequest if *command* names a host or a guest that is not there."""
    if command.host:
        refuse_host(desk, command.host)
    if command.guest and command.host:
        await _refuse_guest(desk, command.host, command.guest)
    if command.guest and command.verb in {"optin set", "optin link"}:
        refuse_recorded_guest(desk, command.guest)
    if command.scope is Scope.HOST:
        refuse_host(desk, command.value)
    if command.scope is Scope.GUEST:
        refuse_recorded_guest(desk, command.value)
    if command.scope is Scope.KERNEL and command.verb == "hold":
        await _refuse_family(desk, command.value)
    if command.verb in {"hold", "unhold"} and command.scope is Scope.GLOBAL:
        _refuse_name_as_reason(desk, command)


def refuse_host(desk: Desk, host: str) -> None:
    """Raise BadRequest(UNKNOWN_HOST) unless the inventory has *host*."""
    if host in desk.fleet.hosts:
        return
    guest = desk.fleet.guests.get(host)
    meant = guest.host if guest else nearest(host, desk.fleet.hosts)
    raise BadRequest(Code.UNKNOWN_HOST, host=host, nearest=meant)


async def _refuse_guest(desk: Desk, host: str, guest: str) -> None:
    recorded = {g.name for g in desk.fleet.on(host)}
    if guest in recorded:
        return
    known = recorded | {v.facts.name for v in await desk.guests(host) if v.facts}
    if guest not in known:
        raise BadRequest(Code.UNKNOWN_GUEST, guest=guest, host=host, nearest=nearest(guest, known))


def refuse_recorded_guest(desk: Desk, guest: str) -> None:
    """Raise BadRequest(UNKNOWN_GUEST) unless the inventory has *guest*."""
    if guest not in desk.fleet.guests:
        meant = nearest(guest, desk.fleet.guests)
        raise BadRequest(Code.UNKNOWN_GUEST, guest=guest, host="", nearest=meant)


async def _refuse_family(desk: Desk, family: str) -> None:
    """Refuse a family no guest is of: a hold on it would hold nothing.

    While a host is silent nobody can tell, and it is believed.
    """
    try:
        views = [view for host in desk.fleet.hosts for view in await desk.guests(host)]
    except ContactLost:
        return
    known = {view.step.family for view in views if view.step}
    if family not in known:
        raise BadRequest(Code.UNKNOWN_FAMILY, family=family, nearest=nearest(family, known))


def _refuse_name_as_reason(desk: Desk, command: Command) -> None:
    """`unhold hobgoblin` must not lift the hold on everything."""
    for scope, names in ((Scope.HOST, desk.fleet.hosts), (Scope.GUEST, desk.fleet.guests)):
        if command.reason in names:
            meant = f"{command.verb} {scope} {command.reason}"
            raise bad_usage(VERBS[command.verb], Mistake.NOT_A_REASON, command.reason, meant)
