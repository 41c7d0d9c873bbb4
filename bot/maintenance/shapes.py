"""What the desk answers with: a host, a guest and a run as they are now, for any chat to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import RunRecord
    from bot.rules.fleet import Guest, GuestFacts
    from bot.rules.optin import OptIn
    from bot.rules.plan.terms import PlanStep
    from bot.rules.run.terms import Run


@dataclass(frozen=True, kw_only=True)
class HostView:
    """A host at a glance; what it says of itself is empty or 0 while it is not reachable."""

    name: str
    fqdn: str = ""
    kernel: str = ""
    hypervisor: str = ""
    guests: int = 0
    running: int = 0
    suspended_opted_in: int = 0  # guests with a standing opt-in
    run: RunRecord | None = None  # the open one
    reachable: bool = True


@dataclass(frozen=True, kw_only=True)
class GuestView:
    """A guest as it is observed, recorded, wished and planned; what is not known is None."""

    facts: GuestFacts | None = None
    guest: Guest | None = None
    opt_in: OptIn | None = None
    step: PlanStep | None = None


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run: its head, what its journal says, and the instant of looking (world time)."""

    record: RunRecord
    run: Run
    now: datetime
