"""A start outside a window: how many of the customers concerned were not told of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.chat.asked_of_mail import Notices

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Contacts of customers' guests on the host; None: what was told cannot be read."""

    contacts: int | None = None
    untold: int = 0  # of a maintenance now


async def outside(notices: Notices, host: str) -> Outside:
    """Count who was not told of a maintenance of *host* now. Mail in trouble keeps no start."""
    try:
        counted = await notices.untold(host)
    except Exception:
        logger.exception("who was told of a maintenance of %s cannot be read", host)
        return Outside()
    return Outside(contacts=counted.contacts, untold=counted.untold)
