from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.notifications.database import FileDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[FileDatabase]:
    database = FileDatabase(tmp_path / "mail.db")
    yield database
    database.close()
