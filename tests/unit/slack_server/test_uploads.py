"""Files."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import UNAVAILABLE, Channel, SlackServer, User

PICTURE = b"\x89PNG\r\n"


async def test_a_file_comes_into_the_thread_with_its_bytes(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, wendy: User
) -> None:
    message = slack.write(wendy, "show me", channel)

    await client.files_upload_v2(
        filename="timeline.png", content=PICTURE, channel=channel.id, thread_ts=message.ts
    )

    (file,) = slack.thread(message)[0].files
    assert (file.name, file.content, file.channel) == ("timeline.png", PICTURE, channel.id)
    assert slack.breaches == []


async def test_a_length_that_was_not_announced_is_a_breach(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    answer = await client.files_getUploadURLExternal(filename="a.png", length=7)

    async with aiohttp.ClientSession() as session:
        status = (await session.post(answer["upload_url"], data=PICTURE)).status

    assert status == 400
    assert slack.breaches == ["upload of a.png: 6 bytes, 7 were announced"]


async def test_an_upload_can_fail(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.fail("upload", UNAVAILABLE)

    with pytest.raises(SlackRequestError, match="503"):
        await client.files_upload_v2(filename="a.png", content=PICTURE)


async def test_a_file_may_be_large(slack: SlackServer, client: AsyncWebClient) -> None:
    await client.files_upload_v2(filename="a.png", content=b"x" * 2**20)

    assert slack.breaches == []


async def test_a_file_without_its_bytes_is_not_found(
    client: AsyncWebClient, channel: Channel
) -> None:
    answer = await client.files_getUploadURLExternal(filename="a.png", length=7)

    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(
            files=[{"id": answer["file_id"]}], channel_id=channel.id
        )
