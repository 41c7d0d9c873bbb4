"""How long what did not work is left alone: longer each time, up to a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST = 2.0  # seconds of machine time before something that failed is tried again
LONGEST = 30.0


@dataclass(frozen=True)
class _Failed:
    delay: float
    until: float  # machine time


class Patience:
    """Due rows that were tried and still wait. Instants are seconds of machine time."""

    def __init__(self) -> None:
        """Know of none."""
        self._failed: dict[int, _Failed] = {}

    def failed(self, rows: Iterable[int], machine: float) -> None:
        """Leave *rows*, which were tried, alone for a while from now on."""
        for row in rows:
            known = self._failed.get(row)
            delay = min(LONGEST, known.delay * 2) if known else FIRST
            self._failed[row] = _Failed(delay, machine + delay)

    def resting(self, machine: float) -> list[int]:
        """Return the rows to leave alone."""
        return [row for row, known in self._failed.items() if known.until > machine]

    def forget(self, machine: float) -> None:
        """Forget the rows that could have been tried again, and did not fail."""
        self._failed = {row: self._failed[row] for row in self.resting(machine)}

    def seconds(self, machine: float, most: float) -> float:
        """Return in how many seconds a row may be tried again; not negative, *most* at most."""
        soonest = min((known.until for known in self._failed.values()), default=machine + most)
        return max(0.0, min(most, soonest - machine))
