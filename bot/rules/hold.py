"""Holds: where suspend+restore is not honoured, why, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime


class Scope(StrEnum):
    """How far a hold reaches."""

    GLOBAL = "global"  # every guest; `value` is empty
    HOST = "host"
    GUEST = "guest"
    KERNEL = "kernel"  # a kernel family, as text


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One standing hold; a lifted one is no longer a Hold but a record in the store."""

    scope: Scope
    value: str
    reason: str
    opened_by: str  # "os:anna", "slack:U123", or "breaker"
    opened_at: datetime
    because: tuple[str, ...] = ()  # the outcomes that opened it: "hobgoblin/vps31: damage"
    id: int = 0  # given by the store

    def covers(self, *, guest: str, host: str, family: str) -> bool:
        """Say whether *guest* on *host* with this kernel *family* is under the hold."""
        subject = {Scope.HOST: host, Scope.GUEST: guest, Scope.KERNEL: family}
        return self.scope is Scope.GLOBAL or subject[self.scope] == self.value


def concerning(
    holds: Iterable[Hold],
    hosts: Collection[str],
    guests: Collection[str],
    families: Collection[str],
) -> tuple[Hold, ...]:
    """Return the holds over any of *hosts*, *guests* and kernel *families*, the widest first."""
    order = list(Scope)
    over = {Scope.GLOBAL: {""}, Scope.HOST: hosts, Scope.GUEST: guests, Scope.KERNEL: families}
    found = [hold for hold in holds if hold.value in over[hold.scope]]
    return tuple(sorted(found, key=lambda hold: order.index(hold.scope)))


def covering(holds: Iterable[Hold], *, guest: str, host: str, family: str) -> Hold | None:
    """Return the widest hold over a guest, or None."""
    order = list(Scope)
    found = [h for h in holds if h.covers(guest=guest, host=host, family=family)]
    return min(found, key=lambda h: order.index(h.scope), default=None)
