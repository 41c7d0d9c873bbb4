"""The hosts and guests that a person has named, checked against the inventory. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.rules.errors import BadRequest, Code
from bot.rules.fleet import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.fleet import Fleet, Guest, Host


def host(fleet: Fleet, name: str) -> Host:
    """Return the host of this name. Raises BadRequest(UNKNOWN_HOST)."""
    known = fleet.hosts.get(name)
    if known is None:
        raise BadRequest(Code.UNKNOWN_HOST, host=name, nearest=nearest(name, fleet.hosts))
    return known


def hosts(fleet: Fleet, words: Iterable[str]) -> tuple[Host, ...]:
    """Return the hosts that *words* name, with commas or apart, each once."""
    names = [name for word in words for name in word.split(",") if name]
    return tuple(host(fleet, name) for name in dict.fromkeys(names))


def customers_guest(fleet: Fleet, name: str) -> Guest:
    """Return a customer's guest. Raises BadRequest: UNKNOWN_GUEST, INFRASTRUCTURE_GUEST."""
    known = fleet.guests.get(name)
    if known is None:
        meant = nearest(name, fleet.guests)
        raise BadRequest(Code.UNKNOWN_GUEST, guest=name, host="", nearest=meant)
    if known.role is Role.INFRASTRUCTURE:
        raise BadRequest(Code.INFRASTRUCTURE_GUEST, guest=name)
    return known


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the name that *word* was probably meant to be, or an empty string."""
    return next(iter(get_close_matches(word.casefold(), sorted(names), n=1)), "")
