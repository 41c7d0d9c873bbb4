"""People before modals."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_server import SlackServer, User, View, Watch
from tests.slack_server.things import Json
from tests.unit.slack_server.bots import SocketBot
from tests.unit.slack_server.drawn import actions, button, modal, plain, section


@pytest.fixture
async def view(slack: SlackServer, client: AsyncWebClient, wendy: User, watch: Watch) -> View:
    trigger_id = slack.triggers.give(wendy.id, watch.at)
    opened = await client.views_open(trigger_id=trigger_id, view=modal(callback_id="start"))
    return slack.world.views[opened["view"]["id"]]


async def test_a_button_in_a_modal_can_be_pressed(
    slack: SlackServer, bot: SocketBot, client: AsyncWebClient, wendy: User, watch: Watch
) -> None:
    trigger_id = slack.triggers.give(wendy.id, watch.at)
    await client.views_open(trigger_id=trigger_id, view=modal(actions(button())))
    (view,) = slack.world.views.values()

    await slack.press(wendy, view, "Go on")

    assert bot.heard[0]["view"]["id"] == bot.heard[0]["container"]["view_id"] == view.id
    assert slack.breaches == []


async def test_a_submission_tells_what_was_filled_in_and_closes_the_modal(
    slack: SlackServer, bot: SocketBot, wendy: User, view: View
) -> None:
    acknowledgement = await slack.submit(wendy, view, host="hobgoblin")

    values = bot.heard[0]["view"]["state"]["values"]
    assert values["host"]["host_typed"]["value"] == "hobgoblin"
    assert (acknowledgement.ok, view.open) == (True, False)


async def test_a_submission_with_errors_leaves_the_modal_open(
    slack: SlackServer, bot: SocketBot, wendy: User, view: View
) -> None:
    bot.answers = {"response_action": "errors", "errors": {"host": "is not one of ours"}}

    acknowledgement = await slack.submit(wendy, view, host="ghost")

    assert acknowledgement.response_action == "errors"
    assert acknowledgement.errors == {"host": "is not one of ours"}
    assert view.open
    assert slack.breaches == []


async def test_a_submission_can_change_the_modal(
    slack: SlackServer, bot: SocketBot, wendy: User, view: View
) -> None:
    bot.answers = {"response_action": "update", "view": modal(section("done"))}

    await slack.submit(wendy, view, host="hobgoblin")

    assert view.blocks[0]["text"]["text"] == "done"


async def test_a_submission_can_lay_another_modal_on_top(
    slack: SlackServer, bot: SocketBot, wendy: User, view: View
) -> None:
    bot.answers = {"response_action": "push", "view": modal(section("sure?"))}

    await slack.submit(wendy, view, host="hobgoblin")

    assert [view.open for view in slack.world.views.values()] == [True, True]


@pytest.mark.parametrize(
    ("answers", "breach"),
    [
        ({"response_action": "errors", "errors": {"ghost": "?"}}, "do not fit the inputs"),
        ({"response_action": "update", "view": modal(title=plain("t" * 25))}, "/view/title"),
        ({"text": "thanks"}, "Slack does not understand the answer"),
    ],
)
async def test_an_answer_to_a_submission_is_judged(
    slack: SlackServer, bot: SocketBot, wendy: User, view: View, answers: Json, breach: str
) -> None:
    bot.answers = answers

    await slack.submit(wendy, view, host="hobgoblin")

    assert breach in slack.breaches[0]
