"""Acts are buttons as long as there is room, and lines to type beyond."""

import json
from typing import Any

import pytest

from bot.chat.slack.blocks import drawn
from bot.ports import Act, Message
from tests.unit.chat.slack.judged import Block, broken, buttons, said
from tests.unit.maintenance.journals import WORDS

BOOT = Act(label="Boot vps1", command="boot hobgoblin vps1", hurts=True)
LEAVE = Act(label="Leave vps1", command="leave hobgoblin vps1")
WAIT = Act(label="Give vps1 3 min", command="wait hobgoblin vps1")


def blocks(*acts: Act, nonce: str = "7", **known: Any) -> list[Block]:  # noqa: ANN401 - any field
    message = Message(text="hobgoblin waits", acts=acts, **known)
    return [*drawn(message, nonce, words=WORDS).blocks]


def rows(*acts: Act) -> list[list[str]]:
    found = [block["elements"] for block in blocks(*acts) if block["type"] == "actions"]
    return [[button["text"]["text"] for button in row] for row in found]


def about(guest: str, *verbs: str) -> list[Act]:
    return [Act(label=f"{verb} {guest}", command=f"{verb} hobgoblin {guest}") for verb in verbs]


def commands(found: list[Block]) -> list[str]:
    return [json.loads(button["value"])["c"] for button in buttons(found)]


def test_a_button_says_its_label_and_sends_its_command_and_the_nonce() -> None:
    (button,) = buttons(blocks(LEAVE))

    assert button["text"]["text"] == "Leave vps1"
    assert json.loads(button["value"]) == {"c": "leave hobgoblin vps1", "n": "7"}
    assert button["action_id"].startswith("act")


def test_what_hurts_is_red_and_asks_with_the_command_in_its_words() -> None:
    hurts, harmless = buttons(blocks(BOOT, LEAVE))

    assert hurts["style"] == "danger"
    assert "/maint boot hobgoblin vps1" in hurts["confirm"]["text"]["text"]
    assert "confirm" not in harmless


def test_the_first_act_of_a_loud_message_is_green_if_it_alone_hurts_nothing() -> None:
    found = buttons(blocks(WAIT, BOOT, loud=True))

    assert [button["style"] for button in found] == ["primary", "danger"]


@pytest.mark.parametrize("acts", [(WAIT, LEAVE), (BOOT, LEAVE), (BOOT,)])
def test_no_act_is_green_among_equals_or_after_one_that_hurts(acts: tuple[Act, ...]) -> None:
    assert "primary" not in [button.get("style") for button in buttons(blocks(*acts, loud=True))]


def test_nothing_is_green_where_nobody_is_called() -> None:
    assert "style" not in buttons(blocks(WAIT, BOOT))[0]


def test_acts_about_one_guest_stay_in_a_row_of_at_most_five() -> None:
    acts = [act for name in "abc" for act in about(name, "retry", "leave")]

    assert rows(*acts) == [["retry a", "leave a", "retry b", "leave b"], ["retry c", "leave c"]]


def test_acts_that_decide_the_same_stay_in_a_row_wherever_they_stand() -> None:
    acts = [Act(label=str(n), command=f"x {n}", about=f"h/{n % 2}") for n in range(6)]

    assert rows(*acts) == [["0", "2", "4"], ["1", "3", "5"]]


def test_more_than_five_about_one_guest_share_one_row() -> None:
    assert [len(row) for row in rows(*about("a", *"123456"))] == [6]


def test_every_button_has_an_id_of_its_own() -> None:
    acts = [act for n in range(10) for act in about(f"vps{n}", "retry", "leave")]

    assert len({button["action_id"] for button in buttons(blocks(*acts))}) == 20


def test_what_has_no_room_as_a_button_is_a_line_to_type() -> None:
    acts = [Act(label=f"Boot {n}", command=f"boot h {n}", hurts=True) for n in range(45)]

    found = blocks(*acts)

    typed = [line.removeprefix("/maint ") for line in said(found).split("\n") if "/maint" in line]
    assert commands(found) + typed == [act.command for act in acts]
    assert len(typed) > 1
    assert broken(found) == []


def test_lines_to_type_that_have_no_room_either_are_counted() -> None:
    acts = [act for n in range(2000) for act in about(f"vps{n}", "retry")]

    found = blocks(*acts)

    shown = len(commands(found)) + said(found).count("/maint")
    assert f"… {2000 - shown} lines are left out here" in said(found)


def test_a_command_too_long_for_a_button_is_a_line_to_type() -> None:
    long = Act(label="Say it", command='campaign text 3 "' + "x " * 1000 + '"')

    found = blocks(long, LEAVE)

    assert commands(found) == [LEAVE.command]
    assert 'campaign text 3 "x x' in said(found)


def test_a_settled_message_has_no_buttons_and_no_lines_to_type() -> None:
    message = Message(text="hobgoblin waits", acts=(BOOT, LEAVE) * 30)

    found = drawn(message, "7", words=WORDS, actions=False).blocks

    assert [block["type"] for block in found] == ["section"]
    assert "/maint" not in said(found)


@pytest.mark.parametrize("text", ['say "<&>" é', "\ud800", "x\ny", ""])
def test_a_command_comes_back_as_it_was(text: str) -> None:
    found = blocks(Act(label="x", command=text))

    assert commands(found) == [text]
    assert broken(found) == []
