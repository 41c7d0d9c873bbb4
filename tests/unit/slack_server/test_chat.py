"""Messages."""

from __future__ import annotations

import json

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, Message, SlackServer, User, Watch, shown
from tests.slack_server.things import BOT
from tests.unit.slack_server.drawn import section


async def test_a_post_is_there_with_all_it_has(message: Message, channel: Channel) -> None:
    assert (message.channel, message.author, message.text) == (channel.id, BOT, "saving")
    assert message.blocks[0]["text"]["text"] == "*saving*"
    assert message.metadata["event_payload"] == {"host": "hobgoblin"}


async def test_a_form_is_understood_like_json(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    blocks = json.dumps([section("drawn")])
    form = {"channel": channel.id, "text": "typed", "blocks": blocks}

    await client.api_call("chat.postMessage", data=form)

    assert shown(slack.world.messages[0]) == "drawn"
    assert slack.breaches == []


async def test_every_version_stays_with_its_time(
    client: AsyncWebClient, message: Message, watch: Watch
) -> None:
    await client.chat_update(
        channel=message.channel, ts=message.ts, text="saved", blocks=[section("*saved*")]
    )

    assert [(v.text, v.at) for v in message.versions] == [
        ("saving", watch.at - 2),
        ("saved", watch.at),
    ]


async def test_an_edit_without_blocks_removes_them_and_keeps_the_metadata(
    client: AsyncWebClient, message: Message
) -> None:
    await client.chat_update(channel=message.channel, ts=message.ts, text="saved")

    assert (message.blocks, message.metadata["event_type"]) == ([], "run")


async def test_replies_are_the_thread_of_their_message(
    slack: SlackServer, client: AsyncWebClient, message: Message
) -> None:
    await client.chat_postMessage(
        channel=message.channel, text="details", thread_ts=message.ts, reply_broadcast=True
    )

    assert [(m.text, m.reply_broadcast) for m in slack.thread(message)] == [("details", True)]
    assert slack.breaches == []


@pytest.mark.parametrize(
    ("thread_ts", "breach"),
    [("1.000000", "never had a message 1.000000 to reply to"), ("", "without thread_ts")],
)
async def test_a_reply_to_nothing_is_a_breach(
    slack: SlackServer, client: AsyncWebClient, message: Message, thread_ts: str, breach: str
) -> None:
    await client.chat_postMessage(
        channel=message.channel, text="details", thread_ts=thread_ts, reply_broadcast=True
    )

    assert breach in slack.breaches[0]


async def test_a_reply_to_a_reply_is_a_breach(
    slack: SlackServer, client: AsyncWebClient, message: Message, wendy: User, channel: Channel
) -> None:
    reply = slack.write(wendy, "why?", channel, message.ts)

    await client.chat_postMessage(channel=channel.id, text="because", thread_ts=reply.ts)

    assert slack.breaches == [f"chat.postMessage: {reply.ts} is a reply itself"]


async def test_a_deleted_message_is_not_found(
    slack: SlackServer, client: AsyncWebClient, message: Message
) -> None:
    slack.delete(message)

    assert await edit_refused(client, message) == "message_not_found"
    assert slack.breaches == []


async def test_an_edit_by_somebody_is_a_version(
    slack: SlackServer, client: AsyncWebClient, message: Message, wendy: User
) -> None:
    slack.edit(wendy, message, "nothing to see here")
    await client.chat_update(channel=message.channel, ts=message.ts, text="saved")

    assert [version.by for version in message.versions] == [BOT, wendy.id, BOT]


async def test_a_message_of_somebody_else_cannot_be_edited(
    slack: SlackServer, client: AsyncWebClient, wendy: User, channel: Channel
) -> None:
    message = slack.write(wendy, "mine", channel)

    assert await edit_refused(client, message) == "cant_update_message"
    assert slack.breaches == ["chat.update: cant_update_message"]


async def test_an_archived_channel_takes_no_posts_and_no_edits(
    slack: SlackServer, client: AsyncWebClient, message: Message, channel: Channel, watch: Watch
) -> None:
    slack.archive(channel)
    assert await post_refused(client, channel.id) == "is_archived"
    assert await edit_refused(client, message) == "is_inactive"

    slack.archive(channel, archived=False)
    watch.advance(1)
    await client.chat_postMessage(channel=channel.id, text="back")


async def test_a_channel_without_the_bot_takes_no_posts(
    slack: SlackServer, client: AsyncWebClient, wendy: User
) -> None:
    other = slack.world.channel("other", wendy, joined=False)

    assert await post_refused(client, other.id) == "not_in_channel"
    assert await post_refused(client, "C99999999") == "channel_not_found"


async def test_a_post_to_a_person_goes_to_the_conversation_with_them(
    slack: SlackServer, client: AsyncWebClient, wendy: User
) -> None:
    answer = await client.chat_postMessage(channel=wendy.id, text="psst")

    assert answer["channel"] == slack.world.direct({wendy.id}).id


async def test_only_one_person_sees_an_ephemeral_message(
    slack: SlackServer, client: AsyncWebClient, wendy: User, channel: Channel
) -> None:
    await client.chat_postEphemeral(channel=channel.id, user=wendy.id, text="for you")

    assert [(m.to, m.text) for m in slack.world.ephemerals] == [(wendy.id, "for you")]
    assert slack.world.messages == []


async def test_who_is_not_in_the_channel_gets_no_ephemeral_message(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    mallory = slack.world.person("mallory")

    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await client.chat_postEphemeral(channel=channel.id, user=mallory.id, text="for you")


async def post_refused(client: AsyncWebClient, channel: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=channel, text="text")
    error: str = refused.value.response["error"]
    return error


async def edit_refused(client: AsyncWebClient, message: Message) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_update(channel=message.channel, ts=message.ts, text="text")
    error: str = refused.value.response["error"]
    return error
