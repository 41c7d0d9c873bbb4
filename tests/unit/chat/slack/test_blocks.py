"""Whole messages in Slack: what stands where, what is cut, and how that is said."""

from dataclasses import replace

import pytest

from bot.chat.slack.blocks import drawn
from bot.maintenance.live import live
from bot.maintenance.telling import worded
from bot.ports import Audience, Message
from bot.rules.run.states import StepState
from tests.unit.chat.slack.judged import broken, buttons, said, texts
from tests.unit.maintenance.journals import WORDS, Journal, plan

TROUBLE = (
    StepState.DAMAGED,
    StepState.DEAD,
    StepState.BROKEN,
    StepState.UNREACHABLE,
    StepState.STUCK,
    StepState.LEFT,
)
NAMES = [f"customer-{number:03}.vps_{number % 7}" for number in range(500)]


def blocks(message: Message) -> list[dict[str, object]]:
    return drawn(message, words=WORDS).blocks


def test_the_notification_is_the_head_alone() -> None:
    message = Message(text="vps1: <DAMAGE>, seen by slack:U123\n  | line", loud=True)

    assert drawn(message, words=WORDS).text == "vps1: &lt;DAMAGE&gt;, seen by <@U123>"


@pytest.mark.parametrize("letter", ["x", "&", "▓", "😀"])
def test_a_notification_is_cut_well_below_four_thousand_bytes(letter: str) -> None:
    text = drawn(Message(text=letter * 5000), words=WORDS).text

    assert 2900 < len(text.encode()) <= 3000
    assert text.endswith("…")


def test_a_line_alone_is_plain_unless_it_is_loud() -> None:
    assert said(blocks(Message(text="a"))) == "a"
    assert [text["text"] for text in texts(blocks(Message(text="a")))] == ["a"]


def test_details_in_a_thread_have_no_head() -> None:
    message = Message(text="vps1 saved\nvps2 saved", audience=Audience.THREAD)

    assert [text["text"] for text in texts(blocks(message))] == ["vps1 saved\nvps2 saved"]


def test_words_and_code_stand_in_sections_of_their_own_in_order() -> None:
    message = Message(text="head\nbefore\n  | console\nafter")

    assert [text["text"] for text in texts(blocks(message))] == [
        "*head*\nbefore",
        "```\nconsole\n```",
        "after",
    ]


def test_fields_stand_side_by_side() -> None:
    message = Message(text="head", fields=(("kernel", "5.10 <*>"), ("", "")))

    (section,) = [block for block in blocks(message) if "fields" in block]
    assert [text["text"] for text in texts(section)] == ["*kernel*\n5.10 `&lt;*&gt;`", "…"]


@pytest.mark.parametrize("fields", [(("name", "value"),) * 11, (("name", "value " * 400),)])
def test_fields_too_many_or_too_long_for_columns_are_items(
    fields: tuple[tuple[str, str], ...],
) -> None:
    found = blocks(Message(text="head", fields=fields))

    assert not any("fields" in block for block in found)
    assert said(found).count("• name: value") == len(fields)
    assert broken(found) == []


def test_a_text_too_long_for_a_message_keeps_both_ends_and_counts_what_is_left_out() -> None:
    lines = [f"line {number} of many" for number in range(2000)]

    text = said(blocks(Message(text="\n".join(lines))))

    shown = [line for line in text.split("\n") if line.startswith("line ")]
    assert shown[0] == lines[0]
    assert shown[-3:] == lines[-3:]
    assert f"… {2000 - len(shown)} lines are left out here" in text


def test_words_and_code_in_turns_do_not_fill_more_blocks_than_there_are() -> None:
    found = blocks(Message(text="\n  | code\n".join(f"line {number}" for number in range(200))))

    assert broken(found) == []
    assert "lines are left out here" in said(found)


@pytest.mark.parametrize("text", ["", "\n", " \n \n", "\u202e"])
def test_nothing_at_all_is_something_to_slack(text: str) -> None:
    shown = drawn(Message(text=text, loud=bool(text)), words=WORDS)

    assert shown.text == "…"
    assert broken(shown.blocks) == []


def large(phase: str) -> Message:
    """The live message of a host of 500 guests, 120 of which came back in trouble."""
    journal = Journal(plan=plan(NAMES[:400], NAMES[400:]))
    run = journal.empty().run() if phase == "bring_up" else journal.run()
    steps = dict(run.steps)
    for number, name in enumerate(NAMES[:120]):
        steps[name] = replace(steps[name], state=TROUBLE[number % len(TROUBLE)])
    return worded(WORDS, [live(replace(run, steps=steps), journal.at)])


@pytest.mark.parametrize("phase", ["drain", "bring_up"])
def test_the_live_message_of_500_guests_fits_and_names_those_in_trouble(phase: str) -> None:
    message = large(phase)

    found = drawn(message, "1", words=WORDS).blocks

    assert broken(found) == []
    assert buttons(found)
    named = [name for name in NAMES if name in message.text]
    assert len(named) >= 8 * len(TROUBLE)
    assert [name for name in named if name not in said(found)] == []


def test_a_line_that_names_120_guests_in_trouble_names_all_of_them() -> None:
    message = Message(text=f"hobgoblin: bad\n  ! {', '.join(NAMES[:120])}: damaged", live=True)

    found = blocks(message)

    assert broken(found) == []
    assert [name for name in NAMES[:120] if name not in said(found)] == []
