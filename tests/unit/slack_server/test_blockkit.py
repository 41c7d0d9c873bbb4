"""The judge of blocks."""

from __future__ import annotations

import pytest

from tests.slack_server.blockkit import faults_in_blocks, faults_in_view, too_long
from tests.slack_server.blocks import completed
from tests.slack_server.things import Json
from tests.unit.slack_server.drawn import (
    actions,
    button,
    marked,
    menu,
    modal,
    plain,
    section,
    typed,
)

URL = "https://example.org/" + "x" * 2980
CONFIRM = {
    "title": plain("t" * 100),
    "text": marked("t" * 300),
    "confirm": plain("y" * 30),
    "deny": plain("n" * 30),
}
FULL = button("l" * 75, "i" * 255, value="v" * 2000, url=URL, style="danger", confirm=CONFIRM)
PICTURE = {"type": "image", "image_url": URL, "alt_text": "a" * 2000}


def of_texts(block: str, field: str, count: int, characters: int = 1) -> Json:
    return {"type": block, field: [marked("x" * characters)] * count}


FITTING = [
    section("x" * 3000),
    section(accessory=FULL),
    section(accessory=PICTURE),
    of_texts("section", "fields", 10, 2000),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider", "block_id": "i" * 255},
    of_texts("context", "elements", 10, 3000),
    {"type": "context", "elements": [PICTURE, plain("x")]},
    {**PICTURE, "title": plain("x" * 2000)},
    actions(*(button(action_id=str(n)) for n in range(25))),
    typed("x" * 249),
    menu("host", *map(str, range(100))),
]


@pytest.mark.parametrize("block", FITTING)
def test_a_block_at_its_limits_has_no_fault(block: Json) -> None:
    assert faults_in_blocks([block]) == []


LIMITS: list[tuple[Json, str]] = [
    (section("x" * 3001), "/blocks/0/text/text: must have at most 3000"),
    (section(""), "/blocks/0/text/text: must have at least 1"),
    (section("  "), "/blocks/0/text/text: must have at least 1"),
    ({"type": "section"}, "/blocks/0: needs one of text, fields"),
    ({"type": "section", "text": "bare"}, "/blocks/0/text: unsupported type None"),
    (of_texts("section", "fields", 11), "/blocks/0/fields: no more than 10"),
    (of_texts("section", "fields", 1, 2001), "/blocks/0/fields/0/text: must have at most 2000"),
    ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text: must have at most 150"),
    ({"type": "header", "text": marked("x")}, "/blocks/0/text: unsupported type 'mrkdwn'"),
    ({"type": "header"}, "/blocks/0: missing required field text"),
    (of_texts("context", "elements", 11), "/blocks/0/elements: no more than 10"),
    (of_texts("context", "elements", 0), "/blocks/0/elements: no less than 1"),
    (actions(), "/blocks/0/elements: no less than 1"),
    (
        actions(*(button(action_id=str(n)) for n in range(26))),
        "/blocks/0/elements: no more than 25",
    ),
    (actions(button(), button()), "/blocks/0: action_id 'go' occurs 2 times"),
    (actions(button("x" * 76)), "/blocks/0/elements/0/text/text: must have at most 75"),
    (actions(button("")), "/blocks/0/elements/0/text/text: must have at least 1"),
    (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value: must have at most 2000"),
    (actions(button(value="")), "/blocks/0/elements/0/value: must have at least 1"),
    (actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id: must have at most 255"),
    (actions(button(style="loud")), "/blocks/0/elements/0/style: must be one of danger, primary"),
    (actions(button(url="x" * 3001)), "/blocks/0/elements/0/url: must have at most 3000"),
    (actions(button(url="ftp://x")), "/blocks/0/elements/0/url: malformed 'ftp://x'"),
    (actions(button(colour="red")), "/blocks/0/elements/0: invalid additional property colour"),
    (actions({**PICTURE}), "/blocks/0/elements/0: unsupported type 'image'"),
    ({**PICTURE, "image_url": URL + "x" * 21}, "/blocks/0/image_url: must have at most 3000"),
    ({"type": "divider", "block_id": "x" * 256}, "/blocks/0/block_id: must have at most 255"),
    ({"type": "blink"}, "/blocks/0: unsupported type 'blink'"),
    (typed("host", max_length=3001), "/blocks/0/element/max_length: must be a number from 1"),
    (menu("host", *map(str, range(101))), "/blocks/0/element/options: no more than 100"),
    (menu("host", "x" * 76), "/blocks/0/element/options/0/text/text: must have at most 75"),
    ({**typed("host"), "label": plain("x" * 2001)}, "/blocks/0/label/text: must have at most 2000"),
    ({**typed("host"), "element": button()}, "/blocks/0/element: unsupported type 'button'"),
]


@pytest.mark.parametrize(("block", "fault"), LIMITS)
def test_a_block_beyond_a_limit_has_one_fault(block: Json, fault: str) -> None:
    assert [found.startswith(fault) for found in faults_in_blocks([block])] == [True]


@pytest.mark.parametrize(
    ("field", "text"),
    [("title", "t" * 101), ("text", "t" * 301), ("confirm", "y" * 31), ("deny", "n" * 31)],
)
def test_a_confirmation_beyond_a_limit_has_one_fault(field: str, text: str) -> None:
    block = actions(button(confirm={**CONFIRM, field: plain(text)}))

    assert f"confirm/{field}/text: must have at most" in "".join(faults_in_blocks([block]))


def test_a_message_has_fifty_blocks_with_different_ids_and_not_more() -> None:
    blocks = [{"type": "divider", "block_id": str(n)} for n in range(51)]

    assert faults_in_blocks(blocks[:50]) == []
    assert faults_in_blocks(blocks) == ["/blocks: no more than 50 items allowed, not 51"]
    assert faults_in_blocks([blocks[0]] * 2) == ["/blocks: block_id '0' occurs 2 times"]


def test_blocks_can_be_too_much_together() -> None:
    assert not too_long([section("x" * 3000)] * 4)
    assert too_long([section("x" * 3000)] * 5)


def test_blocks_that_are_no_list_are_one_fault() -> None:
    assert faults_in_blocks("[]") == ["/blocks: must be a list"]


def test_a_modal_at_its_limits_has_no_fault() -> None:
    many = [section(block_id=str(n)) for n in range(100)]
    full = {"title": plain("t" * 24), "close": plain("c" * 24), "private_metadata": "m" * 3000}

    assert faults_in_view(modal(*many, **full, callback_id="c" * 255)) == []


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        (modal(title=plain("t" * 25)), "/view/title/text: must have at most 24"),
        (modal(submit=plain("s" * 25)), "/view/submit/text: must have at most 24"),
        (modal(close=plain("c" * 25)), "/view/close/text: must have at most 24"),
        (modal(private_metadata="m" * 3001), "/view/private_metadata: must have at most 3000"),
        (modal(callback_id="c" * 256), "/view/callback_id: must have at most 255"),
        (modal(*([section()] * 101)), "/view/blocks: no more than 100"),
        ({**modal(), "blocks": []}, "/view/blocks: no less than 1"),
        ({**modal(), "type": "home"}, "/view: unsupported type 'home'"),
        (modal(typed("a"), typed("a")), "/blocks: block_id 'a' occurs 2 times"),
        ({**modal(), "submit": None}, "/view/submit: unsupported type None"),
    ],
)
def test_a_modal_beyond_a_limit_has_one_fault(view: Json, fault: str) -> None:
    assert [found.startswith(fault) for found in faults_in_view(view)] == [True]


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    view = modal()
    del view["submit"]

    assert faults_in_view(view) == ["/view: inputs need a submit button"]


def test_what_has_no_identifier_is_given_one() -> None:
    blocks = completed([section(), actions({"type": "button", "text": plain("x")})])

    assert blocks[0]["block_id"] == "block0"
    assert blocks[1]["elements"][0]["action_id"] == "action1.0"
