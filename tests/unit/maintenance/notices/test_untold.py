"""How many were not told of a maintenance that begins now: only what has arrived counts."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.rules.errors import BadRequest
from bot.storage import DatabaseStore
from notifications.tables import DELIVERY
from tests.unit.maintenance.notices.office import FLEET, Office, customer, fleet, staffed

#: The office's time is 2021-08-29 01:02 UTC; a window must be announced before it begins.
WINDOW = {"start": "2021-08-29T02:00Z", "end": "2021-08-29T04:00Z", "downtime": "20"}
MOVED = {"start": "2021-09-14T20:00Z", "end": "2021-09-14T23:00Z"}


async def announced(desk: Office, **values: str) -> int:
    """Let the maintenance of hobgoblin be told to its two contacts."""
    drafted = await desk.new("maintenance-scheduled", "hobgoblin", **{**WINDOW, **values})
    await desk.sent(drafted.campaign)
    await desk.finished(drafted.campaign)
    return drafted.campaign


async def counted(desk: Office, host: str = "hobgoblin") -> tuple[int, int]:
    known = await desk.notices.untold(host)
    return (known.untold, known.contacts)


async def test_without_an_announcement_nobody_was_told(desk: Office) -> None:
    assert await counted(desk) == (2, 2)
    assert await counted(desk, "clockwork") == (1, 1)


async def test_whom_a_notice_of_now_has_reached_was_told(desk: Office) -> None:
    await announced(desk)
    desk.later(hours=1)

    assert await counted(desk) == (0, 2)
    assert await counted(desk, "clockwork") == (1, 1)


@pytest.mark.parametrize("hours", [0, 3])
async def test_a_window_of_another_time_does_not_count(desk: Office, hours: int) -> None:
    await announced(desk)
    desk.later(hours=hours)

    assert await counted(desk) == (2, 2)


@pytest.mark.parametrize(
    ("kind", "values"), [("maintenance-cancelled", {}), ("maintenance-rescheduled", MOVED)]
)
async def test_a_window_that_does_not_stand_any_more_does_not_count(
    desk: Office, kind: str, values: dict[str, str]
) -> None:
    await announced(desk)
    await desk.sent((await desk.new(kind, "hobgoblin", **values)).campaign)
    desk.later(hours=1)

    assert await counted(desk) == (2, 2)


@pytest.mark.parametrize(
    "values", [{"state": "deferred"}, {"state": "uncertain"}, {"bounce": "soft"}]
)
async def test_a_mail_that_has_not_arrived_tells_nobody(
    desk: Office, values: dict[str, str]
) -> None:
    number = await announced(desk)
    desk.later(hours=1)
    assert isinstance(desk.store, DatabaseStore)
    first = (DELIVERY.c.campaign == number) & (DELIVERY.c.position == 0)
    await desk.store.transactions.write(
        lambda c: c.execute(update(DELIVERY).where(first).values(values))
    )

    assert await counted(desk) == (1, 2)


async def test_a_contact_is_told_only_when_that_is_so_for_all_of_its_guests(desk: Office) -> None:
    await announced(desk)
    desk.later(hours=1)
    more = fleet(*FLEET.guests.values(), customer("elder"))
    assert isinstance(desk.store, DatabaseStore)

    assert await counted(staffed(desk.store, more, clock=desk.clock)) == (1, 2)


async def test_a_host_that_is_not_there_is_refused(desk: Office) -> None:
    with pytest.raises(BadRequest):
        await desk.notices.untold("nowhere")
