"""Response URLs."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack_server import (
    DROPPED_AFTER,
    UNAVAILABLE,
    Channel,
    Fault,
    SlackServer,
    User,
    Watch,
    limited,
    refused,
)
from tests.slack_server.payloads import response_url
from tests.unit.slack_server.drawn import section


@pytest.fixture
def hook(slack: SlackServer, wendy: User, channel: Channel, watch: Watch) -> AsyncWebhookClient:
    given = slack.hooks.give(wendy.id, channel.id, watch.at)
    return AsyncWebhookClient(response_url(slack, given))


async def test_an_answer_is_for_the_asker_alone_unless_it_says_otherwise(
    slack: SlackServer, hook: AsyncWebhookClient, wendy: User
) -> None:
    await hook.send(text="for you")
    await hook.send(text="for all", response_type="in_channel")

    assert [(m.text, m.to) for m in slack.world.ephemerals] == [("for you", wendy.id)]
    assert [m.text for m in slack.world.messages] == ["for all"]
    assert [a.response_type for a in slack.world.answers] == ["ephemeral", "in_channel"]


async def test_a_response_url_is_good_for_five_answers(
    slack: SlackServer, hook: AsyncWebhookClient
) -> None:
    answers = [await hook.send(text=str(n)) for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[0].body == "ok"
    assert slack.breaches == ["response_url: used_url"]


async def test_a_response_url_is_good_for_thirty_minutes(
    slack: SlackServer, hook: AsyncWebhookClient, watch: Watch
) -> None:
    watch.advance(30 * 60 + 1)

    assert (await hook.send(text="late")).status_code == 404
    assert slack.breaches == ["response_url: expired_url"]


async def test_the_message_that_was_pressed_can_be_replaced_and_deleted(
    slack: SlackServer, client: AsyncWebClient, wendy: User, channel: Channel, watch: Watch
) -> None:
    await client.chat_postEphemeral(channel=channel.id, user=wendy.id, text="choose")
    (message,) = slack.world.ephemerals
    hook = AsyncWebhookClient(
        response_url(slack, slack.hooks.give(wendy.id, channel.id, watch.at, message))
    )

    await hook.send(text="chosen", replace_original=True)
    await hook.send(delete_original=True)

    assert [version.text for version in message.versions] == ["choose", "chosen"]
    assert message.deleted
    assert slack.breaches == []


@pytest.mark.parametrize(
    ("fault", "status"), [(UNAVAILABLE, 503), (limited(3), 429), (refused("no_team"), 404)]
)
async def test_a_response_url_has_faults_on_command(
    slack: SlackServer, hook: AsyncWebhookClient, fault: Fault, status: int
) -> None:
    slack.fail("response_url", fault)

    assert (await hook.send(text="lost")).status_code == status
    assert slack.world.answers == []


async def test_an_answer_can_be_taken_and_not_confirmed(
    slack: SlackServer, hook: AsyncWebhookClient
) -> None:
    hook.retry_handlers = []
    slack.fail("response_url", DROPPED_AFTER)

    with pytest.raises(aiohttp.ClientConnectionError):
        await hook.send(text="taken")

    assert [answer.text for answer in slack.world.answers] == ["taken"]


async def test_there_is_nothing_to_replace_after_a_command(
    slack: SlackServer, hook: AsyncWebhookClient
) -> None:
    await hook.send(text="again", replace_original=True)

    assert slack.breaches == ["response_url: there is no original to replace or delete"]


async def test_an_answer_is_judged_like_a_message(
    slack: SlackServer, hook: AsyncWebhookClient
) -> None:
    refused = await hook.send(text="x", blocks=[section("x" * 3001)])
    await hook.send(text="<!channel>")

    assert refused.status_code == 404
    assert "invalid_blocks" in slack.breaches[0]
    assert slack.breaches[1] == "response_url: shouts with <!channel>"
