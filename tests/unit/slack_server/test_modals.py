"""Modals: the right to open one, and how it changes."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import SlackServer, User, Watch
from tests.slack_server.things import Json
from tests.unit.slack_server.drawn import modal, plain, section, typed


@pytest.fixture
def trigger_id(slack: SlackServer, wendy: User, watch: Watch) -> str:
    return slack.triggers.give(wendy.id, watch.at)


async def test_a_trigger_opens_one_modal_for_its_user(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str, wendy: User
) -> None:
    answer = await client.views_open(trigger_id=trigger_id, view=modal())

    view = slack.world.views[answer["view"]["id"]]
    assert (view.user, view.open, view.hash) == (wendy.id, True, answer["view"]["hash"])
    assert slack.breaches == []


async def test_a_trigger_is_good_for_three_seconds(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str, watch: Watch
) -> None:
    watch.advance(3.1)

    assert await open_refused(client, trigger_id) == "expired_trigger_id"
    assert slack.breaches == ["views.open: expired_trigger_id"]


async def test_a_trigger_is_good_for_one_modal(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str
) -> None:
    await client.views_open(trigger_id=trigger_id, view=modal())

    assert await open_refused(client, trigger_id) == "exchanged_trigger_id"
    assert slack.breaches == ["views.open: exchanged_trigger_id"]


async def test_a_trigger_that_was_not_given_out_is_a_breach(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    assert await open_refused(client, "1.2") == "invalid_trigger_id"
    assert slack.breaches == ["views.open: invalid_trigger_id"]


async def test_a_modal_beyond_a_limit_is_refused_with_the_place(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view=modal(title=plain("t" * 25)))

    assert refused.value.response["error"] == "invalid_arguments"
    assert "/view/title/text" in refused.value.response["response_metadata"]["messages"][0]
    assert "/view/title/text" in slack.breaches[0]


async def test_a_modal_that_shouts_is_a_breach(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str
) -> None:
    await client.views_open(trigger_id=trigger_id, view=modal(section("<!here>"), typed("host")))

    assert slack.breaches == ["views.open: shouts with <!here>"]


async def test_an_update_replaces_what_is_open(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str
) -> None:
    opened = (await client.views_open(trigger_id=trigger_id, view=modal()))["view"]

    await client.views_update(
        view_id=opened["id"], hash=opened["hash"], view=modal(section("done"))
    )

    view = slack.world.views[opened["id"]]
    assert view.blocks[0]["text"]["text"] == "done"
    assert view.past[0]["blocks"][0]["block_id"] == "host"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"hash": "old"}, "hash_conflict"), ({"view_id": "V9"}, "not_found")],
)
async def test_an_update_of_something_else_is_refused(
    client: AsyncWebClient, trigger_id: str, arguments: Json, error: str
) -> None:
    opened = (await client.views_open(trigger_id=trigger_id, view=modal()))["view"]

    with pytest.raises(SlackApiError, match=error):
        await client.views_update(**{"view_id": opened["id"], "view": modal(), **arguments})


async def test_a_modal_is_found_by_the_id_that_the_bot_gave(
    slack: SlackServer, client: AsyncWebClient, trigger_id: str
) -> None:
    await client.views_open(trigger_id=trigger_id, view=modal(external_id="ours"))

    await client.views_update(external_id="ours", view=modal(section("done")))

    (view,) = slack.world.views.values()
    assert len(view.past) == 1


async def open_refused(client: AsyncWebClient, trigger_id: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view=modal())
    error: str = refused.value.response["error"]
    return error
