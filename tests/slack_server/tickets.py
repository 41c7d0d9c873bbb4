"""What an interaction gives the bot for a while: a trigger id, a response URL."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.slack_server.things import Message

TRIGGER_SECONDS = 3.0
HOOK_SECONDS = 30 * 60.0
HOOK_USES = 5


@dataclass(kw_only=True)
class Trigger:
    """The right to open one modal."""

    user: str
    at: float
    used: bool = False


@dataclass(kw_only=True)
class Triggers:
    """Those that were given out."""

    given: dict[str, Trigger] = field(default_factory=dict)

    def give(self, user: str, now: float) -> str:
        """Return a new trigger id."""
        trigger_id = f"{len(self.given) + 1}.{secrets.token_hex(8)}"
        self.given[trigger_id] = Trigger(user=user, at=now)
        return trigger_id

    def take(self, trigger_id: str, now: float) -> Trigger | str:
        """Return the trigger, which is used up by that, or the error."""
        trigger = self.given.get(trigger_id)
        if not trigger:
            return "invalid_trigger_id"
        if trigger.used:
            return "exchanged_trigger_id"
        if now - trigger.at > TRIGGER_SECONDS:
            return "expired_trigger_id"
        trigger.used = True
        return trigger


@dataclass(kw_only=True)
class Hook:
    """A response URL."""

    id: str
    user: str
    channel: str
    at: float
    message: Message | None = None  # on which the interaction was
    uses: int = 0

    def use(self, now: float) -> str:
        """Count a use; return the error that it meets, if any."""
        if now - self.at > HOOK_SECONDS:
            return "expired_url"
        self.uses += 1
        return "used_url" if self.uses > HOOK_USES else ""


@dataclass(kw_only=True)
class Hooks:
    """Those that were given out."""

    given: dict[str, Hook] = field(default_factory=dict)

    def give(self, user: str, channel: str, now: float, message: Message | None = None) -> Hook:
        """Return a new one."""
        hook = Hook(id=secrets.token_hex(12), user=user, channel=channel, at=now, message=message)
        return self.given.setdefault(hook.id, hook)
