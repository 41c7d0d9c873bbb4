"""What a notice is asked about, and what has been gathered for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.maintenance.notices.links import Links
    from bot.ports import Store
    from bot.rules.fleet import Fleet
    from bot.rules.policy.terms import PolicySettings


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the facts of notices come from."""

    fleet: Fleet
    store: Store
    policy: PolicySettings
    links: Links


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A kind, the words that followed it, and the values that a person has set."""

    kind: str
    about: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The facts of a notice, and whom they concern."""

    values: Mapping[str, Any]
    items: Mapping[str, Mapping[str, Any]]  # by guest: what its item has besides guest and host
    occasion: str = ""  # what several notices belong to: a window, a run
