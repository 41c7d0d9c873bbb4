"""Deliveries, as a person looks at them and moves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, null, select, update

from notifications.errors import BadCampaign, CampaignRefused, Problem
from notifications.states import DELIVERY as MOVES
from notifications.states import CampaignState, DeliveryState, Step, after, before
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT
from notifications.terms import Counts, LeftOut, Omission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from notifications.compose.mailbox import Mailbox

RECENT = 500  # of the latest mails that the rate is measured by

_REFUSALS = {
    Step.RESEND: Problem.NOT_TO_RESEND,
    Step.SETTLE_SENT: Problem.NOT_SETTLED,
    Step.SETTLE_LOST: Problem.NOT_SETTLED,
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """One delivery of a campaign."""

    id: int
    campaign: int
    address: str
    state: DeliveryState


def counts(connection: Connection, numbers: Sequence[int]) -> dict[int, Counts]:
    """Return how many deliveries of each of the campaigns *numbers* are in each state."""
    columns = (DELIVERY.c.campaign, DELIVERY.c.state)
    query = select(*columns, func.count()).where(DELIVERY.c.campaign.in_(numbers))
    found: dict[int, dict[DeliveryState, int]] = {number: {} for number in numbers}
    for campaign, state, count in connection.execute(query.group_by(*columns)):
        found[campaign][state] = count
    return {number: Counts(of=of) for number, of in found.items()}


def under_way(connection: Connection) -> dict[DeliveryState, int]:
    """Count the deliveries of all that is being sent or is paused, by state."""
    moving = CAMPAIGN.c.state.in_([CampaignState.SENDING, CampaignState.PAUSED])
    query = select(DELIVERY.c.state, func.count()).join(
        CAMPAIGN, CAMPAIGN.c.number == DELIVERY.c.campaign
    )
    rows = connection.execute(query.where(moving).group_by(DELIVERY.c.state))
    return {state: int(count) for state, count in rows}


def recent(connection: Connection, number: int) -> list[datetime]:
    """Return when the last mails in the order of sending were sent, at most `RECENT`.

    Cheap for any number of mails; one that was deferred for long may be missed.
    """
    query = (
        select(DELIVERY.c.at)
        .where(DELIVERY.c.campaign == number, DELIVERY.c.state == DeliveryState.SENT)
        .order_by(DELIVERY.c.position.desc())
    )
    return list(connection.execute(query.limit(RECENT)).scalars())


def due(connection: Connection, number: int) -> datetime | None:
    """Return when the first of what is deferred is tried again, or None."""
    query = select(DELIVERY.c.due).where(
        DELIVERY.c.campaign == number, DELIVERY.c.state == DeliveryState.DEFERRED
    )
    return connection.execute(query.order_by(DELIVERY.c.due).limit(1)).scalar()


def find(connection: Connection, number: int, mailbox: Mailbox) -> Found:
    """Return the delivery to *mailbox*, locked. Raises BadCampaign(UNKNOWN_RECIPIENT)."""
    query = (
        select(DELIVERY.c.id, DELIVERY.c.campaign, RECIPIENT.c.address, DELIVERY.c.state)
        .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.id)
        .where(RECIPIENT.c.campaign == number, RECIPIENT.c.mailbox == mailbox.same)
        .with_for_update()
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise BadCampaign(Problem.UNKNOWN_RECIPIENT, number=number, address=mailbox.address)
    return Found(**row._asdict())


def move(connection: Connection, found: Found, step: Step, at: datetime) -> None:
    """Do to *found* what a person wants: RESEND, SETTLE_SENT or SETTLE_LOST.

    What is sent again is as if never tried; only that it was handed over before is remembered.

    Raises CampaignRefused: NOT_TO_RESEND or NOT_SETTLED.
    """
    if (found.state, step) not in MOVES:
        fields = {"number": found.campaign, "address": found.address, "state": found.state}
        raise CampaignRefused(_REFUSALS[step], **fields)
    columns: dict[str, Any] = {"state": after(step), "owner": "", "at": at}
    if after(step) is DeliveryState.PENDING:
        columns |= {"attempts": 0, "first": null(), "due": null(), "code": "", "reply": ""}
    if step is Step.RESEND:
        columns["resends"] = DELIVERY.c.resends + 1
    connection.execute(update(DELIVERY).where(DELIVERY.c.id == found.id).values(columns))


def cancel(connection: Connection, number: int, at: datetime) -> None:
    """Cancel what waits. What a worker has in hand is its own: it begins nothing any more."""
    waiting = (DELIVERY.c.state.in_(before(Step.CANCEL))) & (DELIVERY.c.owner == "")
    theirs = update(DELIVERY).where(DELIVERY.c.campaign == number, waiting)
    connection.execute(theirs.values(state=after(Step.CANCEL), at=at, due=null()))


def suppressed(connection: Connection, number: int) -> tuple[LeftOut, ...]:
    """Return who is suppressed, in the order of sending."""
    query = (
        select(RECIPIENT.c.name, RECIPIENT.c.address, DELIVERY.c.code)
        .join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
        .where(DELIVERY.c.campaign == number, DELIVERY.c.state == DeliveryState.SUPPRESSED)
        .order_by(DELIVERY.c.position)
    )
    rows = connection.execute(query)
    return tuple(LeftOut(name=r.name, address=r.address, why=Omission(r.code)) for r in rows)
