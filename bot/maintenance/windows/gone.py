"""What went out about a window: mails and posts with a date, and to whom they were handed over."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notifications import DeliveryState

if TYPE_CHECKING:
    from bot.rules.window.terms import Window
    from notifications import Campaign, Campaigns, Delivery

#: Start and end of a window.
Date = tuple[datetime, datetime]

#: What says when, and why.
DATED = frozenset(
    f"maintenance-{kind}" for kind in ("scheduled", "reminder", "rescheduled", "changed")
)
_WENT_OUT = frozenset({DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN})


async def gone(mail: Campaigns, window: Window, *, announce: bool = False) -> list[Campaign]:
    """Return the mails, or posts, with a date that began to be sent, the oldest first."""
    heads = await mail.heads(window.occasion)
    mine = (head for head in heads if head.announce is announce and head.started)
    return [head for head in mine if head.kind in DATED][::-1]


def date_of(letter: Campaign) -> Date:
    """Return the start and the end of the window that *letter* tells."""
    return letter.values["start"], letter.values["end"]


def went_out(delivery: Delivery) -> bool:
    """Say whether its recipient has it, or may have it."""
    return delivery.state in _WENT_OUT
