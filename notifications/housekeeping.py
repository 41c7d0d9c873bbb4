"""Look every so often at what the world says of mail that is out: bounces, relay log, list."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from notifications.errors import NotificationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping

    from notifications.ports import Clock

    Look = Callable[[], Awaitable[object]]

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 15.0


class Housekeeping:
    """One loop over all places; several processes may have one each."""

    def __init__(self, clock: Clock, looks: Mapping[str, Look]) -> None:
        """Do *looks*, each under the name that the log is to give it."""
        self._clock = clock
        self._looks = dict(looks)
        self._told: dict[str, str] = {}

    async def serve(self, stop: asyncio.Event) -> None:
        """Look until *stop* is set.

        A place in trouble is one line in the log, until that changes; it is looked at again.
        """
        while self._looks and not stop.is_set():
            for name, look in self._looks.items():
                self._tell(name, await _trouble(look))
            await self._clock.wait(PERIOD_SECONDS, stop)

    def _tell(self, name: str, trouble: str) -> None:
        before = self._told.get(name, "")
        self._told[name] = trouble
        if trouble and trouble != before:
            logger.warning("%s cannot be looked at: %s", name, trouble)
        elif before and not trouble:
            logger.warning("%s can be looked at again", name)


async def _trouble(look: Look) -> str:
    try:
        await look()
    except (NotificationError, OSError) as error:
        return str(error)
    return ""
