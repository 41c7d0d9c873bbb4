"""People, over signed HTTP, with a bot that checks signatures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, SlackServer, User, Watch
from tests.unit.slack_server.bots import HttpBot, over_http
from tests.unit.slack_server.drawn import actions, button


@pytest.fixture
async def bot(slack: SlackServer) -> AsyncIterator[HttpBot]:
    async with over_http(slack) as bot:
        yield bot


async def test_a_command_is_a_signed_form(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel
) -> None:
    acknowledgement = await slack.command(wendy, "status hobgoblin", channel=channel)

    form = parse_qs(bot.heard[0][0])
    assert (acknowledgement.ok, acknowledgement.way) == (True, "http")
    assert (form["command"], form["text"]) == (["/maint"], ["status hobgoblin"])
    assert slack.breaches == []


async def test_a_press_is_a_form_with_json_in_it(
    slack: SlackServer, bot: HttpBot, client: AsyncWebClient, wendy: User, channel: Channel
) -> None:
    await client.chat_postMessage(channel=channel.id, text="?", blocks=[actions(button())])
    acknowledgement = await slack.press(wendy, slack.world.messages[0], "Go on")

    payload = json.loads(parse_qs(bot.heard[0][0])["payload"][0])
    assert acknowledgement.ok
    assert payload["actions"][0]["action_id"] == "go"


async def test_an_event_is_json(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel
) -> None:
    await slack.mention(wendy, "status", channel=channel)

    assert json.loads(bot.heard[0][0])["event"]["type"] == "app_mention"


async def test_a_replay_is_the_same_to_the_byte_and_still_signed(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel
) -> None:
    first = await slack.command(wendy, "start hobgoblin", channel=channel)
    second = await slack.replay(first)

    assert second.ok
    assert bot.heard[0] == bot.heard[1]


@pytest.mark.parametrize(("forged", "age"), [(True, 0), (False, 301)])
async def test_a_bad_signature_is_to_be_refused(
    slack: SlackServer, bot: HttpBot, *, forged: bool, age: float
) -> None:
    payload = {"command": "/maint", "text": "start hobgoblin"}

    refused = await slack.send(payload, kind="command", forged=forged, age=age)
    assert (refused.status, bot.heard, slack.breaches) == (401, [], [])

    bot.trusting = True
    await slack.send(payload, kind="command", forged=forged, age=age)
    assert slack.breaches == ["command /maint: accepted with a signature that is not valid"]


async def test_another_status_than_200_is_a_breach(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel
) -> None:
    bot.status = 404

    assert not (await slack.command(wendy, "status", channel=channel)).ok
    assert slack.breaches == ["command /maint: answered with status 404"]


async def test_silence_for_three_seconds_is_a_breach(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel, watch: Watch
) -> None:
    bot.hold = asyncio.Event()
    task = asyncio.create_task(slack.command(wendy, "status", channel=channel))
    await slack.until(lambda: slack.deliveries)
    watch.advance(3.1)
    slack.look()

    assert not (await task).ok
    assert slack.breaches == ["command /maint: not acknowledged within 3 s"]
    bot.hold.set()


async def test_an_event_that_is_not_acknowledged_comes_again_with_a_number(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel, watch: Watch
) -> None:
    bot.status = 500
    await slack.mention(wendy, "status", channel=channel)
    await slack.until(lambda: [d.status for d in slack.deliveries] == [500, 500])

    bot.status = 200
    watch.advance(60)
    slack.look()
    await slack.until(lambda: [d.status for d in slack.deliveries] == [500, 500, 200])

    assert [retry for _, retry in bot.heard] == ["", "1", "2"]


async def test_a_bot_that_is_down_is_not_to_blame(
    slack: SlackServer, wendy: User, channel: Channel
) -> None:
    async with over_http(slack):
        pass

    assert (await slack.command(wendy, "status", channel=channel)).lost
    assert slack.breaches == []


async def test_an_answer_is_shown(
    slack: SlackServer, bot: HttpBot, wendy: User, channel: Channel
) -> None:
    bot.answer = {"text": "I begin", "response_type": "in_channel"}

    await slack.command(wendy, "start hobgoblin", channel=channel)

    assert [message.text for message in slack.world.messages] == ["I begin"]
