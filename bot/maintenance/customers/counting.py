"""How many of those who were set back have opted in anew. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.notices.optins import RESET, last_reset
from bot.rules.optin import standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.rules.optin import OptIn


@dataclass(frozen=True, kw_only=True)
class Back:
    """How far it is since the last reset; without one, `of` is 0."""

    since: datetime | None = None
    back: int = 0  # of them, opted in again
    of: int = 0  # guests that the reset set back
    others: int = 0  # opted in, and were not before


def back(said: Iterable[OptIn], customers: frozenset[str]) -> Back:
    """Count the guests among *customers* by all that was *said*, in any order."""
    known = tuple(said)
    reset = last_reset(row for row in known if row.how == RESET)
    newest = standing(known)
    inside = {name for name, row in newest.items() if row.wanted and name in customers}
    if not reset:
        return Back(others=len(inside))
    before = {row.guest for row in reset}
    return Back(
        since=reset[0].at,
        back=len(inside & before),
        of=len(before),
        others=len(inside - before),
    )
