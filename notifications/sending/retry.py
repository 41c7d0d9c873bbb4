"""When a mail that was not accepted for now is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifications.settings import Pace


def next_try(attempts: int, first: datetime, now: datetime, pace: Pace) -> datetime | None:
    """Return when to try again after *attempts*, the first one at *first*; None: give up.

    The delay grows with the attempts. The last attempt is made when the stated time is over.
    """
    end = first + timedelta(hours=pace.give_up_hours)
    if now >= end:
        return None
    delays = pace.retry_minutes
    delay = timedelta(minutes=delays[min(attempts, len(delays)) - 1])
    return min(now + delay, end)
