"""Posts to the list, on their way from handed over to published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select, update

from notifications.records import changes
from notifications.states import DeliveryState
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# Handed over, as far as we know.
_OUT = (DeliveryState.SENT, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One post that was handed over, and what the list had said of it."""

    number: int
    mailbox: str  # of the list
    publication: str
    mark: str


def note(connection: Connection, number: int, mark: str) -> None:
    """Begin to follow a post anew, just before it is handed over; one that is not, is not."""
    values = {"list_mark": mark, "publication": ""}
    claimed = (DELIVERY.c.campaign == number) & (DELIVERY.c.state == DeliveryState.CLAIMED)
    noted = update(CAMPAIGN).where(CAMPAIGN.c.number == number, exists().where(claimed))
    connection.execute(noted.values(values))


def watched(connection: Connection, since: datetime) -> list[Post]:
    """Return the posts that are held, or handed over *since* then with nothing known of them."""
    query = (
        select(CAMPAIGN, RECIPIENT.c.mailbox)
        .join(RECIPIENT, RECIPIENT.c.campaign == CAMPAIGN.c.number)
        .join(DELIVERY, DELIVERY.c.id == RECIPIENT.c.id)
        .where(CAMPAIGN.c.announce, CAMPAIGN.c.test_of == 0, DELIVERY.c.state.in_(_OUT))
        .where(
            or_(
                CAMPAIGN.c.publication == "held",
                (CAMPAIGN.c.publication == "") & (DELIVERY.c.at > since),
            )
        )
    )
    return [
        Post(
            number=row.number,
            mailbox=row.mailbox,
            publication=row.publication,
            mark=row.list_mark,
        )
        for row in connection.execute(query)
    ]


def tell(connection: Connection, post: Post, publication: str, mark: str, at: datetime) -> None:
    """Record what the list says of *post*, unless somebody else has recorded anything since."""
    known = (CAMPAIGN.c.publication == post.publication) & (CAMPAIGN.c.list_mark == post.mark)
    change = (
        update(CAMPAIGN)
        .where(CAMPAIGN.c.number == post.number, known)
        .values(publication=publication, list_mark=mark)
    )
    told = connection.execute(change).rowcount
    if told and publication != post.publication:
        fields = {"publication": publication}
        changes.add(connection, post.number, at, ChangeEvent.PUBLICATION, fields=fields)
