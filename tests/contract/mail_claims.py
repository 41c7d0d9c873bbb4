"""What the pipeline asks of the store: statements that are one commit with what goes with them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Connection, insert

from bot.ports import Store
from bot.rules.optin import OptIn
from bot.storage.tables import KNOWN_GUEST
from tests.contract.store_values import Open, opt_in

MARK = "mark"  # a known guest: what is written beside the statements

Newest = Mapping[str, OptIn]
Restated = tuple[Sequence[OptIn], int]


def set_back(connection: Connection, newest: Newest) -> Restated:
    """Opt everybody out, and leave a mark in the same transaction."""
    connection.execute(insert(KNOWN_GUEST), [{"name": MARK, "gone": False}])
    return opted_out(connection, newest)


def opted_out(_: Connection, newest: Newest) -> Restated:
    rows = [opt_in(guest, wanted=False) for guest, row in newest.items() if row.wanted]
    return rows, len(rows)


def fails(connection: Connection, newest: Newest) -> Restated:
    set_back(connection, newest)
    raise ValueError(MARK)


class RestatingClaims:
    async def test_statements_made_of_the_newest_ones_are_added(self, store: Store) -> None:
        await store.state_opt_in([opt_in("a"), opt_in("b", wanted=False)])

        assert await store.restate(set_back) == 1
        assert not (await store.opt_ins())["a"].wanted

    async def test_what_is_written_beside_them_is_the_same_commit(self, store: Store) -> None:
        await store.state_opt_in([opt_in("a")])
        with pytest.raises(ValueError, match=MARK):
            await store.restate(fails)

        assert (await store.opt_ins())["a"].wanted
        assert await store.known() == frozenset()

    async def test_nobody_restates_what_another_restates_now(
        self, store: Store, another: Open
    ) -> None:
        await store.state_opt_in([opt_in("a")])
        other = another("bert")

        done = await asyncio.gather(*(each.restate(opted_out) for each in (store, other) * 4))
        assert sum(done) == 1

    async def test_the_statements_about_a_guest_come_oldest_first(self, store: Store) -> None:
        said = (opt_in("a"), opt_in("a", wanted=False), opt_in("a"))
        await store.state_opt_in([*said, opt_in("b")])

        told = await store.statements(guest="a")
        assert tuple(replace(row, number=0) for row in told) == said
        assert [row.number for row in told] == sorted(row.number for row in told)

    async def test_statements_are_found_by_how_they_were_made(self, store: Store) -> None:
        await store.state_opt_in([opt_in("a"), replace(opt_in("b", wanted=False), how="reset")])

        assert [row.guest for row in await store.statements(how="reset")] == ["b"]
