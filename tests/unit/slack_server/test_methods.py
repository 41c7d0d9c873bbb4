"""Who may call what, and what is told."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import Channel, SlackServer, User
from tests.slack_server.things import BOT


async def test_the_bot_learns_who_it_is_and_what_it_may_do(client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert answer["user_id"] == BOT
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-other", "invalid_auth"), ("xapp-1-the-app", "not_allowed_token_type")],
)
async def test_another_token_is_refused(slack: SlackServer, token: str, error: str) -> None:
    client = AsyncWebClient(token=token, base_url=slack.base_url)

    assert await refusal(client.auth_test()) == error


async def test_no_token_is_refused(slack: SlackServer) -> None:
    assert await refusal(AsyncWebClient(base_url=slack.base_url).auth_test()) == "not_authed"


async def test_a_scope_that_was_not_granted_is_missing(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    slack.scopes.remove("chat:write")

    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=channel.id, text="text")

    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "chat:write"


async def test_an_address_is_told_only_with_its_scope(
    slack: SlackServer, client: AsyncWebClient, wendy: User
) -> None:
    told = await client.users_info(user=wendy.id)
    slack.scopes.remove("users:read.email")
    untold = await client.users_info(user=wendy.id)

    assert told["user"]["profile"]["email"] == "wendy@example.org"
    assert "email" not in untold["user"]["profile"]


async def test_the_members_of_a_group_are_told(
    slack: SlackServer, client: AsyncWebClient, wendy: User
) -> None:
    group = slack.world.group(wendy)

    assert (await client.usergroups_users_list(usergroup=group))["users"] == [wendy.id]
    assert await refusal(client.usergroups_users_list(usergroup="S9")) == "no_such_subteam"


async def test_a_channel_is_described(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    slack.archive(channel)
    answer = await client.conversations_info(channel=channel.id, include_num_members=True)

    facts = answer["channel"]
    assert (facts["is_member"], facts["is_archived"], facts["num_members"]) == (True, True, 2)


async def test_a_private_channel_without_the_bot_is_not_found(
    slack: SlackServer, client: AsyncWebClient, wendy: User
) -> None:
    secret = slack.world.channel("secret", wendy, joined=False, private=True)

    assert await refusal(client.conversations_info(channel=secret.id)) == "channel_not_found"


async def test_the_conversation_with_a_person_is_always_the_same(
    client: AsyncWebClient, wendy: User
) -> None:
    one = await client.conversations_open(users=wendy.id)
    other = await client.conversations_open(users=[wendy.id])

    assert one["channel"]["id"] == other["channel"]["id"]


async def test_a_method_that_is_not_there_is_a_breach(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    assert await refusal(client.api_call("chat.postMesage")) == "unknown_method"
    assert slack.breaches == ["chat.postMesage: unknown_method"]


async def test_an_argument_that_is_not_there_is_a_breach(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    assert await refusal(client.api_call("chat.postMessage", json={})) == "invalid_arguments"
    assert slack.breaches == ["chat.postMessage: invalid_arguments {'missing': ['channel']}"]


async def refusal(call: object) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call  # type: ignore[misc] # the client's methods are coroutines
    error: str = refused.value.response["error"]
    return error
