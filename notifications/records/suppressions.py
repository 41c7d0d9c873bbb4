"""Addresses that are not written to, and what that does to mail that waits."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from notifications.records import changes, once
from notifications.states import CampaignState, Step, after, before
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT, SUPPRESSION
from notifications.terms import ChangeEvent, Scope, Suppression

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from notifications.terms import Campaign

# A draft is not among them: its preview looks at what stands then.
_TO_SEND = (
    CampaignState.PREVIEWED,
    CampaignState.APPROVED,
    CampaignState.SENDING,
    CampaignState.PAUSED,
)


def add(
    connection: Connection, mailbox: str, suppression: Suppression, offers: frozenset[str]
) -> bool:
    """Write no more to *mailbox* (`Mailbox.same`); what waits for it is suppressed too.

    *offers* are the kinds that are no service notices. Returns False, and keeps the earlier
    reason, if the same one stands already.
    """
    values = asdict(suppression) | {"mailbox": mailbox, "lifted": None, "lifted_by": ""}
    added = once.add(connection, SUPPRESSION, values)
    _withhold(connection, mailbox, suppression, offers)
    return added is not None


def apply(connection: Connection, campaign: Campaign, at: datetime, *, service: bool) -> None:
    """Suppress what waits in *campaign* for addresses against which something stands.

    Nothing stands against a post.
    """
    if campaign.announce:
        return
    bears = SUPPRESSION.c.lifted.is_(None) & (SUPPRESSION.c.scope == Scope.OFFERS)
    if service:
        bears = SUPPRESSION.c.lifted.is_(None) & (SUPPRESSION.c.scope == Scope.OCCASION)
        bears &= (SUPPRESSION.c.occasion == campaign.occasion) & (campaign.occasion != "")
    met = select(SUPPRESSION.c.why).join(RECIPIENT, RECIPIENT.c.mailbox == SUPPRESSION.c.mailbox)
    why = met.where(bears, RECIPIENT.c.id == DELIVERY.c.id).limit(1).scalar_subquery()
    whom = select(RECIPIENT.c.id).join(SUPPRESSION, SUPPRESSION.c.mailbox == RECIPIENT.c.mailbox)
    theirs = whom.where(RECIPIENT.c.campaign == campaign.number, bears)
    waiting = DELIVERY.c.state.in_(before(Step.SUPPRESS)) & (DELIVERY.c.campaign == campaign.number)
    connection.execute(
        update(DELIVERY)
        .where(waiting, DELIVERY.c.id.in_(theirs))
        .values(state=after(Step.SUPPRESS), code=why, owner="", at=at, due=None)
    )


def follow(
    connection: Connection, deliveries: Sequence[int], at: datetime, offers: frozenset[str]
) -> list[changes.Entry]:
    """Suppress those of *deliveries* that wait again, where that was wished while they were out.

    What a person had sent again, although something stood against it, goes out. Returns what is to
    be told.
    """
    meant = (SUPPRESSION.c.scope == Scope.OFFERS) & CAMPAIGN.c.kind.in_(offers)
    meant |= (
        (SUPPRESSION.c.scope == Scope.OCCASION)
        & (SUPPRESSION.c.occasion == CAMPAIGN.c.occasion)
        & CAMPAIGN.c.kind.not_in(offers)
    )
    query = (
        select(DELIVERY.c.id, DELIVERY.c.campaign, RECIPIENT.c.address, SUPPRESSION.c.why)
        .join_from(DELIVERY, RECIPIENT, RECIPIENT.c.id == DELIVERY.c.id)
        .join(CAMPAIGN, CAMPAIGN.c.number == DELIVERY.c.campaign)
        .join(SUPPRESSION, SUPPRESSION.c.mailbox == RECIPIENT.c.mailbox)
        .where(DELIVERY.c.id.in_(deliveries), DELIVERY.c.state.in_(before(Step.SUPPRESS)))
        .where(SUPPRESSION.c.lifted.is_(None), ~CAMPAIGN.c.announce, meant)
        .where((DELIVERY.c.resends == 0) | (SUPPRESSION.c.at >= DELIVERY.c.first))
    )
    met = {row.id: row for row in connection.execute(query)}
    for row in met.values():
        values = {"state": after(Step.SUPPRESS), "code": row.why, "at": at, "due": None}
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == row.id).values(**values))
    return [
        (row.campaign, ChangeEvent.SUPPRESSED, {"address": row.address, "why": row.why})
        for row in met.values()
    ]


def lift(connection: Connection, mailbox: str, at: datetime, actor: str) -> int:
    """Write to *mailbox* again; return how many suppressions stood."""
    standing = (SUPPRESSION.c.mailbox == mailbox) & SUPPRESSION.c.lifted.is_(None)
    lifted = update(SUPPRESSION).where(standing).values(lifted=at, lifted_by=actor)
    return len(connection.execute(lifted.returning(SUPPRESSION.c.number)).all())


def standing(connection: Connection) -> tuple[Suppression, ...]:
    """Return what stands, newest first."""
    columns = (SUPPRESSION.c[field.name] for field in fields(Suppression))
    query = select(*columns).where(SUPPRESSION.c.lifted.is_(None))
    rows = connection.execute(query.order_by(SUPPRESSION.c.number.desc()))
    return tuple(Suppression(**row._asdict()) for row in rows)


def _withhold(
    connection: Connection, mailbox: str, suppression: Suppression, offers: frozenset[str]
) -> None:
    """Suppress what waits for *mailbox*, with a change for each."""
    meant = CAMPAIGN.c.state.in_(_TO_SEND) & ~CAMPAIGN.c.announce & _bears(suppression, offers)
    theirs = select(RECIPIENT.c.id).where(
        RECIPIENT.c.mailbox == mailbox,
        RECIPIENT.c.campaign.in_(select(CAMPAIGN.c.number).where(meant)),
    )
    withheld = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id.in_(theirs), DELIVERY.c.state.in_(before(Step.SUPPRESS)))
        .values(
            state=after(Step.SUPPRESS),
            code=suppression.why,
            owner="",
            at=suppression.at,
            due=None,
        )
        .returning(DELIVERY.c.campaign)
    )
    told = {"address": suppression.address, "why": suppression.why}
    rows = [(number, ChangeEvent.SUPPRESSED, told) for number in withheld.scalars()]
    changes.add_all(connection, rows, suppression.at)


def _bears(suppression: Suppression, offers: frozenset[str]) -> ColumnElement[bool]:
    """Say of which campaigns *suppression* keeps mail back."""
    if suppression.scope is Scope.OFFERS:
        return CAMPAIGN.c.kind.in_(offers)
    return CAMPAIGN.c.occasion.in_([suppression.occasion]) & CAMPAIGN.c.kind.not_in(offers)
