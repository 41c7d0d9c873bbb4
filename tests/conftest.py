"""Options of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody kill more, and elsewhere, or write what is golden anew."""
    parser.addoption("--kills", type=int, default=60, help="how often the bot is killed")
    parser.addoption("--mail-kills", type=int, default=20, help="... while it mails")
    parser.addoption("--kill-seed", type=int, default=2021, help="draws where it is killed")
    parser.addoption("--golden-write", action="store_true", help="write golden files anew")
