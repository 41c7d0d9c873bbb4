"""What every store promises about a journal that was touched by other hands."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from bot.ports import Effects, Store
from bot.rules.errors import BadConfiguration, Code
from bot.rules.run.journal import Row
from bot.storage.digest import chained
from tests.contract.store_values import T0, Sql, begun, opt_in, trial, written


class ProofClaims:
    """What is in the tables against what was written: the chain of digests."""

    @pytest.mark.parametrize("table", ["journal", "opt_in", "trial"])
    @pytest.mark.parametrize("change", ["UPDATE {} SET at = NULL", "DELETE FROM {}"])
    async def test_the_database_refuses_to_change_what_is_append_only(
        self, store: Store, sql: Sql, table: str, change: str
    ) -> None:
        lease = await begun(store)
        await store.append(lease, "r1", [], Effects(evidence=(trial(),)))
        await store.state_opt_in([opt_in()])

        with pytest.raises(DBAPIError, match="append-only"):
            sql(change.format(table))

    @pytest.mark.parametrize(
        "change",
        ["data = '{}'", "at = '2021-08-25 21:00:02+00'", "guest = 'vps32'", "event = 'done'"],
    )
    async def test_a_changed_row_is_found(self, store: Store, unguarded: Sql, change: str) -> None:
        await written(store, 3)
        unguarded(f"UPDATE journal SET {change} WHERE number = 2")  # noqa: S608 - our own text

        assert await corruption(store) == (2, "digest")

    async def test_a_row_lost_in_the_middle_is_found(self, store: Store, unguarded: Sql) -> None:
        await written(store, 3)
        unguarded("DELETE FROM journal WHERE number = 2")

        assert await corruption(store) == (2, "missing")

    async def test_a_row_lost_at_the_end_is_found(self, store: Store, unguarded: Sql) -> None:
        await written(store, 3)
        unguarded("DELETE FROM journal WHERE number = 3")

        assert await corruption(store) == (3, "ended")

    async def test_a_row_added_by_hand_is_found(self, store: Store, unguarded: Sql) -> None:
        await written(store, 2)
        forged(unguarded, await store.rows("r1"), event="done", data="{}")

        assert await corruption(store) == (2, "ended")

    @pytest.mark.parametrize(
        ("event", "data", "problem"),
        [("invented", "{}", "event"), ("done", "{", "JSON"), ("done", "[]", "JSON")],
    )
    async def test_a_row_that_cannot_be_understood_is_told(
        self, store: Store, unguarded: Sql, event: str, data: str, problem: str
    ) -> None:
        await written(store, 1)
        forged(unguarded, await store.rows("r1"), event=event, data=data)

        assert await corruption(store) == (2, problem)

    async def test_reading_on_proves_only_what_is_new(self, store: Store, unguarded: Sql) -> None:
        rows = await written(store, 4)
        unguarded("UPDATE journal SET data = 'x' WHERE number = 1")

        assert await store.rows("r1", after=2) == rows[2:]

    async def test_reading_on_after_a_row_that_is_gone_is_refused(
        self, store: Store, unguarded: Sql
    ) -> None:
        await written(store, 3)
        unguarded("DELETE FROM journal WHERE number = 2")

        assert await corruption(store, after=2) == (2, "missing")

    async def test_reading_after_the_newest_row_returns_nothing(self, store: Store) -> None:
        await written(store, 3)

        assert await store.rows("r1", after=3) == ()

    async def test_an_unknown_run_has_no_rows(self, store: Store) -> None:
        assert await store.rows("r1") == ()


async def corruption(store: Store, after: int = 0) -> tuple[object, str]:
    """Return the row that reading refuses, and the word of the problem that names it."""
    with pytest.raises(BadConfiguration) as refused:
        await store.rows("r1", after)
    assert refused.value.code is Code.CORRUPT_JOURNAL
    assert refused.value.fields["run"] == "r1"
    problem = str(refused.value.fields["problem"])
    words = ("digest", "missing", "ended", "event", "JSON")
    return refused.value.fields["number"], next(word for word in words if word in problem)


def forged(unguarded: Sql, rows: tuple[Row, ...], *, event: str, data: str) -> None:
    """Add a row with a digest that fits; the run's head learns of it if the journal was short."""
    number, digest = len(rows) + 1, "r1"
    for row in rows:
        text = "{}" if row.number == 1 else f'{{"n":{row.number - 1}}}'
        digest = chained(digest, row.number, row.at, row.event.value, row.guest, text)
    new = chained(digest, number, T0, event, "", data)
    at = "2021-08-25 21:00:00.000000"
    values = f"'r1', {number}, '{at}+00', '{event}', '', '{data}', '{new}'"
    unguarded(f"INSERT INTO journal VALUES ({values})")  # noqa: S608 - our own text
    if len(rows) == 1:
        unguarded(f"UPDATE run SET last = {number}, digest = '{new}'")  # noqa: S608 - our own text
