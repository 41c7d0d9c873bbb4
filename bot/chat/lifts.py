"""What is known of the global hold when its lifting is asked for, and a short mark of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.fleet import Role
from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome

if TYPE_CHECKING:
    from bot.chat.asked import Desk
    from bot.ports import LiftProposal
    from bot.rules.hold import Hold
    from bot.rules.policy.matrix import Cell

_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The holds that are everywhere, the evidence, and how many guests they keep at most."""

    holds: tuple[Hold, ...]
    cells: tuple[Cell, ...]
    guests: int  # customers' that are opted in, and infrastructure that is to be suspended

    @property
    def seen(self) -> str:
        """A digest that is another once a hold is opened or lifted, or a disk is damaged."""
        damage = sum(cell.outcomes[RestoreOutcome.DAMAGE] for cell in self.cells)
        return _digest([sorted(hold.id for hold in self.holds), damage])


async def standing(desk: Desk) -> Standing:
    """Read what stands now."""
    holds = await desk.store.holds()
    return Standing(
        holds=tuple(hold for hold in holds if hold.scope is Scope.GLOBAL),
        cells=await desk.cells(),
        guests=await _at_most(desk),
    )


async def _at_most(desk: Desk) -> int:
    wishes = await desk.store.opt_ins()
    return sum(
        guest.suspend
        if guest.role is Role.INFRASTRUCTURE
        else guest.name in wishes and wishes[guest.name].wanted
        for guest in desk.fleet.guests.values()
    )


def mark(proposal: LiftProposal) -> str:
    """Return by what *proposal* is told from every other, also of the same holds."""
    return _digest([proposal.key, proposal.seen])


def _digest(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
