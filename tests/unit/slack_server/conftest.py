"""A server whose time stands still, a channel in it, a client, a message and a bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, Message, SlackServer, User, Watch
from tests.unit.slack_server.bots import SocketBot, on_socket
from tests.unit.slack_server.drawn import section


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def slack(watch: Watch) -> AsyncIterator[SlackServer]:
    async with SlackServer(machine=watch) as server:
        yield server


@pytest.fixture
def wendy(slack: SlackServer) -> User:
    return slack.world.person("wendy")


@pytest.fixture
def channel(slack: SlackServer, wendy: User) -> Channel:
    return slack.world.channel("maintenance", wendy)


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    return AsyncWebClient(token=slack.token, base_url=slack.base_url, retry_handlers=[])


@pytest.fixture
async def message(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, watch: Watch
) -> Message:
    metadata = {"event_type": "run", "event_payload": {"host": "hobgoblin"}}
    await client.chat_postMessage(
        channel=channel.id, text="saving", blocks=[section("*saving*")], metadata=metadata
    )
    watch.advance(2)
    return slack.world.messages[0]


@pytest.fixture
async def bot(slack: SlackServer) -> AsyncIterator[SocketBot]:
    async with on_socket(slack) as bot:
        yield bot
