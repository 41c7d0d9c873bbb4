"""What Slack delivers becomes requests: who, what, under which key; anything else is nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.chat.slack import deliveries

CHAT, AT = "slack:C1", 1e9
COMMAND = {
    "command": "/maint",
    "text": "start hobgoblin",
    "user_id": "U1",
    "user_name": "root",
    "channel_id": "C1",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    "response_url": "http://127.0.0.1/answer",
}


def event(text: str, **more: object) -> dict[str, Any]:
    said = {"type": "app_mention", "user": "U1", "text": text, "channel": "C1", "ts": "1.2", **more}
    return {"type": "event_callback", "event_id": "Ev1", "event": said}


def click(**more: object) -> dict[str, Any]:
    value = json.dumps({"c": "pause hobgoblin", "n": "3"})
    return {
        "type": "block_actions",
        "user": {"id": "U1"},
        "trigger_id": "t1",
        "response_url": "http://127.0.0.1/answer",
        "container": {"type": "message", "channel_id": "C1", "message_ts": "1.2"},
        "actions": [{"action_id": "act0", "value": value}],
        **more,
    }


def test_a_command_is_a_request_under_its_trigger() -> None:
    asked = deliveries.command(COMMAND, CHAT, AT)

    assert asked is not None
    assert (asked.actor, asked.text) == ("slack:U1", "start hobgoblin")
    assert asked.key == asked.delivery == f"slack:{COMMAND['trigger_id']}"
    assert asked.where["place"] == "C1"


def test_a_mention_is_the_rest_of_its_line() -> None:
    asked = deliveries.mention(event("<@U0BOT> status hobgoblin", thread_ts="1.1"), CHAT, AT)

    assert asked is not None
    assert (asked.text, asked.where["thread"]) == ("status hobgoblin", "1.1")


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("hold &quot;a &amp; b&quot;", 'hold "a & b"'),
        ("hold “old blkfront”", 'hold "old blkfront"'),
        (
            "campaign test 3 <mailto:kofi@example.org|kofi@example.org>",
            "campaign test 3 kofi@example.org",
        ),
        ("log <http://vps1.example.net|vps1.example.net>", "log vps1.example.net"),
        ('hold "see <https://lwn.net/1>"', 'hold "see https://lwn.net/1"'),
    ],
)
def test_what_slack_makes_of_a_line_is_undone(sent: str, typed: str) -> None:
    asked = deliveries.mention(event(f"<@U0BOT> {sent}"), CHAT, AT)

    assert asked is not None
    assert asked.text == typed


def test_what_another_bot_says_is_nothing() -> None:
    assert deliveries.mention(event("<@U0BOT> start hobgoblin", bot_id="B1"), CHAT, AT) is None


def test_a_press_is_one_request_however_often_it_is_made() -> None:
    first, again = deliveries.press(click()), deliveries.press(click(trigger_id="t2"))
    assert first is not None
    assert again is not None

    one, two = (deliveries.pressed(each, CHAT, AT) for each in (first, again))

    assert one.key == two.key
    assert one.delivery != two.delivery


def test_what_two_persons_press_are_two_requests() -> None:
    one, other = deliveries.press(click()), deliveries.press(click(user={"id": "U2"}))
    assert one is not None
    assert other is not None

    assert deliveries.pressed(one, CHAT, AT).key != deliveries.pressed(other, CHAT, AT).key


def test_a_mention_that_is_edited_asks_nothing_again() -> None:
    assert deliveries.mention(event("<@U0BOT> hosts", edited={"ts": "1.3"}), CHAT, AT) is None


def test_the_same_act_offered_anew_is_another_request() -> None:
    value = json.dumps({"c": "pause hobgoblin", "n": "4"})
    first = deliveries.press(click())
    later = deliveries.press(click(actions=[{"value": value}]))
    assert first is not None
    assert later is not None

    assert deliveries.pressed(first, CHAT, AT).key != deliveries.pressed(later, CHAT, AT).key


def test_a_form_gives_what_was_typed_by_block() -> None:
    values = {"name": {"name": {"type": "plain_text_input", "value": "hobgoblin"}}}
    about = json.dumps({"host": "hobgoblin"})
    view = {
        "id": "V1",
        "callback_id": "start",
        "private_metadata": about,
        "state": {"values": values},
    }

    form = deliveries.form({"user": {"id": "U1"}, "view": view})

    assert form is not None
    assert (form.values, form.about) == ({"name": "hobgoblin"}, {"host": "hobgoblin"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "U1"},
        {"user_id": ["U1"], "trigger_id": "t"},
        {"user_id": "<!channel>", "trigger_id": "t"},
        {"user": "U1", "actions": [1], "trigger_id": "t", "event": [], "view": "V"},
        {"user": {"id": "U1"}, "trigger_id": "t", "actions": [{"value": "[" * 100_000}]},
        {"user": {"id": "U1"}, "view": {"id": "", "state": {"values": []}}},
    ],
)
def test_what_is_malformed_is_nothing(body: dict[str, Any]) -> None:
    assert deliveries.command(body, CHAT, AT) is None
    assert deliveries.mention(body, CHAT, AT) is None
    assert deliveries.press(body) is None
    assert deliveries.form(body) is None
