"""Whether Slack can be reached: how long it was not, and what to say when it is back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.slack.pacing import Patience

if TYPE_CHECKING:
    from datetime import datetime

MENTIONED = 30.0  # seconds of machine time; a shorter outage is not worth a line
SHUT_SECONDS = 60.0  # a person must do something first


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A time in which Slack took nothing."""

    why: str
    since: datetime  # world time
    begun: float  # machine time
    until: datetime | None = None
    ended: float = 0.0

    def mentioned(self, now: float) -> bool:
        """Say whether it is, or was, long enough to be told of."""
        return (self.ended or now) - self.begun >= MENTIONED


@dataclass(kw_only=True)
class Door:
    """Opens and shuts for all that is shown; machine time is in seconds."""

    outage: Outage | None = None
    _closed_until: float = 0.0
    _patience: Patience = field(default_factory=Patience)

    def wait(self, now: float) -> float:
        """Return how long nothing is to be tried."""
        return max(0.0, self._closed_until - now)

    def shut(self, why: str, at: datetime, now: float, *, seconds: float = 0.0) -> bool:
        """Take nothing for a while; return whether that is news."""
        news = self.outage is None or self.outage.until is not None or self.outage.why != why
        if self.outage is None or self.outage.until is not None:
            self.outage = Outage(why=why, since=at, begun=now)
        elif self.outage.why != why:
            self.outage = Outage(why=why, since=self.outage.since, begun=self.outage.begun)
        self._closed_until = now + self._patience.more(seconds)
        return news

    def open(self, at: datetime, now: float) -> bool:
        """Take note that something got through; return whether that ends an outage."""
        self._patience.rest()
        self._closed_until = 0.0
        if self.outage is None or self.outage.until is not None:
            return False
        known = self.outage
        self.outage = Outage(
            why=known.why, since=known.since, begun=known.begun, until=at, ended=now
        )
        return True

    def told(self) -> None:
        """Forget the outage: a word about it got through."""
        self.outage = None
        self._patience.rest()
        self._closed_until = 0.0
