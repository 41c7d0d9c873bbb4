"""Finished mails: kept while a campaign is previewed, and never changed after its approval."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from notifications.compose.packing import pack, unpack
from notifications.errors import CampaignRefused, Problem
from notifications.records import campaigns
from notifications.states import CAMPAIGN as MOVES
from notifications.states import DeliveryState, Step, Verb, after, before
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT
from notifications.terms import Recipient
from notifications.values import given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from notifications.terms import Campaign

BATCH = 200
BASE = 32 * 1024  # bytes of the first mail that the others are compressed against

_KEEP = (
    update(RECIPIENT)
    .where(RECIPIENT.c.id == bindparam("of_id"))
    .values(content=bindparam("packed"))
)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A recipient whose mail is to be rendered."""

    id: int
    position: int
    names: tuple[str, ...]  # of all who were merged; empty: nobody was
    recipient: Recipient


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A campaign that is being rendered."""

    campaign: Campaign
    follows: str  # Message-ID of the post that it continues; empty: none


def begin(connection: Connection, number: int, by: str) -> Begun:
    """Begin to render all mails; whoever was at it before is overtaken by *by*.

    The campaign is a draft until it is finished, and nobody in it is suppressed.

    Raises BadCampaign(UNKNOWN_CAMPAIGN); CampaignRefused(NOT_NOW).
    """
    head = campaigns.allowed(connection, number, Verb.PREVIEW)
    theirs = (DELIVERY.c.campaign == number) & DELIVERY.c.state.in_(before(Step.ADMIT))
    connection.execute(update(DELIVERY).where(theirs).values(state=after(Step.ADMIT), code=""))
    state = MOVES[head.state, Verb.REVISE]
    campaign = campaigns.change(connection, number, state=state, digest=by, base=b"")
    follows = select(CAMPAIGN.c.follows).where(CAMPAIGN.c.number == number)
    return Begun(campaign=campaign, follows=connection.execute(follows).scalar_one())


def unrendered(connection: Connection, number: int, position: int) -> tuple[Waiting, ...]:
    """Return the next recipients after *position*, in the order of sending."""
    columns = (RECIPIENT.c[name] for name in ("id", "address", "name", "names", "items"))
    query = (
        select(*columns, DELIVERY.c.position)
        .join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
        .where(DELIVERY.c.campaign == number, DELIVERY.c.state == DeliveryState.PENDING)
        .where(DELIVERY.c.position > position)
        .order_by(DELIVERY.c.position)
    )
    return tuple(
        Waiting(
            id=row.id,
            position=row.position,
            names=tuple(row.names),
            recipient=Recipient(address=row.address, name=row.name, items=tuple(given(row.items))),
        )
        for row in connection.execute(query.limit(BATCH))
    )


def keep(connection: Connection, number: int, by: str, mails: Sequence[tuple[int, bytes]]) -> None:
    """Keep *mails*, by the ids of their recipients; the first of all is the base of the others.

    Raises CampaignRefused: NOT_NOW; CHANGED, if somebody else than *by* renders them now.
    """
    _check(connection, number, by)
    base = _base(connection, number)
    if not base:
        base = mails[0][1][:BASE]
        campaigns.change(connection, number, base=base)
    rows = [{"of_id": id_, "packed": pack(content, base)} for id_, content in mails]
    connection.execute(_KEEP, rows)


def keep_sole(connection: Connection, number: int, content: bytes) -> None:
    """Keep the mail of a campaign with one recipient that needs no preview."""
    base = content[:BASE]
    campaigns.change(connection, number, base=base, digest=sha256(content).hexdigest())
    theirs = update(RECIPIENT).where(RECIPIENT.c.campaign == number)
    connection.execute(theirs.values(content=pack(content, base)))


def finish(connection: Connection, number: int, by: str, digest: str) -> Campaign:
    """Make a campaign whose mails are all kept a previewed one. Raises as `keep`."""
    head = _check(connection, number, by)
    return campaigns.move(connection, head, Verb.PREVIEW, digest=digest)


def first(connection: Connection, number: int) -> tuple[str, bytes]:
    """Return address and mail of the first one who gets it; empty ones if nobody does."""
    met = (DELIVERY.c.campaign == number) & (DELIVERY.c.state != DeliveryState.SUPPRESSED)
    chosen = select(DELIVERY.c.id).where(met).order_by(DELIVERY.c.position).limit(1)
    query = select(RECIPIENT.c.address, RECIPIENT.c.content)
    row = connection.execute(query.where(RECIPIENT.c.id == chosen.scalar_subquery())).one_or_none()
    if row is None:
        return "", b""
    return row.address, unpack(row.content, _base(connection, number))


def mails(connection: Connection, number: int, mailbox: str) -> list[tuple[str, str, bytes]]:
    """Return the next kept mails after *mailbox*, in its order: mailbox, address and bytes.

    Raises BadCampaign(UNKNOWN_CAMPAIGN); CampaignRefused(CHANGED): they are rendered anew, or
    have never been.
    """
    if not campaigns.read(connection, number).digest:
        raise CampaignRefused(Problem.CHANGED, number=number)
    query = (
        select(RECIPIENT.c.mailbox, RECIPIENT.c.address, RECIPIENT.c.content)
        .where(RECIPIENT.c.campaign == number, RECIPIENT.c.mailbox > mailbox)
        .where(RECIPIENT.c.content != b"")
        .order_by(RECIPIENT.c.mailbox)
    )
    base = _base(connection, number)
    rows = connection.execute(query.limit(BATCH))
    return [(row.mailbox, row.address, unpack(row.content, base)) for row in rows]


def _check(connection: Connection, number: int, by: str) -> Campaign:
    """Return the head, locked, if nobody has overtaken *by*."""
    head = campaigns.allowed(connection, number, Verb.PREVIEW)
    stamp = connection.execute(select(CAMPAIGN.c.digest).where(CAMPAIGN.c.number == number))
    if stamp.scalar_one() != by:
        raise CampaignRefused(Problem.CHANGED, number=number)
    return head


def _base(connection: Connection, number: int) -> bytes:
    query = select(CAMPAIGN.c.base).where(CAMPAIGN.c.number == number)
    return bytes(connection.execute(query).scalar_one())
