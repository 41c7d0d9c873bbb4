"""What the server does to its clients on command."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import (
    DROPPED_AFTER,
    DROPPED_BEFORE,
    INTERNAL_ERROR,
    UNAVAILABLE,
    Channel,
    Fault,
    SlackServer,
    Watch,
    limited,
    refused,
    slow,
)


@pytest.mark.parametrize(
    ("fault", "status"), [(INTERNAL_ERROR, 500), (UNAVAILABLE, 503), (limited(7), 429)]
)
async def test_a_fault_can_be_a_status(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, fault: Fault, status: int
) -> None:
    slack.fail("chat.postMessage", fault)

    with pytest.raises(SlackApiError) as failed:
        await client.chat_postMessage(channel=channel.id, text="text")

    assert failed.value.response.status_code == status
    assert slack.world.messages == []


async def test_the_fault_of_too_many_calls_says_when_to_come_again(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("auth.test", limited(7))

    with pytest.raises(SlackApiError) as failed:
        await client.auth_test()

    assert failed.value.response.headers["Retry-After"] == "7"


async def test_a_fault_can_be_an_error_by_name(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.fail("auth.test", refused("account_inactive"))

    with pytest.raises(SlackApiError, match="account_inactive"):
        await client.auth_test()


@pytest.mark.parametrize(("fault", "posted"), [(DROPPED_BEFORE, 0), (DROPPED_AFTER, 1)])
async def test_the_connection_can_end_before_and_after_the_method_acts(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, fault: Fault, posted: int
) -> None:
    slack.fail("chat.postMessage", fault)

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=channel.id, text="text")

    assert len(slack.world.messages) == posted
    assert [call.status for call in slack.calls] == [0]


async def test_an_answer_can_be_slow(
    slack: SlackServer, client: AsyncWebClient, watch: Watch
) -> None:
    slack.fail("auth.test", slow(4))
    task = asyncio.create_task(client.auth_test())
    await slack.until(lambda: slack.calls and slack.calls[0].answer)
    assert not task.done()

    watch.advance(4)
    slack.look()

    assert (await task)["ok"]


async def test_a_fault_strikes_as_often_as_it_shall(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("*", UNAVAILABLE, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await client.auth_test()

    assert (await client.auth_test())["ok"]


async def test_an_outage_refuses_connections_until_it_is_over(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await slack.outage()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.auth_test()

    await slack.back()

    assert (await client.auth_test())["ok"]


async def test_an_outage_ends_connections_that_are_open(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("auth.test", slow(4))
    task = asyncio.create_task(client.auth_test())
    await slack.until(lambda: slack.calls and slack.calls[0].answer)

    await slack.outage()

    with pytest.raises(aiohttp.ClientConnectionError):
        await task


async def test_waiting_in_vain_tells_what_there_was(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    await client.chat_postMessage(channel=channel.id, text="<!here>")

    with pytest.raises(TimeoutError, match="shouts with <!here>"):
        await slack.until(lambda: False, seconds=0)
