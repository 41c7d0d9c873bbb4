"""An office for the tests of notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.maintenance.notices.office import Office, office


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    """Open the office of the ordinary fleet."""
    async with office(tmp_path) as opened:
        yield opened
