"""Campaigns as they stand in the tables, for tests of what happens to them afterwards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from notifications.compose.packing import pack
from notifications.states import CampaignState, DeliveryState
from notifications.tables import CAMPAIGN, CHANGE, DELIVERY, RECIPIENT
from tests.unit.notifications.clock import START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

BASE = b"From: Example Hosting <support@example.net>\r\nSubject: News\r\n\r\nDear customer,\r\n"
BATCH = 1000

_CAMPAIGN: dict[str, Any] = {
    **dict.fromkeys(("occasion", "digest", "follows", "approved_by"), ""),
    **dict.fromkeys(("pause", "pause_detail", "publication", "list_mark"), ""),
    **dict.fromkeys(("test_of", "post"), 0),
}
_DELIVERY: dict[str, Any] = {
    **dict.fromkeys(("owner", "code", "reply", "bounce"), ""),
    **dict.fromkeys(("attempts", "handed", "denied", "resends"), 0),
    "state": DeliveryState.PENDING,
}


def plant(
    connection: Connection,
    count: int = 3,
    *,
    number: int = 1,
    state: CampaignState = CampaignState.SENDING,
    announce: bool = False,
) -> list[int]:
    """Add campaign *number* with *count* pending deliveries; return their ids."""
    campaign = {
        "number": number,
        "kind": "news",
        "request_key": f"key-{number}",
        "state": state,
        "actor": "ada",
        "created": START,
        "started": START,
        "announce": announce,
        "kept": {},
        "base": BASE,
    }
    connection.execute(insert(CAMPAIGN), _CAMPAIGN | campaign)
    first = number * 1_000_000
    for start in range(0, count, BATCH):
        ids = range(first + start, first + min(count, start + BATCH))
        connection.execute(insert(RECIPIENT), [_recipient(number, each) for each in ids])
        connection.execute(insert(DELIVERY), [_delivery(number, each) for each in ids])
    return list(range(first, first + count))


def address(delivery: int) -> str:
    """Return the address that `plant` gave to a delivery."""
    return f"c{delivery}@example.com"


def put(connection: Connection, ids: Sequence[int], **columns: Any) -> None:  # noqa: ANN401 - as the table has
    """Set *columns* of deliveries."""
    connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(ids)).values(**columns))


def move(connection: Connection, number: int, state: CampaignState) -> None:
    """Put a campaign into *state*."""
    connection.execute(update(CAMPAIGN).where(CAMPAIGN.c.number == number).values(state=state))


def delivery(connection: Connection, number: int) -> Row[Any]:
    """Return one row."""
    return connection.execute(select(DELIVERY).where(DELIVERY.c.id == number)).one()


def states(connection: Connection, number: int = 1) -> dict[DeliveryState, int]:
    """Count the states of a campaign's deliveries."""
    query = select(DELIVERY.c.state).where(DELIVERY.c.campaign == number)
    return dict(Counter(connection.execute(query).scalars()))


def campaign(connection: Connection, number: int = 1) -> Row[Any]:
    """Return the row of a campaign."""
    return connection.execute(select(CAMPAIGN).where(CAMPAIGN.c.number == number)).one()


def happened(connection: Connection) -> list[tuple[str, str]]:
    """Return what the journal says: event and address, in order."""
    rows = connection.execute(select(CHANGE).order_by(CHANGE.c.number))
    return [(row.event.value, row.fields.get("address", "")) for row in rows]


def _recipient(number: int, each: int) -> dict[str, Any]:
    content = BASE + b"this is mail %d.\r\n" % each
    return {
        "id": each,
        "campaign": number,
        "mailbox": address(each),
        "address": address(each),
        "name": "",
        "names": [],
        "items": [],
        "content": pack(content, BASE),
    }


def _delivery(number: int, each: int) -> dict[str, Any]:
    return _DELIVERY | {"id": each, "campaign": number, "position": each}
