"""Which user groups a person of Slack is in: asked of Slack, kept for a minute, fail closed."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from bot.chat.slack.deliveries import PREFIX
from bot.chat.slack.failures import Away, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

KEPT = 60.0  # seconds of machine time
PATIENCE = 5.0  # seconds for an answer; a person waits for it


class Members(Protocol):
    """The part of Slack that knows who is in a group."""

    async def members(self, group: str) -> frozenset[str]:
        """Return the ids of the users in a user group."""


class Groups:
    """Says who is in the groups that have a role. Who cannot be looked up is in none."""

    def __init__(
        self,
        web: Members,
        named: Iterable[str],
        *,
        machine: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask *web* about those of the actors *named* that are groups of Slack."""
        self._web, self._machine = web, machine
        self._groups = sorted({name for name in named if name.startswith(f"{PREFIX}S")})
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def of(self, actor: str, *, anew: bool) -> frozenset[str]:
        """Return the groups that *actor* is in; *anew*: as they are now, whatever is known."""
        if not actor.startswith(PREFIX):
            return frozenset()
        person = actor.removeprefix(PREFIX)
        asking = (self._members(group, anew=anew) for group in self._groups)
        members = await asyncio.gather(*asking)
        return frozenset(
            group for group, who in zip(self._groups, members, strict=True) if person in who
        )

    async def _members(self, group: str, *, anew: bool) -> frozenset[str]:
        at, known = self._known.get(group, (-KEPT, frozenset[str]()))
        if not anew and self._machine() - at < KEPT:
            return known
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._web.members(group.removeprefix(PREFIX))
        except (Away, Refused, TimeoutError) as error:
            logger.warning("nobody counts as a member of %s: %r", group, error)
            return frozenset()
        self._known[group] = (self._machine(), found)
        return found
