"""How fast Slack is written to, and how long it is left alone; an outage and its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.chat.slack.door import Door
from bot.chat.slack.pacing import Pace, Patience

AT = datetime(2021, 8, 26, 20, 14, tzinfo=UTC)


def test_one_goes_at_once_and_the_next_after_its_time() -> None:
    pace = Pace(apart=1.05)
    assert pace.wait(100.0) == 0.0

    pace.take(100.0)

    assert round(pace.wait(100.5), 2) == 0.55
    assert pace.wait(101.05) == 0.0


def test_what_slack_asks_for_is_kept() -> None:
    pace = Pace(apart=1.0)
    pace.hold(130.0)
    pace.take(101.0)

    assert pace.wait(101.0) == 29.0


def test_patience_grows_to_an_end_and_begins_anew() -> None:
    patience = Patience()

    assert [patience.more() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    patience.rest()
    assert patience.more(12.0) == 12.0


def test_a_door_that_is_shut_is_news_once_and_again_for_another_reason() -> None:
    door = Door()

    assert door.shut("HTTP 503", AT, 10.0)
    assert not door.shut("HTTP 503", AT, 12.0)
    assert door.shut("is_archived", AT, 14.0)


def test_an_outage_is_mentioned_from_half_a_minute_on() -> None:
    door = Door()
    door.shut("HTTP 503", AT, 10.0)
    assert door.outage is not None

    assert not door.outage.mentioned(39.0)
    assert door.outage.mentioned(40.0)


def test_the_end_of_an_outage_is_remembered_until_it_is_told() -> None:
    door = Door()
    door.shut("HTTP 503", AT, 10.0)

    assert door.open(AT + timedelta(hours=1), 3610.0)
    assert door.wait(3610.0) == 0.0
    assert door.outage is not None
    assert door.outage.until == AT + timedelta(hours=1)
    door.told()
    assert door.outage is None


def test_a_new_outage_after_one_that_was_too_short_begins_by_itself() -> None:
    door = Door()
    door.shut("HTTP 503", AT, 10.0)
    door.open(AT, 11.0)

    assert door.shut("HTTP 503", AT, 100.0)
    assert door.outage is not None
    assert door.outage.begun == 100.0
