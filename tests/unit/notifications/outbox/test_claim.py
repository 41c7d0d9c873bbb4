"""Claiming: in order, once, and as fast as the pace allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from notifications.outbox import claim
from notifications.settings import Pace
from notifications.states import CampaignState, DeliveryState
from tests.unit.notifications import planting
from tests.unit.notifications.outbox.acts import after, claims, ids

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.unit.notifications.database import FileDatabase


def test_the_order_of_sending_is_the_order_of_position(database: FileDatabase) -> None:
    first, second, third = database.writes(planting.plant)
    database.writes(lambda c: planting.put(c, [third], position=0))

    assert ids(claims(database)) == [third, first, second]


def test_a_delivery_is_claimed_once(database: FileDatabase) -> None:
    planted = database.writes(planting.plant)

    assert ids(claims(database, 2)) == planted[:2]
    assert ids(claims(database, 2, owner="other")) == planted[2:]


def test_the_campaign_that_started_first_goes_first(database: FileDatabase) -> None:
    late = database.writes(lambda c: planting.plant(c, 2, number=2))
    early = database.writes(lambda c: planting.plant(c, 2, number=1))

    assert ids(claims(database, 3)) == [*early, late[0]]


def test_only_what_is_being_sent_is_claimed(database: FileDatabase) -> None:
    def plant(connection: Connection) -> None:
        for number, state in enumerate(CampaignState, start=1):
            planting.plant(connection, 1, number=number, state=state)

    database.writes(plant)

    sending = [*CampaignState].index(CampaignState.SENDING) + 1
    assert [each.campaign for each in claims(database, 99).claimed] == [sending]


def test_posts_and_mails_are_claimed_apart(database: FileDatabase) -> None:
    mails = database.writes(lambda c: planting.plant(c, 1, number=1))
    posts = database.writes(lambda c: planting.plant(c, 1, number=2, announce=True))

    assert ids(claims(database, announce=True)) == posts
    assert ids(claims(database, announce=False)) == mails


def test_a_claim_counts_an_attempt_and_keeps_when_the_first_was(database: FileDatabase) -> None:
    (one,) = database.writes(lambda c: planting.plant(c, 1))
    claims(database, at=after(5))
    database.writes(lambda c: planting.put(c, [one], state=DeliveryState.PENDING))

    (claimed,) = claims(database, at=after(9)).claimed

    assert (claimed.attempts, claimed.first) == (2, after(5))


def test_what_is_deferred_is_claimed_when_it_is_due(database: FileDatabase) -> None:
    one, *_ = database.writes(lambda c: planting.plant(c, 1))
    database.writes(lambda c: planting.put(c, [one], state=DeliveryState.DEFERRED, due=after(60)))

    assert claims(database).wait == 60
    assert ids(claims(database, at=after(60))) == [one]


def test_what_was_never_tried_goes_before_what_was_deferred(database: FileDatabase) -> None:
    first, second = database.writes(lambda c: planting.plant(c, 2))
    database.writes(lambda c: planting.put(c, [first], state=DeliveryState.DEFERRED, due=after(0)))

    assert ids(claims(database, 1)) == [second]


def test_a_claim_takes_no_more_than_the_pace_allows(database: FileDatabase) -> None:
    database.writes(lambda c: planting.plant(c, 9))
    pace = Pace(per_minute=60, burst=3)

    taken = claims(database, pace=pace)

    assert (len(taken.claimed), taken.wait) == (3, 1.0)
    assert len(claims(database, pace=pace, at=after(2)).claimed) == 2


def test_workers_share_one_pace(database: FileDatabase) -> None:
    database.writes(lambda c: planting.plant(c, 9))
    pace = Pace(per_minute=60, burst=3)
    claims(database, 2, pace=pace)

    assert len(claims(database, 9, pace=pace, owner="other").claimed) == 1


def test_a_claim_looks_only_at_what_it_takes(database: FileDatabase) -> None:
    """A hundred thousand recipients cost no more than a hundred."""
    plans: list[str] = []

    def explain(connection: Connection) -> None:
        explained: list[tuple[str, Any]] = []

        def note(_c: Any, _u: Any, statement: str, values: Any, *_: Any) -> None:  # noqa: ANN401
            explained.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        claim.take(connection, _wish())
        event.remove(connection, "before_cursor_execute", note)
        for statement, values in explained:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(row.detail for row in rows)

    database.writes(planting.plant)
    database.writes(explain)

    assert [plan for plan in plans if "mail_delivery" in plan and "SCAN" in plan] == []
    assert any("mail_next (campaign=? AND state=?)" in plan for plan in plans)
    assert any("mail_due (campaign=? AND due<?)" in plan for plan in plans)


def _wish() -> claim.Wish:
    return claim.Wish(
        owner="me",
        announce=False,
        transport="relay",
        limit=10,
        at=after(0),
        pace=Pace(per_minute=0),
    )
