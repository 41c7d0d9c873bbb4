"""What every store promises about starts that wait for a second person."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.ports import Proposal, Store
from bot.rules.errors import Code, Precondition
from bot.rules.plan.data import plan_from_data, plan_to_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.run.journal import Draft, Event
from tests.builders import plan_of
from tests.contract.store_values import T0, Open, later, run_record
from tests.unit.rules import plans


def proposal(key: str = "k1", host: str = "hobgoblin", actor: str = "os:anna") -> Proposal:
    return Proposal(
        key=key,
        host=host,
        actor=actor,
        text="start hobgoblin --guard",
        reason="new kernel",
        options=PlanOptions(guard=True),
        plan=plan_from_data(plan_to_data(plan_of([plans.step("a"), plans.shut("b")], hash="aaaa"))),
        at=T0,
        until=later(900),
    )


async def begin(store: Store, name: str = "r1", carries_out: str = "") -> None:
    await store.begin(run_record(name), Draft(event=Event.BEGUN), {}, carries_out)


async def refused(store: Store, name: str, carries_out: str) -> Code:
    with pytest.raises(Precondition) as error:
        await begin(store, name, carries_out)
    return error.value.code


class ProposalClaims:
    async def test_a_proposal_comes_back_whole(self, store: Store) -> None:
        assert await store.propose(proposal()) == ""

        assert await store.proposal("hobgoblin") == proposal()
        assert await store.proposal("clockwork") is None

    async def test_a_newer_proposal_replaces_the_one_of_its_host(self, store: Store) -> None:
        await store.propose(proposal())
        await store.propose(proposal("k2", "clockwork"))
        newer = replace(proposal("k3", actor="os:dora"), at=later(60))

        assert await store.propose(newer) == "os:anna"
        assert await store.proposal("hobgoblin") == newer
        assert await store.proposal("clockwork") == proposal("k2", "clockwork")

    async def test_an_expired_proposal_is_replaced_without_a_word(self, store: Store) -> None:
        await store.propose(proposal())

        assert await store.propose(replace(proposal("k2"), at=later(900))) == ""

    async def test_a_proposal_is_dismissed_by_its_key_once(self, store: Store) -> None:
        await store.propose(proposal())

        assert not await store.dismiss("hobgoblin", "other")
        assert await store.dismiss("hobgoblin", "k1")
        assert not await store.dismiss("hobgoblin", "k1")
        assert await store.proposal("hobgoblin") is None

    async def test_a_run_closes_what_is_proposed_for_its_host_alone(self, store: Store) -> None:
        await store.propose(proposal())
        await store.propose(proposal("k2", "clockwork"))

        await begin(store)

        assert await store.proposal("hobgoblin") is None
        assert await store.proposal("clockwork") is not None

    @pytest.mark.parametrize("waits", ["nothing", "another"])
    async def test_a_proposal_that_does_not_wait_begins_nothing(
        self, store: Store, waits: str
    ) -> None:
        if waits == "another":
            await store.propose(proposal("k2"))

        assert await refused(store, "r1", "k1") is Code.NO_PROPOSAL
        assert await store.runs() == ()
        assert (await store.proposal("hobgoblin") is None) == (waits == "nothing")

    async def test_a_run_that_is_refused_leaves_what_is_proposed(self, store: Store) -> None:
        await begin(store)
        await store.propose(proposal())

        assert await refused(store, "r2", "k1") is Code.HOST_BUSY
        assert await store.proposal("hobgoblin") == proposal()

    async def test_of_many_who_carry_it_out_at_once_one_begins_a_run(self, another: Open) -> None:
        stores = [another(name) for name in ("anna", "berta", "clara")]
        await stores[0].propose(proposal())

        outcomes = await asyncio.gather(
            *(begin(store, f"r{n}", "k1") for n, store in enumerate(stores)),
            return_exceptions=True,
        )

        assert outcomes.count(None) == 1
        assert len(await stores[0].runs()) == 1

    async def test_whoever_is_first_begins_it_or_dismisses_it(self, another: Open) -> None:
        anna, berta = another("anna"), another("berta")
        await anna.propose(proposal())

        begun, dismissed = await asyncio.gather(
            begin(anna, "r1", "k1"), berta.dismiss("hobgoblin", "k1"), return_exceptions=True
        )

        assert (begun is None) is not dismissed
        assert len(await anna.runs()) == (begun is None)
