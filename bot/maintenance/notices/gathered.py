"""What a notice is asked about, and what has been gathered for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from bot.rules.window.terms import WindowSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.customers.links import Links
    from bot.ports import Store
    from bot.rules.fleet import Fleet
    from bot.rules.limits import Limits
    from bot.rules.plan.terms import Plan
    from bot.rules.policy.terms import PolicySettings
    from notifications import Campaigns, Recipient


class Planner(Protocol):
    """What plans the run of a host (`bot.maintenance.planning`)."""

    async def plan(self, host: str) -> Plan:
        """Observe a host and plan its run. Raises ContactLost."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the facts of notices come from."""

    fleet: Fleet
    store: Store
    policy: PolicySettings
    limits: Limits
    links: Links
    planner: Planner
    mail: Campaigns  # what was told before
    windows: WindowSettings = field(default_factory=WindowSettings)

    async def link(self, guest: str, at: datetime) -> str:
        """Return the personal link of *guest*, as it is made now. Raises Precondition(NO_LINKS)."""
        generation = (await self.store.generations()).get(guest, 0)
        return self.links.of(guest, generation, at)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A kind, the words that followed it, and the values that a person has set."""

    kind: str
    at: datetime
    about: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    occasion: str = ""  # of a window that was scheduled; empty: found by hosts and date


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The facts of a notice, and whom they concern."""

    values: Mapping[str, Any]
    items: Mapping[str, Mapping[str, Any]]  # by guest: what its item has besides guest and host
    occasion: str = ""  # what several notices belong to: a window, a run
    recipients: tuple[Recipient, ...] | None = None  # if not the contacts of now, of `items`
    once: str = ""  # the request key under which it is drafted by itself; empty: it is not
