"""What tests of the customers' desk share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.maintenance.customers.counter import Counter, counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Counter]:
    async with counter(tmp_path) as opened:
        yield opened
