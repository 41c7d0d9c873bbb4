"""The end of a preview: who gets the mail, who does not, and the first mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifications.errors import CampaignRefused, Problem
from notifications.records import (
    changes,
    contents,
    deliveries,
    recipients,
    suppressions,
)
from notifications.states import DeliveryState
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.terms import Campaign, LeftOut


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """All mails of a campaign, rendered and kept."""

    number: int
    by: str  # the stamp of the one who rendered them
    actor: str
    digest: str
    service: bool  # as the kind says


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown of it."""

    campaign: Campaign
    recipients: int
    left_out: tuple[LeftOut, ...]
    items_left_out: int  # of those who were left out before anything was rendered
    sample_to: str
    sample: bytes


def finish(connection: Connection, rendered: Rendered, at: datetime) -> Shown:
    """Make it a previewed campaign, with what is suppressed now.

    Raises CampaignRefused: NOT_NOW; CHANGED: somebody else renders it now; NO_RECIPIENTS.
    """
    number = rendered.number
    campaign = contents.finish(connection, number, rendered.by, rendered.digest)
    suppressions.apply(connection, campaign, at, service=rendered.service)
    absent = recipients.left_out(connection, number) + deliveries.suppressed(connection, number)
    usable = deliveries.counts(connection, [number])[number][DeliveryState.PENDING]
    fields = {"kind": campaign.kind, "left_out": len(absent)}
    if not usable:
        raise CampaignRefused(Problem.NO_RECIPIENTS, number=number, **fields)
    fields["recipients"] = usable
    event = ChangeEvent.PREVIEWED
    changes.add(connection, number, at, event, actor=rendered.actor, fields=fields)
    sample_to, sample = contents.first(connection, number)
    return Shown(
        campaign=campaign,
        recipients=usable,
        left_out=absent,
        items_left_out=recipients.items_left_out(connection, number),
        sample_to=sample_to,
        sample=sample,
    )
