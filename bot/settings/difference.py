"""What a new inventory changes, and whether it lost too much to be meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.errors import Code, Precondition

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.rules.fleet import Fleet

PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class DropLimit:
    """How many guests an import may lose without a person's confirmation; the smaller counts."""

    guests: int = 10
    percent: float = 10.0

    def of(self, known: int) -> int:
        """Return the most guests that may be gone when *known* were there."""
        return min(self.guests, int(known * self.percent / PERCENT))


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A guest that is on another host now."""

    guest: str
    before: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changes for the guests; each in order of name."""

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()


def difference(known: Collection[str], new: Fleet, old: Fleet | None = None) -> Difference:
    """Return what *new* changes for the guests *known*; moves only show against an *old* fleet."""
    before = old.guests if old else {}
    moved = (
        Moved(guest=name, before=before[name].host, now=guest.host)
        for name, guest in sorted(new.guests.items())
        if name in before and before[name].host != guest.host
    )
    return Difference(
        added=tuple(sorted(set(new.guests) - set(known))),
        gone=tuple(sorted(set(known) - set(new.guests))),
        moved=tuple(moved),
    )


def refuse_a_drop(known: Collection[str], found: Difference, limit: DropLimit) -> None:
    """Refuse an import that loses more guests than *limit* allows.

    Raises:
        Precondition: INVENTORY_SHRANK; a person confirms, or mends the file.
    """
    allowed = limit.of(len(known))
    if len(found.gone) > allowed:
        raise Precondition(
            Code.INVENTORY_SHRANK, missing=len(found.gone), limit=allowed, names=found.gone
        )
