"""Rows of a mail that was handed over, for tests of what the world says of it later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from notifications.records import changes
from notifications.states import CampaignState, DeliveryState
from notifications.tables import CAMPAIGN, DELIVERY, RECIPIENT
from tests.unit.notifications.clock import START

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.terms import Change
    from tests.unit.notifications.database import FileDatabase

KINDS = {"service": "maintenance-scheduled", "offer": "trial-offer"}
_CAMPAIGN = {
    "actor": "anna",
    "created": START,
    "test_of": 0,
    "post": 0,
    "kept": {},
    "digest": "",
    "base": b"",
    "follows": "",
    "approved_by": "",
    "pause": "",
    "pause_detail": "",
    "publication": "",
    "list_mark": "",
}
_DELIVERY = {"position": 1, "owner": "", "attempts": 1, "resends": 0, "code": "", "reply": ""}


def hand_over(  # noqa: PLR0913 - a row has many columns
    database: FileDatabase,
    number: int,
    *,
    address: str = "a@example.org",
    kind: str = KINDS["offer"],
    campaign: CampaignState = CampaignState.SENDING,
    state: DeliveryState = DeliveryState.SENT,
    announce: bool = False,
    test_of: int = 0,
    occasion: str = "",
    handed: int = 1,
    denied: int = 0,
) -> None:
    """Record campaign *number* with one delivery, which has the same number."""
    head = {
        **_CAMPAIGN,
        "number": number,
        "kind": kind,
        "request_key": f"key{number}",
        "state": campaign,
        "announce": announce,
        "test_of": test_of,
        "occasion": occasion,
    }
    whom = {"id": number, "campaign": number, "mailbox": address, "address": address}
    whom |= {"name": "", "names": [], "items": [], "content": b""}
    how = {**_DELIVERY, "id": number, "campaign": number, "state": state, "at": START}
    how |= {"handed": handed, "denied": denied, "bounce": ""}

    def work(connection: Connection) -> None:
        connection.execute(insert(CAMPAIGN).values(head))
        connection.execute(insert(RECIPIENT).values(whom))
        connection.execute(insert(DELIVERY).values(how))

    database.writes(work)


def delivery(database: FileDatabase, number: int) -> Any:  # noqa: ANN401 - a row
    """Return a delivery's row."""
    query = select(DELIVERY).where(DELIVERY.c.id == number)
    return database.reads(lambda connection: connection.execute(query).one())


def campaign_row(database: FileDatabase, number: int) -> Any:  # noqa: ANN401 - a row
    """Return a campaign's row."""
    query = select(CAMPAIGN).where(CAMPAIGN.c.number == number)
    return database.reads(lambda connection: connection.execute(query).one())


def told(database: FileDatabase) -> tuple[Change, ...]:
    """Return all changes."""
    return database.reads(lambda connection: changes.after(connection, 0))
