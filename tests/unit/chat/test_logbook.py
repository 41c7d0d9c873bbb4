"""What is logged while somebody sits there goes to a file."""

import logging
from pathlib import Path

import pytest

from bot.chat.logbook import logged_in

logger = logging.getLogger("bot.maintenance.runner")


def test_a_warning_is_in_the_file_and_not_on_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with logged_in(tmp_path):
        logger.warning("%s was not taken", "save")

    assert "WARNING bot.maintenance.runner: save was not taken" in (
        tmp_path / "maint.log"
    ).read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_a_log_that_cannot_be_written_ends_nothing_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "maint.log").mkdir()

    with logged_in(tmp_path):
        logger.warning("lost")

    assert capfd.readouterr() == ("", "")


def test_afterwards_the_file_is_let_go(tmp_path: Path) -> None:
    with logged_in(tmp_path):
        pass

    logger.warning("elsewhere")
    assert not (tmp_path / "maint.log").exists()
