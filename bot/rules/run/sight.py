"""What a runner sees in one turn: the host, the outcomes of operations, and people's wishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.hold import Hold
    from bot.rules.limits import Limits
    from bot.rules.operation import Outcome
    from bot.rules.policy.terms import Decision, PolicySettings
    from bot.rules.run.terms import Step


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One look at the world. Without contact `facts` is None and `guests` is empty."""

    now: datetime
    facts: HostFacts | None = None
    guests: Mapping[str, GuestFacts] = field(default_factory=lambda: MappingProxyType({}))
    outcomes: Mapping[str, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    holds: tuple[Hold, ...] = ()
    printed: tuple[str, ...] = ()  # by the host work, since the journal's mark
    printed_to: int = 0  # the mark behind it
    problem: str = ""  # why there is no contact
    detail: str = ""  # what the machines said of that
    silent_for: float = 0.0  # seconds since the host answered last

    @property
    def contact(self) -> bool:
        """Say whether the host answered."""
        return self.facts is not None


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """What a run obeys: limits, policy, and the policy's word on one guest as it is now.

    Without `decide` nothing was read again in this turn, so nobody is saved in it (P5).
    """

    limits: Limits
    policy: PolicySettings
    decide: Callable[[Step, GuestFacts], Decision] | None = None
