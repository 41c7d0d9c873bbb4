"""One task writes for all: together, durably, and nothing that was said is dropped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from notifications.outbox.claim import Wish, take
from notifications.outbox.settle import Settlement
from notifications.sending.ledger import Ledger
from notifications.settings import Pace
from notifications.states import DeliveryState, Step
from tests.unit.notifications import planting
from tests.unit.notifications.clock import START, SettableClock, turn
from tests.unit.notifications.database import FileDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ONE, TWO, THREE = 1_000_000, 1_000_001, 1_000_002


@dataclass(frozen=True, kw_only=True)
class Desk:
    database: FileDatabase
    ledger: Ledger
    commits: list[None]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A ledger at work, over three deliveries that "me" has claimed."""
    database = FileDatabase(tmp_path / "mail.sqlite")
    pace = Pace(per_minute=0)
    wish = Wish(owner="me", announce=False, transport="", limit=3, at=START, pace=pace)
    database.writes(planting.plant)
    database.writes(lambda connection: take(connection, wish))
    commits: list[None] = []
    ledger = Ledger(database, "me", SettableClock(), frozenset(), lambda: commits.append(None))
    serving = asyncio.create_task(ledger.serve())
    yield Desk(database=database, ledger=ledger, commits=commits)
    ledger.close()
    await serving
    database.close()


def accepted(delivery: int) -> Settlement:
    address = planting.address(delivery)
    return Settlement(
        id=delivery, campaign=1, address=address, step=Step.ACCEPT, at=START, handed=1
    )


def sent(desk: Desk) -> int:
    return desk.database.reads(planting.states).get(DeliveryState.SENT, 0)


async def test_what_waits_together_is_committed_together(desk: Desk) -> None:
    begun = await asyncio.gather(*(desk.ledger.begin(each) for each in (ONE, TWO, THREE)))

    assert (begun, len(desk.commits)) == ([True] * 3, 1)


async def test_a_settlement_and_the_next_body_share_a_commit(desk: Desk) -> None:
    await desk.ledger.begin(ONE)
    desk.ledger.settle(accepted(ONE))

    assert await desk.ledger.begin(TWO)
    assert (sent(desk), len(desk.commits)) == (1, 2)


async def test_nothing_is_begun_while_the_database_is_away(desk: Desk) -> None:
    desk.database.away = True

    assert not await desk.ledger.begin(ONE)
    desk.database.away = False


async def test_nothing_is_begun_twice_at_once(desk: Desk) -> None:
    begun = await asyncio.gather(*(desk.ledger.begin(ONE) for _ in range(2)))

    assert begun == [1, 0]


async def test_a_settlement_is_kept_until_the_database_is_back(desk: Desk) -> None:
    await desk.ledger.begin(ONE)
    desk.database.refuses = 3
    desk.ledger.settle(accepted(ONE))

    while len(desk.commits) < 2:
        await turn()

    assert sent(desk) == 1


async def test_the_end_waits_for_what_is_not_written(desk: Desk) -> None:
    await desk.ledger.begin(ONE)
    desk.ledger.settle(accepted(ONE))
    desk.ledger.close()

    while len(desk.commits) < 2:
        await turn()

    assert sent(desk) == 1


async def test_one_who_hurries_does_not_wait_for_a_database_that_is_away(tmp_path: Path) -> None:
    database = FileDatabase(tmp_path / "mail.sqlite")
    ledger = Ledger(database, "me", SettableClock(), frozenset(), lambda: None)
    database.away = True
    ledger.settle(accepted(ONE))
    ledger.hurry()

    await ledger.serve()

    database.close()
