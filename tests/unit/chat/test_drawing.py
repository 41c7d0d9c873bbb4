"""How a message becomes lines of a terminal that are no longer than it is wide."""

import pytest

from bot.chat.drawing import Ink, drawn, wrapped
from bot.ports import Act, Audience, Message

LOST = "  lost         vps31: everything in its memory is lost, and its disk is damaged"
BOOT = Act(label="Boot vps31", command="boot hobgoblin vps31")


def test_without_a_width_a_line_has_no_end() -> None:
    assert wrapped("word " * 100, 0) == ["word " * 100]


@pytest.mark.parametrize(
    ("line", "below"),
    [
        ("a sentence that is longer than a line of it may be at all here", ""),
        (LOST, " " * 15),
        ("  ! a warning that is longer than a line of it may be at all here", " " * 4),
        ("  → /a/path and more words than there are columns on this terminal", " " * 4),
    ],
)
def test_a_long_line_goes_on_under_its_text(line: str, below: str) -> None:
    first, *rest = wrapped(line, 40)

    assert line.startswith(first)
    assert all(part.startswith(below) and part[len(below)] != " " for part in rest)
    assert " ".join([first, *map(str.strip, rest)]) == line


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_of_words_is_longer_than_the_terminal(width: int) -> None:
    message = Message(text=LOST, acts=(BOOT,), audience=Audience.THREAD, loud=True)

    assert max(map(len, drawn(message, Ink(), width))) <= max(width, len("  vps31:"))


def test_a_word_longer_than_the_terminal_stays_whole() -> None:
    assert "/a/very/long/path/to/a/file" in wrapped("  → /a/very/long/path/to/a/file", 20)[-1]


def test_colours_do_not_count_and_end_with_their_line() -> None:
    lines = drawn(Message(text="damaged " * 12, loud=True), Ink(colours=True), 40)

    assert len(lines) > 1
    assert all(line.startswith("\x1b[1;31m") and line.endswith("\x1b[0m") for line in lines)


def test_where_a_command_and_its_label_do_not_fit_the_label_stands_below() -> None:
    lines = drawn(Message(text="x", acts=(BOOT,)), Ink(), 30)

    assert lines == ["x", "  → boot hobgoblin vps31", "    Boot vps31"]
