"""What mail promises over a real store, over SQLite; `tests/integration` has it over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.rules.optin import OptIn
from bot.storage import open_store
from notifications import CampaignState, Drafted, NotificationError, Pace, Problem
from notifications.outbox.settle import Settlement
from notifications.outbox.turn import keep, leave
from notifications.states import DeliveryState, Step
from tests.contract.mail_house import Worker, delivered, notice, sending, worker
from tests.contract.store_values import opt_in
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import ANNA, BORIS
from tests.unit.notifications.scripted import NO_ANSWER, ScriptedTransport

FIRST = "c0@example.org"


async def outcomes(*doing: Awaitable[object]) -> list[Problem | None]:
    """Do all at once; return how each was refused."""
    done = await asyncio.gather(*doing, return_exceptions=True)
    return [each.problem if isinstance(each, NotificationError) else None for each in done]


async def looks_after(at: Worker) -> int:
    """Prove life and look for the dead; return how many connections are this worker's."""
    work = partial(keep, living=at.store.workers, at=START, connections=4)
    return await at.store.transactions.write(work)


async def states(at: Worker, number: int) -> Mapping[DeliveryState, int]:
    return (await at.campaigns.report(number)).counts.of


def released(claimed: int, campaign: int) -> Settlement:
    return Settlement(
        id=claimed, campaign=campaign, address=FIRST, step=Step.RELEASE, at=START, handed=0
    )


class OutboxContract:
    """All claims; a subclass gives the fixture `address`."""

    @pytest.fixture
    def relay(self) -> ScriptedTransport:
        return ScriptedTransport()

    @pytest.fixture
    async def workers(
        self, address: str, tmp_path: Path, relay: ScriptedTransport
    ) -> AsyncIterator[tuple[Worker, Worker]]:
        """Open the database twice, as two processes do."""
        anna, bert = open_store(address, "anna"), open_store(address, "bert")
        yield worker(anna, tmp_path / "words", relay), worker(bert, tmp_path / "words", relay)
        await anna.close()
        await bert.close()

    async def test_p9_of_two_who_claim_at_once_each_delivery_has_one(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        await sending(workers[0], 20)

        taken = await asyncio.gather(*(each.takes(3) for each in workers * 4))

        claimed = [each.id for one in taken for each in one.claimed]
        assert len(claimed) == len(set(claimed)) == 20

    async def test_p9_p10_two_workers_send_each_mail_once(
        self, workers: tuple[Worker, Worker], relay: ScriptedTransport
    ) -> None:
        number = await sending(workers[0], 60)

        campaign = await delivered(number, *workers)

        assert campaign.state is CampaignState.DONE
        assert sorted(relay.counts().values()) == [1] * 60

    async def test_the_pace_is_that_of_all_together(self, workers: tuple[Worker, Worker]) -> None:
        await sending(workers[0], 30)
        pace = Pace(per_minute=60, burst=10)

        taken = await asyncio.gather(*(each.takes(9, pace) for each in workers * 2))

        assert sum(len(one.claimed) for one in taken) == 10

    async def test_connections_are_shared_and_left_to_the_others(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        alone = [await looks_after(each) for each in workers]
        await workers[0].store.transactions.write(partial(leave, owner="anna", at=START))

        assert (alone, await looks_after(workers[1])) == ([4, 1], 4)

    async def test_workers_that_look_after_all_at_once_are_in_nobodys_way(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        assert set(await outcomes(*map(looks_after, workers * 8))) == {None}

    async def test_p12_a_request_that_comes_twice_at_once_drafts_once(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        made = await asyncio.gather(*(each.campaigns.draft(notice()) for each in workers * 2))

        assert sorted(each.again for each in made) == [False, True, True, True]
        assert len({each.campaign for each in made}) == 1

    async def test_p11_of_two_previews_at_once_only_a_whole_one_counts(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        number = (await workers[0].campaigns.draft(notice(30))).campaign

        refused = await outcomes(*(each.campaigns.preview(number, ANNA) for each in workers))
        kept = [mail async for _, mail in workers[0].campaigns.mails(number)]

        assert set(refused) <= {None, Problem.CHANGED}
        assert None in refused
        assert len(kept) == 30

    async def test_p12_one_of_many_approves_and_one_of_many_sends(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        number = (await workers[0].campaigns.draft(notice())).campaign
        await workers[0].campaigns.preview(number, ANNA)

        approved = await outcomes(*(w.campaigns.approve(number, BORIS) for w in workers * 2))
        sent = await outcomes(*(w.campaigns.send(number, ANNA) for w in workers * 2))

        assert approved.count(None) == sent.count(None) == 1

    async def test_p9_one_of_many_has_it_sent_again(
        self, workers: tuple[Worker, Worker], relay: ScriptedTransport
    ) -> None:
        relay.answers(FIRST, NO_ANSWER)
        number = await sending(workers[0])
        await delivered(number, *workers)

        again = await outcomes(*(w.campaigns.resend(number, FIRST, ANNA) for w in workers * 2))
        await delivered(number, *workers)

        assert again.count(None) == 1
        assert relay.counts()[FIRST] == 2

    @pytest.mark.parametrize("end", ["pause", "cancel"])
    async def test_nothing_is_begun_after_a_pause_or_a_cancel(
        self, workers: tuple[Worker, Worker], end: str
    ) -> None:
        number = await sending(workers[0])
        (claimed,) = (await workers[0].takes(1)).claimed
        await getattr(workers[1].campaigns, end)(number, ANNA)

        assert await workers[0].writes(begins=(claimed.id,)) == {}
        await workers[0].writes(released(claimed.id, number))
        waits = {"pause": DeliveryState.PENDING, "cancel": DeliveryState.CANCELLED}
        assert await states(workers[1], number) == {waits[end]: 3}

    async def test_a_worker_that_lives_keeps_what_it_has_in_hand(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        number = await sending(workers[0])
        for each in workers:
            await looks_after(each)
            await workers[0].takes(3)

        assert await states(workers[1], number) == {DeliveryState.CLAIMED: 3}

    async def test_statements_and_the_draft_of_their_notice_are_one_commit(
        self, workers: tuple[Worker, Worker]
    ) -> None:
        at = workers[0]
        await at.store.state_opt_in([opt_in("a")])

        def work(
            connection: Connection, newest: Mapping[str, OptIn], *, fails: bool
        ) -> tuple[Sequence[OptIn], Drafted]:
            drafted = at.campaigns.drafting(notice())(connection)
            if fails:
                raise ValueError(FIRST)
            return [opt_in(guest, wanted=False) for guest in newest], drafted

        with pytest.raises(ValueError, match=FIRST):
            await at.store.restate(partial(work, fails=True))
        assert await self._stands(at) == (True, 0)
        await at.store.restate(partial(work, fails=False))
        assert await self._stands(at) == (False, 1)

    async def _stands(self, at: Worker) -> tuple[bool, int]:
        newest = await at.store.opt_ins()
        return newest["a"].wanted, len(await at.campaigns.campaigns())


class TestOverSqlite(OutboxContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'maint.db'}"
