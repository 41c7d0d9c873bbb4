"""Fixtures of the outbox's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.notifications.database import FileDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[FileDatabase]:
    """A fresh database."""
    database = FileDatabase(tmp_path / "mail.sqlite")
    yield database
    database.close()
