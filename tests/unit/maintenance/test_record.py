"""What a run leaves behind as files."""

import logging

import pytest

from bot.chat.views import Views
from bot.maintenance import record
from bot.maintenance.record import files
from tests.unit.maintenance.journals import WORDS, Journal

STEM = "hobgoblin-20210824-2000"


def kept(journal: Journal) -> dict[str, bytes]:
    return dict(files(WORDS, "r1", journal.rows))


def test_a_run_leaves_a_picture_a_table_and_a_log() -> None:
    assert list(kept(Journal().whole())) == [f"{STEM}.png", f"{STEM}.csv", f"{STEM}-log.txt"]


def test_the_table_has_a_line_for_each_guest() -> None:
    table = kept(Journal().whole())[f"{STEM}.csv"].decode()

    assert [line.split(",")[:2] for line in table.splitlines()[1:]] == [
        ["vps1", "restored"],
        ["vps2", "restored"],
        ["vps3", "booted"],
    ]


def test_the_log_is_what_the_command_log_shows() -> None:
    journal = Journal().whole()

    log = kept(journal)[f"{STEM}-log.txt"].decode()

    assert log == Views(WORDS).log("hobgoblin", journal.rows).text + "\n"
    assert len(log.splitlines()) >= len(journal.rows)


def test_a_picture_that_cannot_be_drawn_withholds_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError

    monkeypatch.setattr(record, "drawn", broken)

    with caplog.at_level(logging.ERROR):
        assert list(kept(Journal().whole())) == [f"{STEM}.csv", f"{STEM}-log.txt"]
    assert "the picture of the run r1 cannot be drawn" in caplog.text
