"""The contract of the migrations, over SQLite; `tests/integration` runs it over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, create_engine, text

from bot.rules.errors import BadConfiguration, Code
from bot.storage import open_store, schema
from tests.contract.store_values import wish


def everything() -> MetaData:
    """The tables of all packages, as the one database has them."""
    together = MetaData()
    for metadata in schema.METADATAS:
        for table in metadata.tables.values():
            table.to_metadata(together)
    return together


class MigrationContract:
    """All claims; a subclass gives the fixture `address`, of an empty database."""

    @pytest.fixture
    def engine(self, address: str) -> Iterator[Engine]:
        engine = create_engine(address)
        yield engine
        engine.dispose()

    async def test_a_new_database_gets_the_tables_that_the_code_knows(
        self, address: str, engine: Engine
    ) -> None:
        await open_store(address, "anna").close()

        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            differences = compare_metadata(context, everything())
            assert schema.revision(connection) == schema.HEAD
        assert differences == []

    async def test_opening_again_keeps_what_is_there(self, address: str) -> None:
        store = open_store(address, "anna")
        await store.wish(wish())
        await store.close()

        again = open_store(address, "anna")

        assert len((await again.news("hobgoblin")).wishes) == 1
        await again.close()

    async def test_many_that_open_a_new_database_at_once_all_get_it(self, address: str) -> None:
        opening = [asyncio.to_thread(open_store, address, f"owner{n}") for n in range(4)]

        stores = await asyncio.gather(*opening)

        assert [await store.known() for store in stores] == [frozenset()] * 4
        for store in stores:
            await store.close()

    async def test_a_database_of_a_newer_version_is_left_alone(
        self, address: str, engine: Engine
    ) -> None:
        await open_store(address, "anna").close()
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

        with pytest.raises(BadConfiguration) as refused:
            open_store(address, "anna")

        assert refused.value.code is Code.NEWER_DATABASE
        assert refused.value.fields["theirs"] == "9999"
        assert refused.value.fields["ours"] == schema.HEAD


class TestMigrationsOverSqlite(MigrationContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'maint.db'}"
