"""Taking the inventory in: wishes are read once, losses are noticed, nothing is done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.maintenance.intake import take_in
from bot.rules.errors import Precondition
from bot.rules.fleet import Fleet, Guest, Role
from bot.settings import DropLimit
from bot.storage import DatabaseStore, open_store
from tests.unit.rules.plans import NOW

LIMIT = DropLimit()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DatabaseStore]:
    opened = open_store(tmp_path / "maint.db", "test")
    yield opened
    await opened.close()


def fleet(*names: str, **fields: Any) -> Fleet:  # noqa: ANN401 - any field of the guests
    guests = {n: Guest(name=n, host="hobgoblin", uuid=f"u-{n}", **fields) for n in names}
    return Fleet(guests=guests)


async def test_a_guest_that_is_new_brings_its_wish_and_its_kernel(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", opted_in=True, kernel="5.10.0", contact="c"), LIMIT, NOW)

    wish = (await store.opt_ins())["a"]
    assert (wish.wanted, wish.kernel, wish.who, wish.how) == (True, "5.10.0", "c", "inventory")


async def test_a_later_difference_in_the_file_is_ignored(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", opted_in=True), LIMIT, NOW)
    await take_in(store, fleet("a", opted_in=False, kernel="3.16"), LIMIT, NOW)

    wish = (await store.opt_ins())["a"]
    assert (wish.wanted, wish.kernel) == (True, "")


async def test_a_guest_that_comes_back_keeps_what_it_last_said(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", opted_in=False, kernel="4.9"), LIMIT, NOW)
    await take_in(store, fleet(), LIMIT, NOW, accept=True)
    await take_in(store, fleet("a", opted_in=True), LIMIT, NOW)

    assert not (await store.opt_ins())["a"].wanted


@pytest.mark.parametrize("about", [{}, {"opted_in": True, "role": Role.INFRASTRUCTURE}])
async def test_who_says_nothing_or_is_infrastructure_makes_no_statement(
    store: DatabaseStore, about: dict[str, Any]
) -> None:
    await take_in(store, fleet("a", **about), LIMIT, NOW)

    assert await store.opt_ins() == {}


async def test_what_is_new_and_gone_is_told(store: DatabaseStore) -> None:
    many = [f"g{number:02}" for number in range(20)]
    await take_in(store, fleet(*many), LIMIT, NOW)
    found = await take_in(store, fleet(*many[1:], "new"), LIMIT, NOW)

    assert (found.added, found.gone) == (("new",), ("g00",))
    assert await store.known() == {*many[1:], "new"}


async def test_taking_in_the_same_inventory_again_changes_nothing(store: DatabaseStore) -> None:
    same = fleet("a", "b", opted_in=True)
    await take_in(store, same, LIMIT, NOW)
    found = await take_in(store, same, LIMIT, NOW)

    assert (found.added, found.gone) == ((), ())


async def test_a_great_loss_is_refused_and_nothing_of_it_recorded(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", "b", "c"), LIMIT, NOW)
    with pytest.raises(Precondition):
        await take_in(store, fleet("a", "new", opted_in=True), LIMIT, NOW)

    assert await store.known() == {"a", "b", "c"}
    assert await store.opt_ins() == {}


def replaced(name: str) -> Fleet:
    """The name is another machine's now."""
    return Fleet(guests={name: Guest(name=name, host="hobgoblin", uuid="u-other")})


async def test_a_machine_that_takes_over_a_name_takes_over_no_wish(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", "b", opted_in=True), LIMIT, NOW)
    await take_in(store, replaced("a"), LIMIT, NOW, accept=True)

    now = await store.opt_ins()
    assert (now["a"].wanted, now["a"].how, now["b"].wanted) == (False, "inventory", True)
    assert await store.generations() == {"a": 1}


async def test_what_the_new_customer_says_then_stays(store: DatabaseStore) -> None:
    await take_in(store, fleet("a", opted_in=True), LIMIT, NOW)
    await take_in(store, replaced("a"), LIMIT, NOW)
    said = replace((await store.opt_ins())["a"], wanted=True, how="link")
    await store.state_opt_in([said])
    await take_in(store, replaced("a"), LIMIT, NOW)

    assert (await store.opt_ins())["a"].wanted
