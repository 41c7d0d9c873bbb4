"""The judge of paces."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.slack_server import Channel, Rates, SlackServer, Watch, limited
from tests.slack_server.things import Json

POST: tuple[str, Json] = ("chat.postMessage", {"channel": "C1"})


def edit(ts: str) -> tuple[str, Json]:
    return "chat.update", {"channel": "C1", "ts": ts}


def test_a_channel_takes_one_post_a_second() -> None:
    rates = Rates()

    assert [rates.admit(*POST, now) for now in (0, 0.5, 1.0)] == [0, 0.95 - 0.5, 0]


def test_another_channel_has_its_own_pace() -> None:
    rates = Rates()
    rates.admit(*POST, 0)

    assert rates.admit("chat.postMessage", {"channel": "C2"}, 0) == 0


def test_a_burst_may_be_tolerated() -> None:
    rates = Rates(post_burst=3)

    assert [rates.admit(*POST, 0) > 0 for _ in range(4)] == [False, False, False, True]


def test_a_message_takes_one_edit_in_two_seconds() -> None:
    rates = Rates()

    assert [rates.admit(*edit("1"), now) > 0 for now in (0, 1, 2)] == [False, True, False]


def test_fifty_edits_in_a_minute_are_the_most() -> None:
    rates = Rates()
    waits = [rates.admit(*edit(str(n)), n) for n in range(51)]

    assert waits == [0] * 50 + [10]


def test_a_method_has_its_own_number_in_a_minute() -> None:
    rates = Rates()
    waits = [rates.admit("usergroups.users.list", {}, 0) for _ in range(21)]

    assert waits == [0] * 20 + [60]


async def test_too_soon_is_answered_429_and_is_a_breach(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    await client.chat_postMessage(channel=channel.id, text="one")

    error = await refusal(client, channel)

    assert (error.status_code, error["error"]) == (429, "ratelimited")
    assert error.headers["Retry-After"] == "1"
    assert slack.breaches == ["chat.postMessage: called 0.95 s too soon"]
    assert len(slack.world.messages) == 1


async def test_retry_after_is_to_be_heeded(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, watch: Watch
) -> None:
    slack.fail("chat.postMessage", limited(30))
    await refusal(client, channel)
    watch.advance(29)

    error = await refusal(client, channel)

    assert error.headers["Retry-After"] == "1"
    assert slack.breaches == ["chat.postMessage: called again 1.00 s before Retry-After has passed"]


async def test_who_heeds_retry_after_gets_through(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, watch: Watch
) -> None:
    slack.fail("chat.postMessage", limited(30))
    await refusal(client, channel)
    watch.advance(30)

    await client.chat_postMessage(channel=channel.id, text="patient")

    assert slack.breaches == []


async def refusal(client: AsyncWebClient, channel: Channel) -> AsyncSlackResponse:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=channel.id, text="text")
    response: AsyncSlackResponse = refused.value.response
    return response
