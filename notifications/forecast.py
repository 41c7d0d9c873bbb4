"""How fast a campaign goes, and when it will be through. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from notifications.states import CampaignState, DeliveryState
from notifications.terms import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from notifications.terms import Campaign, Counts

MINUTE = 60.0
SOON = timedelta(seconds=10)  # who waits for a campaign may wait so long for a next attempt
_NEXT = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING)


def progress(
    campaign: Campaign,
    counts: Counts,
    sent: Sequence[datetime],
    now: datetime,
    pace: float,
    due: datetime | None = None,
) -> Progress:
    """Say how *campaign* stands; *sent* are the instants of its latest mails.

    *due* is the first of its next attempts at what is deferred, or None.

    *pace* is what is allowed in a minute, 0 if that has no limit: it stands in for the rate until
    there is one.
    """
    moving = campaign.state is CampaignState.SENDING
    rate = per_minute(sent, now if moving else max(sent, default=now))
    left = seconds_left(counts, rate or pace) if moving else None
    later = due is not None and due > now + SOON
    idle = moving and later and not any(counts[state] for state in _NEXT)
    return Progress(
        campaign=campaign,
        counts=counts,
        per_minute=rate,
        seconds_left=left,
        due=due if idle else None,
    )


def per_minute(sent: Sequence[datetime], end: datetime) -> float:
    """Return the rate of the last minute before *end*.

    Where all of *sent* are younger, the time since the first of them is what is measured.
    """
    recent = [at for at in sent if at > end - timedelta(seconds=MINUTE)]
    if not recent:
        return 0.0
    measured = MINUTE
    if len(recent) == len(sent):
        measured = max((end - min(recent)).total_seconds(), 1.0)
    return len(recent) * MINUTE / measured


def seconds_left(counts: Counts, rate: float) -> float | None:
    """Return how long what can go now takes at *rate* mails a minute; None: cannot be told.

    When a deferred mail is accepted nobody knows.
    """
    waiting = sum(counts[state] for state in _NEXT)
    if not rate or (not waiting and counts[DeliveryState.DEFERRED]):
        return None
    return waiting * MINUTE / rate
