"""How fast Slack may be written to: pure arithmetic over machine time, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Pace:
    """One after the other, *apart* at least."""

    apart: float
    _free: float = 0.0  # when the next may go

    def wait(self, now: float) -> float:
        """Return how long the next has to wait; 0: it may go."""
        return max(0.0, self._free - now)

    def take(self, now: float) -> None:
        """Let one go."""
        self.hold(now + self.apart)

    def hold(self, until: float) -> None:
        """Let none go before *until*."""
        self._free = max(self._free, until)


@dataclass(kw_only=True)
class Patience:
    """How long to wait before what is away is tried again: longer each time, to an end."""

    first: float = 1.0
    longest: float = 30.0
    _next: float = 0.0

    def more(self, asked: float = 0.0) -> float:
        """Return the seconds to wait now, at least those it *asked* for."""
        self._next = min(self.longest, 2 * self._next or self.first)
        return max(self._next, asked)

    def rest(self) -> None:
        """Begin anew: it was there."""
        self._next = 0.0
