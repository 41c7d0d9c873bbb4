"""What holds wherever a change of a window cuts in, over PostgreSQL."""

from __future__ import annotations

import pytest

from tests.contract.windows_in_flight import InFlightContract
from tests.integration.test_store_postgresql import migrated, new_database

__all__ = ["migrated"]


class TestOverPostgresql(InFlightContract):
    @pytest.fixture
    def address(self, postgresql: str, migrated: str) -> str:
        return new_database(postgresql, migrated)
