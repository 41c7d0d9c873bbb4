"""What mail promises over PostgreSQL, and what only several transactions at once can do wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Engine, create_engine, text, update

from notifications import ChangeEvent
from notifications.records import campaigns, changes, suppressions
from notifications.states import CampaignState, DeliveryState
from notifications.tables import CAMPAIGN
from notifications.terms import Omission, Scope, Suppression
from tests.contract.mail_house import Worker, notice, sending
from tests.contract.test_outbox import (
    FIRST,
    OutboxContract,
    looks_after,
    outcomes,
    released,
    states,
)
from tests.integration.test_store_postgresql import migrated, new_database
from tests.unit.notifications.clock import START, turn

__all__ = ["migrated"]

Two = tuple[Worker, Worker]
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class TestOverPostgresql(OutboxContract):
    @pytest.fixture
    def address(self, postgresql: str, migrated: str) -> str:
        return new_database(postgresql, migrated)

    @pytest.fixture
    def engine(self, address: str) -> Iterator[Engine]:
        engine = create_engine(address)
        yield engine
        engine.dispose()

    async def test_a_body_that_begins_during_a_pause_waits_for_it_and_is_not_begun(
        self, workers: Two, engine: Engine
    ) -> None:
        number = await sending(workers[0])
        (claimed,) = (await workers[0].takes(1)).claimed

        with engine.begin() as pausing:
            head = update(CAMPAIGN).where(CAMPAIGN.c.number == number)
            pausing.execute(head.values(state=CampaignState.PAUSED))
            beginning = asyncio.create_task(workers[0].writes(begins=(claimed.id,)))
            await waiting(engine, beginning)

        assert await beginning == {}

    async def test_workers_that_stop_at_once_for_the_relay_are_in_nobodys_way(
        self, workers: Two, engine: Engine
    ) -> None:
        number = await sending(workers[0])
        claimed = [(await each.takes(1)).claimed[0].id for each in workers]

        with engine.begin() as holding:
            campaigns.read(holding, number, lock=True)
            stops = [
                asyncio.create_task(outcomes(each.writes(released(mine, number), stops=True)))
                for each, mine in zip(workers, claimed, strict=True)
            ]
            await waiting(engine, *stops)

        assert [await each for each in stops] == [[None], [None]]
        told = await workers[0].campaigns.changes(0, number)
        assert [each.event for each in told].count(ChangeEvent.STOPPED) == 1

    async def test_p13_who_reads_on_after_a_number_misses_nothing(
        self, workers: Two, engine: Engine
    ) -> None:
        number = await sending(workers[0])
        last = (await workers[0].campaigns.changes(0, number))[-1].number
        tell = partial(changes.add, campaign=number, at=START)

        with engine.begin() as early:
            tell(early, event=ChangeEvent.UNCERTAIN)
            late = partial(tell, event=ChangeEvent.REFUSED)
            telling = asyncio.create_task(workers[1].store.transactions.write(late))
            await waiting(engine, telling)
            seen = await workers[0].campaigns.changes(last, number)
            last = max([last, *(each.number for each in seen)])
        await telling

        seen += await workers[0].campaigns.changes(last, number)
        assert [each.event for each in seen] == [ChangeEvent.UNCERTAIN, ChangeEvent.REFUSED]

    async def test_p9_a_worker_whose_time_is_over_loses_what_it_has_and_begins_nothing_more(
        self, workers: Two, engine: Engine
    ) -> None:
        anna, bert = workers
        number = await sending(anna, 2)
        await looks_after(anna)
        begun, claimed = (each.id for each in (await anna.takes(2)).claimed)
        await anna.writes(begins=(begun,))
        with engine.begin() as connection:
            connection.execute(text("UPDATE mail_worker SET until = now()"))

        await looks_after(bert)

        expected = {DeliveryState.UNCERTAIN: 1, DeliveryState.PENDING: 1}
        assert await states(bert, number) == expected
        assert await anna.writes(begins=(begun, claimed)) == {}

    async def test_life_is_proved_by_the_clock_of_the_database(
        self, workers: Two, engine: Engine
    ) -> None:
        await looks_after(workers[0])

        left = text("SELECT extract(epoch FROM until - now()) FROM mail_worker")
        with engine.connect() as connection:
            assert 10 < float(connection.scalar(left)) <= 15

    async def test_one_who_claims_does_not_wait_for_one_who_claims(
        self, workers: Two, engine: Engine
    ) -> None:
        await sending(workers[0], 4)

        with engine.begin() as other:
            other.execute(text("SELECT id FROM mail_delivery ORDER BY id LIMIT 3 FOR UPDATE"))
            taken = await workers[0].takes(4)

        assert len(taken.claimed) == 1

    async def test_p12_a_draft_waits_for_the_same_request_and_is_the_same(
        self, workers: Two, engine: Engine
    ) -> None:
        with engine.begin() as early:
            first = workers[0].campaigns.drafting(notice())(early)
            second = asyncio.create_task(workers[1].campaigns.draft(notice()))
            await waiting(engine, second)

        assert (await second).campaign == first.campaign
        assert (await second).again

    async def test_who_unsubscribes_while_it_is_sent_off_gets_nothing(
        self, workers: Two, engine: Engine
    ) -> None:
        """Neither sees what the other has not committed."""
        number = await sending(workers[0], 1)
        with engine.begin() as connection:
            connection.execute(update(CAMPAIGN).values(state=CampaignState.APPROVED))
            connection.execute(update(CAMPAIGN).values(kind="offer"))
        wish = Suppression(address=FIRST, scope=Scope.OFFERS, why=Omission.UNSUBSCRIBED, at=START)

        with engine.begin() as leaving:
            suppressions.add(leaving, FIRST, wish, frozenset({"offer"}))
            send = asyncio.create_task(workers[0].campaigns.send(number, "os:anna"))
            await waiting(engine, send)
        await send

        assert await states(workers[0], number) == {DeliveryState.SUPPRESSED: 1}


async def waiting(engine: Engine, *tasks: asyncio.Task[object]) -> None:
    """Return when each of *tasks* waits for a lock, or has ended."""
    every = engine.execution_options(isolation_level="AUTOCOMMIT")  # looks at what is now
    with every.connect() as connection:
        while sum(not each.done() for each in tasks) > connection.scalar(WAITING):
            await turn()
