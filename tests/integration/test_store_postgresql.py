"""The contract of the store over PostgreSQL, and what only PostgreSQL can do wrong."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.ports import Store
from bot.rules.errors import Code, TryAgain
from bot.rules.run.journal import Draft, Event
from bot.storage import open_store
from bot.storage.commit import committing
from tests.contract.store_values import (
    NOTHING,
    Open,
    Sql,
    begun,
    claimed,
    draft,
    run_record,
    wish,
)
from tests.contract.test_migrations import MigrationContract
from tests.contract.test_store import StoreContract

NUMBERS = itertools.count(1)


def new_database(postgresql: str, template: str = "template0") -> str:
    name = f"test{next(NUMBERS)}"
    engine = create_engine(postgresql.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return postgresql.format(name)


@pytest.fixture(scope="module")
def migrated(postgresql: str) -> str:
    """Return the name of a database with all tables, which is quicker to copy than to make."""
    address = new_database(postgresql)
    asyncio.run(open_store(address, "template").close())
    return str(make_url(address).database)


class TestMigrationsOverPostgresql(MigrationContract):
    @pytest.fixture
    def address(self, postgresql: str) -> str:
        return new_database(postgresql)


class TestOverPostgresql(StoreContract):
    @pytest.fixture
    def address(self, postgresql: str, migrated: str) -> str:
        return new_database(postgresql, migrated)

    @pytest.fixture
    def unguard(self) -> list[str]:
        return ["ALTER TABLE journal DISABLE TRIGGER ALL"]

    async def test_a_lease_that_was_not_renewed_is_taken_over_with_a_higher_token(
        self, store: Store, another: Open, sql: Sql
    ) -> None:
        lease = await claimed(store)
        sql("UPDATE lease SET until = now()")

        taken = await another("berta").claim("hobgoblin", "berta")

        assert taken is not None
        assert (taken.owner, taken.token) == ("berta", lease.token + 1)

    async def test_nothing_is_appended_under_a_lease_whose_time_is_over(
        self, store: Store, sql: Sql
    ) -> None:
        lease = await begun(store)
        sql("UPDATE lease SET until = now()")

        with pytest.raises(TryAgain) as refused:
            await store.append(lease, "r1", [draft()], NOTHING)

        assert refused.value.code is Code.LEASE_LOST
        assert await store.holder("hobgoblin") == ""

    async def test_renewing_extends_by_the_clock_of_the_database(
        self, store: Store, sql: Sql, engine: Engine
    ) -> None:
        lease = await begun(store)
        sql("UPDATE lease SET until = now()")

        await store.renew(lease)

        with engine.connect() as connection:
            left = connection.scalar(text("SELECT extract(epoch FROM until - now()) FROM lease"))
        assert 10 < left <= 15

    async def test_of_many_that_begin_at_once_one_run_is_recorded(self, another: Open) -> None:
        stores = [another(f"owner{n}") for n in range(4)]

        outcomes = await asyncio.gather(
            *(
                store.begin(run_record(f"r{n}"), Draft(event=Event.BEGUN), {})
                for n, store in enumerate(stores)
            ),
            return_exceptions=True,
        )

        assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
        assert len(await stores[0].runs()) == 1

    async def test_a_connection_lost_between_calls_is_told_and_then_replaced(
        self, store: Store, sql: Sql
    ) -> None:
        await store.wish(wish("k1"))
        cut_off(sql)

        with pytest.raises(TryAgain) as refused:
            await store.wish(wish("k2"))

        assert refused.value.code is Code.STORE_UNREACHABLE
        assert await store.wish(wish("k2"))

    @pytest.mark.parametrize("reached", ["COMMIT", "ROLLBACK"])
    async def test_a_connection_lost_at_the_commit_leaves_no_doubt(
        self, engine: Engine, sql: Sql, reached: str
    ) -> None:
        sql("CREATE TABLE kept (number integer)")

        def lose(connection: Connection) -> None:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.cursor().execute(reached)  # so far the server came before the connection ended
            raw.cursor().execute("BEGIN")  # so that the driver has something left to commit
            cut_off(sql)

        other = create_engine(engine.url)
        event.listen(other, "commit", lose, once=True)

        told = kept(other)

        assert told == (reached == "COMMIT")
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM kept")) == int(told)
        other.dispose()

    async def test_a_server_that_is_away_is_told_without_the_password(
        self, postgresql: str
    ) -> None:
        away = make_url(postgresql.format("nowhere")).set(password="s3cret")

        with pytest.raises(TryAgain) as refused:
            open_store(away.render_as_string(hide_password=False), "anna")

        assert refused.value.code is Code.STORE_UNREACHABLE
        assert "s3cret" not in str(refused.value.fields)


def kept(engine: Engine) -> bool:
    """Say what `committing` says of one row."""
    try:
        committing(engine, lambda c: c.execute(text("INSERT INTO kept VALUES (1)")))
    except DBAPIError:
        return False
    return True


def cut_off(sql: Sql) -> None:
    """End every connection to the database but the one that says so."""
    sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
