"""How messages look on a screen."""

import os
from pathlib import Path

import pytest

from bot.chat.drawing import Ink, drawn
from bot.chat.screen import Screen
from bot.ports import Act, Audience, Message

BOOT = Act(label="Boot vps31", command="boot hobgoblin vps31")


def test_acts_are_shown_as_what_is_typed() -> None:
    message = Message(text="vps31 is damaged", acts=(BOOT,), loud=True)

    assert drawn(message, Ink()) == [
        "vps31 is damaged",
        "  → boot hobgoblin vps31  Boot vps31",
    ]


def test_details_are_indented() -> None:
    message = Message(text="vps31 saved\nvps32 saved", audience=Audience.THREAD)

    assert drawn(message, Ink()) == ["  vps31 saved", "  vps32 saved"]


def test_fields_stand_in_columns() -> None:
    message = Message(text="totals", fields=(("up", "12"), ("down", "1")))

    assert drawn(message, Ink()) == ["totals", "  up:   12", "  down: 1"]


def test_there_is_colour_only_where_it_is_wanted() -> None:
    message = Message(text="vps31 is damaged", acts=(BOOT,), loud=True)

    assert "\x1b" not in "".join(drawn(message, Ink()))
    assert "\x1b[1;31m" in "".join(drawn(message, Ink(colours=True)))


async def test_a_live_message_is_kept_for_the_toolbar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(name="t", files=tmp_path)

    reference = await screen.post(Message(text="3 of 17", live=True))
    await screen.update(reference, Message(text="4 of 17", live=True))
    shown = screen.toolbar()
    screen.settle(reference)

    assert (shown, screen.toolbar(), capsys.readouterr().out) == ("4 of 17", "", "")


async def test_a_reply_is_shown_below_all_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(name="t", files=tmp_path)

    await screen.reply(await screen.post(Message(text="one")), Message(text="two"))

    assert capsys.readouterr().out == "one\ntwo\n"


async def test_files_are_kept_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(name="t", files=tmp_path / "files")

    await screen.post(Message(text="report", files=(("../downtime.csv", b"a,b\n"),)))

    assert (tmp_path / "files" / "downtime.csv").read_bytes() == b"a,b\n"
    assert str(tmp_path / "files" / "downtime.csv") in capsys.readouterr().out


async def test_a_file_that_cannot_be_kept_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "files").write_text("in the way")
    screen = Screen(name="t", files=tmp_path / "files")

    await screen.post(Message(text="report", files=(("downtime.csv", b""),)))

    assert "downtime.csv: File exists" in capsys.readouterr().out


async def test_nobody_reading_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    screen = Screen(name="t", files=tmp_path)

    with os.fdopen(writer, "w", closefd=False) as gone:
        monkeypatch.setattr("sys.stdout", gone)
        references = [await screen.post(Message(text="x")) for _ in range(2)]
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)  # what is buffered goes here

    assert references == ["1", "2"]


async def test_a_file_that_is_not_kept_is_said_to_be_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(name="t", files=None, not_kept="{} is not kept".format)

    await screen.post(Message(text="report", files=(("downtime.csv", b""),)))

    assert "→ downtime.csv is not kept" in capsys.readouterr().out


async def test_lines_and_toolbar_are_as_wide_as_the_screen_is_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(name="t", files=tmp_path, width=lambda: 20)

    await screen.post(Message(text="many words " * 5))
    await screen.post(Message(text="many words " * 5, live=True))

    shown = [*capsys.readouterr().out.splitlines(), *screen.toolbar().splitlines()]
    assert max(map(len, shown)) <= 20
