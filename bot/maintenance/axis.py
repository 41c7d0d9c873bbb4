"""Where the instants of a run are in its picture, and which of them are named. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain, count
from math import ceil, floor
from typing import TYPE_CHECKING

from bot.maintenance.formats import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

CUT = 14.0  # pixels of a time that is left out
APART = 90.0  # pixels between two labels, at least
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Puts instants beside each other; between two stretches time is left out."""

    left: float
    right: float
    stretches: tuple[tuple[datetime, datetime], ...]

    def x(self, at: datetime) -> float:
        """Return where *at* is; what is left out is where it is cut."""
        x = self.left
        for start, end in self.stretches:
            if at <= end:
                return x + _seconds(start, at) * self._scale
            x += _seconds(start, end) * self._scale + self._cut
        return self.right

    def cuts(self) -> Iterator[tuple[float, float]]:
        """Yield where time is left out, from and to."""
        for _, end in self.stretches[:-1]:
            yield self.x(end), self.x(end) + self._cut

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield instants and how they are written: round ones, and what follows each cut."""
        step = self._step()
        named: dict[float, datetime] = {}
        for at in chain((start for start, _ in self.stretches[1:]), self._rounds(step)):
            x = self.x(at)
            if all(abs(x - other) >= APART for other in named):
                named[x] = at
        for x, at in named.items():
            yield x, self._written(at, step)

    def _rounds(self, step: int) -> Iterator[datetime]:
        """Yield the multiples of *step*, in seconds."""
        for start, end in self.stretches:
            first, last = ceil(start.timestamp() / step), floor(end.timestamp() / step)
            yield from (datetime.fromtimestamp(n * step, UTC) for n in range(first, last + 1))

    def _written(self, at: datetime, step: int) -> str:
        """Write an instant as short as *step* allows; a day that is not the first is named."""
        clock = "%H:%M" if step >= MINUTE else "%H:%M:%S"
        return at.strftime(clock if at.date() == self.stretches[0][0].date() else f"%m-%d {clock}")

    def _step(self) -> int:
        days = (DAY << n for n in count())
        return next(step for step in chain(_STEPS, days) if step * self._scale >= APART)

    @cached_property
    def _cut(self) -> float:
        """Return how wide a cut is; all of them together leave time at least half of the width."""
        return min(CUT, (self.right - self.left) / 2 / len(self.stretches))

    @cached_property
    def _scale(self) -> float:
        """Return the pixels of a second."""
        seconds = sum(_seconds(*stretch) for stretch in self.stretches)
        room = self.right - self.left - self._cut * (len(self.stretches) - 1)
        return room / max(seconds, 1.0)


def _seconds(start: datetime, end: datetime) -> float:
    """Return the time between two instants; none if a clock was put back between them."""
    return max(0.0, (end - start).total_seconds())
