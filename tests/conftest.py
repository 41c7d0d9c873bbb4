"""Options of the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody who has the time kill more, and elsewhere."""
    parser.addoption("--kills", type=int, default=60, help="how often the bot is killed")
    parser.addoption("--kill-seed", type=int, default=2021, help="draws where it is killed")
