"""How often a method may be called, as Slack limits it."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.slack_server.things import Json

PER_MINUTE = {
    "chat.postEphemeral": 100,
    "chat.update": 50,
    "conversations.info": 50,
    "conversations.open": 50,
    "files.completeUploadExternal": 100,
    "files.getUploadURLExternal": 100,
    "usergroups.users.list": 20,
    "users.info": 100,
    "views.open": 100,
    "views.update": 100,
}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many calls of a kind in so many seconds."""

    name: str
    most: int
    seconds: float


@dataclass(kw_only=True)
class Rates:
    """The limits, and what has been called lately."""

    post_spacing: float = 0.95  # seconds between two posts to a channel, less what the way varies
    post_burst: int = 1  # posts that may come at once, if their average keeps to it
    update_spacing: float = 1.95  # between two edits of a message
    per_minute: dict[str, int] = field(default_factory=PER_MINUTE.copy)
    _lately: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _held: dict[str, float] = field(default_factory=dict)

    def admit(self, method: str, arguments: Json, now: float) -> float:
        """Return the seconds to wait; 0 lets the call pass, and counts it."""
        limits = self._limits(method, arguments)
        waits = [self._wait(limit, now) for limit in limits]
        if not any(waits):
            for limit in limits:
                self._lately[limit.name].append(now)
        return max(waits, default=0.0)

    def hold(self, method: str, arguments: Json, until: float) -> None:
        """Let nothing like this call pass before *until*: its client was told so."""
        for limit in self._limits(method, arguments):
            self._held[limit.name] = max(until, self._held.get(limit.name, until))

    def impatient(self, method: str, arguments: Json, now: float) -> float:
        """Return how many seconds of a Retry-After are left."""
        left = [self._held.get(limit.name, now) - now for limit in self._limits(method, arguments)]
        return max(left, default=0.0)

    def _limits(self, method: str, arguments: Json) -> list[Limit]:
        if method == "chat.postMessage":
            name = f"{method} to {arguments.get('channel')}"
            return [Limit(name=name, most=self.post_burst, seconds=self._post_seconds)]
        minute = Limit(name=method, most=self.per_minute.get(method, 1_000_000), seconds=60)
        if method == "chat.update":
            name = f"{method} of {arguments.get('channel')} {arguments.get('ts')}"
            return [minute, Limit(name=name, most=1, seconds=self.update_spacing)]
        return [minute]

    @property
    def _post_seconds(self) -> float:
        return self.post_spacing * self.post_burst

    def _wait(self, limit: Limit, now: float) -> float:
        lately = self._lately[limit.name]
        while lately and lately[0] + limit.seconds <= now:
            lately.popleft()
        return lately[0] + limit.seconds - now if len(lately) >= limit.most else 0.0
