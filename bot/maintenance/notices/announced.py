"""Notices of a maintenance that was announced: a reminder, another date, a change, its end.

What they say of the past is taken from what was sent; without that they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices import earlier, places
from bot.maintenance.notices.audiences import called, customers
from bot.maintenance.notices.forms import ValueProblem, bad_value
from bot.maintenance.notices.gathered import Asked, Gathered, Sources
from bot.maintenance.notices.planned import intended
from bot.rules.errors import Code, Precondition
from bot.rules.policy.terms import Action
from notifications import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.maintenance.notices.earlier import Window
    from bot.rules.fleet import Host
    from notifications import Delivery

    Windows = Mapping[Host, Window]
    Told = Mapping[str, Mapping[str, Any]]

_KEPT = ("downtime", "page", "reason")
_NOT_TOLD = frozenset({DeliveryState.REFUSED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED})


async def reminder(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers of the named hosts again, with what has become of the intentions."""
    of = await _announced(asked, sources)
    told, now = await last_told(of, sources), await intended(of, sources)
    items = {guest: {**item, **_was(told, guest, item)} for guest, item in now.items()}
    return _gathered(of, _date(of), items)


async def rescheduled(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers of the named hosts another date."""
    of = await _announced(asked, sources)
    window = _first(of)
    values = {"was_start": window.start, "was_end": window.end, **_taken(window, _KEPT)}
    return _gathered(of, values, await intended(of, sources))


async def changed(asked: Asked, sources: Sources) -> Gathered:
    """Tell those for whose guests something else is intended than they were told.

    Raises Precondition: NOT_ANNOUNCED, NOTHING_CHANGED.
    """
    of = await _announced(asked, sources)
    told, now = await last_told(of, sources), await intended(of, sources)
    items = {guest: {**item, **_was(told, guest, item)} for guest, item in now.items()}
    others = {guest: item for guest, item in items.items() if "was" in item}
    if not others:
        hosts, number = [host.name for host in of], _first(of).letters[0].number
        raise Precondition(Code.NOTHING_CHANGED, kind=asked.kind, hosts=hosts, campaign=number)
    return _gathered(of, _date(of), others)


async def cancelled(asked: Asked, sources: Sources) -> Gathered:
    """Tell everybody who was told of it that it does not take place."""
    of = await _announced(asked, sources)
    window, told = _first(of), await last_told(of, sources)
    values = {"start": window.start, "end": window.end, **_taken(window, ("page",))}
    return _gathered(of, values, {g: _kept(item, "host", "action") for g, item in told.items()})


async def reason(asked: Asked, sources: Sources) -> Gathered:
    """Tell everybody who was told of it why it takes place: that can be said now."""
    of = await _announced(asked, sources)
    told = await last_told(of, sources)
    return _gathered(of, _date(of), {g: _kept(item, "host") for g, item in told.items()})


async def overrun(asked: Asked, sources: Sources) -> Gathered:
    """Tell the customers of the named hosts that it takes longer.

    Not those whose guests were off, and left so. Raises BadRequest(BAD_VALUE).
    """
    of = await _announced(asked, sources)
    window, told = _first(of), await last_told(of, sources)
    following = asked.values.get("next")
    if following and following <= window.end:
        raise bad_value("next", following.isoformat(), ValueProblem.BEFORE_END)
    guests = customers(sources.fleet, [host.name for host in of])
    off = {guest for guest, item in told.items() if item["action"] == Action.UNTOUCHED}
    items: Told = {guest.name: {} for guest in guests if guest.name not in off}
    return _gathered(of, {"end": window.end, **_taken(window, ("page",))}, items)


def _gathered(of: Windows, values: Mapping[str, Any], items: Told) -> Gathered:
    hosts = [called(host) for host in of]
    return Gathered(values={"hosts": hosts, **values}, items=items, occasion=_first(of).occasion)


async def _announced(asked: Asked, sources: Sources) -> Windows:
    """Return the window of each named host; it is the same window.

    Raises Precondition(NOT_ANNOUNCED) for the first host without.
    """
    before = await sources.mail.heads(asked.occasion)
    found: dict[Host, Window] = {}
    start = asked.values.get("was_start" if asked.kind == "maintenance-rescheduled" else "start")
    for host in places.hosts(sources.fleet, asked.about):
        if asked.occasion:
            window = earlier.of(before, called(host), asked.occasion)
        elif asked.kind == "maintenance-overrun":
            window = earlier.during(before, called(host), asked.at)
        else:
            to_come = (w for w in earlier.windows(before, called(host)) if w.end > asked.at)
            window = next((w for w in to_come if start in {None, w.start}), None)
        if window is None:
            raise Precondition(Code.NOT_ANNOUNCED, kind=asked.kind, host=host.name, start=start)
        found[host], start = window, window.start
    return found


def _not_refused(delivery: Delivery) -> bool:
    return delivery.state not in _NOT_TOLD


async def last_told(
    of: Windows, sources: Sources, reached: Callable[[Delivery], bool] = _not_refused
) -> Told:
    """Return by guest what its contact was told last of it, by mails that *reached* them."""
    told: dict[str, Mapping[str, Any]] = {}
    for host, window in of.items():
        for letter in reversed(window.letters):
            for delivery in (await sources.mail.report(letter.number)).deliveries:
                if reached(delivery):
                    here = (item for item in delivery.items if item["host"] == called(host))
                    told |= {str(item["guest"]): item for item in here}
    return told


def _was(told: Told, guest: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the action that was told, if it is another now."""
    before = told.get(guest, item)["action"]
    return {} if before == item["action"] else {"was": before}


def _date(of: Windows) -> Mapping[str, Any]:
    window = _first(of)
    return {"start": window.start, "end": window.end, **_taken(window, _KEPT)}


def _taken(window: Window, names: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the optional values that were announced last."""
    return _kept(window.letters[0].values, *names)


def _kept(values: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {name: values[name] for name in names if name in values}


def _first(of: Windows) -> Window:
    return next(iter(of.values()))
