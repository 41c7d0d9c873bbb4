"""Sockets: how they end, and what was on them then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, SlackServer, User, Watch
from tests.unit.slack_server.bots import SocketBot, on_socket


async def test_real_time_is_measured_too() -> None:
    async with SlackServer() as slack, on_socket(slack):
        wendy = slack.world.person("wendy")
        channel = slack.world.channel("maintenance", wendy)
        acknowledgement = await slack.command(wendy, "status", channel=channel)

    assert 0 < acknowledgement.seconds < 3


async def test_silence_for_three_seconds_is_a_breach(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel, watch: Watch
) -> None:
    bot.mute = True
    task = asyncio.create_task(slack.command(wendy, "status", channel=channel))
    await slack.until(lambda: slack.deliveries)
    watch.advance(3.1)
    slack.look()

    assert not (await task).ok
    assert slack.breaches == ["command /maint: not acknowledged within 3 s"]


async def test_an_event_without_acknowledgement_comes_again(
    slack: SlackServer, wendy: User, channel: Channel, watch: Watch
) -> None:
    async with silent(slack) as socket:
        task = asyncio.create_task(slack.mention(wendy, "status", channel=channel))
        envelopes = [await socket.receive_json()]
        for seconds in (3.1, 60, 300):
            watch.advance(seconds)
            slack.look()
            envelopes.append(await socket.receive_json())

    assert not (await task).ok
    assert [(e["retry_attempt"], e["retry_reason"]) for e in envelopes] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1


async def test_a_replay_is_the_same_again(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    first = await slack.command(wendy, "start hobgoblin", channel=channel)
    second = await slack.replay(first)

    assert second.ok
    assert bot.heard[0] == bot.heard[1]


async def test_a_socket_is_replaced_when_slack_wishes(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    await slack.refresh_sockets()
    await slack.until(lambda: slack.connected)

    assert (await slack.command(wendy, "status", channel=channel)).ok
    assert len(bot.heard) == 1
    assert slack.breaches == []


async def test_the_bot_comes_back_after_an_outage(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    await slack.outage()
    lost = await slack.command(wendy, "status", channel=channel)
    await slack.back()
    await slack.until(lambda: slack.connected)
    found = await slack.command(wendy, "status", channel=channel)

    assert (lost.lost, found.ok, len(bot.heard)) == (True, True, 1)
    assert slack.breaches == []


async def test_what_nobody_awaits_cannot_be_acknowledged(slack: SlackServer) -> None:
    async with silent(slack) as socket:
        await socket.send_json({"envelope_id": "never"})
        await slack.until(lambda: slack.breaches)

    assert "nobody awaits" in slack.breaches[0]


async def test_a_late_acknowledgement_still_comes_in(
    slack: SlackServer, wendy: User, channel: Channel, watch: Watch
) -> None:
    async with silent(slack) as socket:
        task = asyncio.create_task(slack.command(wendy, "status", channel=channel))
        envelope = await socket.receive_json()
        watch.advance(4)
        slack.look()
        acknowledgement = await task
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await slack.until(lambda: acknowledgement.status)

    assert (acknowledgement.seconds, acknowledgement.ok) == (4, False)
    assert slack.breaches == ["command /maint: not acknowledged within 3 s"]


async def test_a_socket_that_ends_before_is_not_to_blame(
    slack: SlackServer, wendy: User, channel: Channel
) -> None:
    async with silent(slack) as socket:
        task = asyncio.create_task(slack.command(wendy, "status", channel=channel))
        await socket.receive_json()

    assert (await task).lost
    assert slack.breaches == []


async def test_there_are_ten_sockets_at_most(slack: SlackServer) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(silent(slack))
        socket = await stack.enter_async_context(opened(slack))
        frame = await socket.receive_json()

    assert frame == {"type": "disconnect", "reason": "too_many_websockets"}


async def test_an_address_opens_one_socket(slack: SlackServer, client: AsyncWebClient) -> None:
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)

    assert slack.breaches == ["socket: its address was not given out, or was used before"]


@asynccontextmanager
async def opened(slack: SlackServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    client = AsyncWebClient(base_url=slack.base_url)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield socket


@asynccontextmanager
async def silent(slack: SlackServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with opened(slack) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        yield socket
