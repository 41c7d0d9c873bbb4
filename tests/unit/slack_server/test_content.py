"""What messages say."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, Message, SlackServer, shown
from tests.unit.slack_server.drawn import actions, button, plain, section


@pytest.mark.parametrize(
    ("content", "error", "breach"),
    [
        ({}, "no_text", "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long", "msg_too_long"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks", "must have at least 1"),
        ({"text": "x", "blocks": [section("x" * 3000)] * 5}, "msg_blocks_too_long", "too_long"),
        ({"text": "x", "metadata": {"run": 1}}, "invalid_metadata_format", "metadata"),
    ],
)
async def test_a_message_beyond_a_limit_is_refused_and_a_breach(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    content: dict[str, object],
    error: str,
    breach: str,
) -> None:
    with pytest.raises(SlackApiError, match=error):
        await client.api_call("chat.postMessage", json={"channel": channel.id, **content})

    assert breach in "".join(slack.breaches)


@pytest.mark.parametrize(
    ("content", "breach"),
    [
        ({"blocks": [section()]}, "has no text beside its blocks"),
        ({"text": "x" * 4001}, "text has 4001 characters, 4000 are good"),
        ({"text": "<!channel>"}, "shouts with <!channel>"),
        ({"text": "x", "blocks": [section("R&D")]}, "has an unescaped & in 'R&D'"),
        ({"text": "x", "link_names": True}, "link_names and parse make names in texts shout"),
        ({"text": "x", "parse": "full"}, "link_names and parse make names in texts shout"),
        ({"text": "x", "attachments": [{}]}, "attachments are a thing of the past"),
    ],
)
async def test_what_slack_lets_pass_can_be_a_breach(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    content: dict[str, object],
    breach: str,
) -> None:
    await client.api_call("chat.postMessage", json={"channel": channel.id, **content})

    assert slack.breaches == [f"chat.postMessage: {breach}"]


async def test_an_edit_takes_less_text_than_a_post(
    slack: SlackServer, client: AsyncWebClient, message: Message
) -> None:
    with pytest.raises(SlackApiError, match="msg_too_long"):
        await client.chat_update(channel=message.channel, ts=message.ts, text="x" * 4001)

    assert slack.breaches == ["chat.update: msg_too_long"]


async def test_everything_in_a_message_is_shown_as_it_is_read(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    blocks = [
        {"type": "header", "text": plain("hobgoblin")},
        section("R&amp;D", fields=[plain("saved"), plain("3 of 9")]),
        {"type": "divider"},
        {"type": "context", "elements": [plain("since"), plain("02:00")]},
        actions(button("Pause"), button("Abort", "abort", style="danger")),
    ]
    await client.chat_postMessage(channel=channel.id, text="hobgoblin", blocks=blocks)

    expected = "hobgoblin\nR&D\nsaved\n3 of 9\nsince 02:00\n[Pause] [Abort]"
    assert shown(slack.world.messages[0]) == expected
