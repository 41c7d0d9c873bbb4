"""Options and fixtures that more than one kind of test uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this suite."""
    parser.addoption(
        "--golden-write", action="store_true", help="write the golden files anew, then compare"
    )
