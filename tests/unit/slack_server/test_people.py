"""People who type and press, over a socket, with a bot of slack_bolt."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, Message, SlackServer, User, buttons
from tests.unit.slack_server.bots import SocketBot
from tests.unit.slack_server.drawn import actions, button, modal, section


@pytest.fixture
async def message(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> Message:
    blocks = [section("ready"), actions(button("Go on", value="hobgoblin", style="primary"))]
    await client.chat_postMessage(channel=channel.id, text="ready", blocks=blocks)
    return slack.world.messages[0]


async def test_a_command_is_acknowledged(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    acknowledgement = await slack.command(wendy, "log R&D", channel=channel)

    assert (acknowledgement.ok, acknowledgement.seconds, acknowledgement.way) == (True, 0, "socket")
    assert bot.heard[0]["text"] == "log R&amp;D"
    assert bot.heard[0]["user_id"] == wendy.id
    assert slack.breaches == []


async def test_what_an_acknowledgement_says_is_shown(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    bot.answers = {"text": "I begin"}

    acknowledgement = await slack.command(wendy, "start hobgoblin", channel=channel)

    assert acknowledgement.body["text"] == "I begin"
    assert [(m.text, m.to) for m in slack.world.ephemerals] == [("I begin", wendy.id)]


async def test_the_trigger_of_a_command_opens_a_modal(
    slack: SlackServer, bot: SocketBot, client: AsyncWebClient, wendy: User, channel: Channel
) -> None:
    await slack.command(wendy, "start", channel=channel)

    await client.views_open(trigger_id=bot.heard[0]["trigger_id"], view=modal())

    assert [view.user for view in slack.world.views.values()] == [wendy.id]


async def test_a_press_tells_where_it_was(
    slack: SlackServer, bot: SocketBot, wendy: User, message: Message
) -> None:
    acknowledgement = await slack.press(wendy, message, "Go on")

    (body,) = bot.heard
    assert acknowledgement.ok
    assert body["actions"][0]["value"] == "hobgoblin"
    assert body["container"]["message_ts"] == body["message"]["ts"] == message.ts
    assert body["message"]["blocks"] == message.blocks
    assert slack.breaches == []


async def test_a_button_is_found_by_its_action_too(
    slack: SlackServer, bot: SocketBot, wendy: User, message: Message
) -> None:
    await slack.press(wendy, message, "go")

    assert len(bot.heard) == 1
    assert [(b.label, b.value, b.style) for b in buttons(message)] == [
        ("Go on", "hobgoblin", "primary")
    ]


async def test_a_button_that_is_gone_cannot_be_pressed(
    slack: SlackServer, wendy: User, message: Message
) -> None:
    slack.edit(wendy, message, "nothing to press")

    with pytest.raises(AssertionError, match="0 buttons 'Go on'"):
        await slack.press(wendy, message, "Go on")


async def test_only_who_sees_a_message_can_press_its_buttons(
    slack: SlackServer, bot: SocketBot, client: AsyncWebClient, wendy: User, channel: Channel
) -> None:
    await client.chat_postEphemeral(
        channel=channel.id, user=wendy.id, text="sure?", blocks=[actions(button())]
    )
    (message,) = slack.world.ephemerals
    await slack.press(wendy, message, "Go on")

    assert bot.heard[0]["container"]["is_ephemeral"]
    with pytest.raises(AssertionError, match="mallory does not see this message"):
        await slack.press(slack.world.person("mallory"), message, "Go on")


async def test_an_answer_to_a_press_is_a_breach(
    slack: SlackServer, bot: SocketBot, wendy: User, message: Message
) -> None:
    bot.answers = {"text": "pressed"}

    await slack.press(wendy, message, "Go on")

    assert "interactive block_actions: Slack ignores the answer" in slack.breaches[0]


async def test_a_mention_is_an_event_with_its_message(
    slack: SlackServer, bot: SocketBot, wendy: User, channel: Channel
) -> None:
    parent = slack.write(wendy, "look at this", channel)
    acknowledgement = await slack.mention(wendy, "status", channel=channel, thread_ts=parent.ts)

    (message,) = slack.thread(parent)
    event = bot.heard[0]["event"]
    assert acknowledgement.ok
    assert (event["ts"], event["thread_ts"], event["text"]) == (
        message.ts,
        parent.ts,
        message.text,
    )
