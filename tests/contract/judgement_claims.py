"""What every store promises about judgements of staff, and about liftings that wait."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.ports import LiftProposal, Store
from bot.rules.errors import Code, Precondition
from bot.rules.hold import Hold, Scope
from bot.rules.policy.evidence import Combination, Judgement, Verdict
from tests.contract.store_values import T0, Open, Sql, later

FIVE_TEN = Combination(
    saved_on="4.19.181",
    saved_hypervisor="xen-4.14.2",
    restored_on="5.10.46",
    restored_hypervisor="xen-4.14.2",
    family="xen/pv/linux-5.10",
)


def judgement(verdict: Verdict = Verdict.BAN, combination: Combination = FIVE_TEN) -> Judgement:
    return Judgement(
        at=T0, actor="os:anna", combination=combination, verdict=verdict, reason="it hangs"
    )


def lifting(key: str = "k1", actor: str = "os:anna", scope: Scope = Scope.GLOBAL) -> LiftProposal:
    value = "" if scope is Scope.GLOBAL else "hobgoblin"
    return LiftProposal(
        scope=scope,
        value=value,
        key=key,
        actor=actor,
        reason="tested",
        at=T0,
        until=later(900),
        seen="3f9a12c0",
    )


def everywhere(reason: str = "careful") -> Hold:
    return Hold(scope=Scope.GLOBAL, value="", reason=reason, opened_by="os:anna", opened_at=T0)


async def lift(store: Store, *known: int) -> int:
    return await store.lift(Scope.GLOBAL, "", "os:anna", "tested", later(60), known)


class JudgementClaims:
    async def test_judgements_come_back_whole_in_the_order_they_came(self, store: Store) -> None:
        other = replace(FIVE_TEN, family="xen/pv/linux-4.19")
        said = [judgement(Verdict.TRUST), judgement(Verdict.BAN, other), judgement(Verdict.BAN)]
        for each in said:
            await store.judge(each)

        kept = await store.judgements()

        assert [replace(each, number=0) for each in kept] == said
        assert sorted({each.number for each in kept}) == [each.number for each in kept]

    @pytest.mark.parametrize("change", ["DELETE FROM judgement", "UPDATE judgement SET reason=''"])
    async def test_what_was_said_is_never_unsaid(self, store: Store, sql: Sql, change: str) -> None:
        await store.judge(judgement())

        with pytest.raises(Exception, match=r"append-only|refuse"):
            sql(change)
        assert len(await store.judgements()) == 1

    async def test_a_lifting_comes_back_whole(self, store: Store) -> None:
        await store.propose_lift(lifting())

        assert await store.lift_proposal(Scope.GLOBAL, "") == lifting()
        assert await store.lift_proposal(Scope.HOST, "hobgoblin") is None

    async def test_a_newer_lifting_replaces_the_one_of_its_hold_alone(self, store: Store) -> None:
        await store.propose_lift(lifting())
        await store.propose_lift(lifting("k2", scope=Scope.HOST))
        await store.propose_lift(lifting("k3", "os:dora"))

        assert await store.lift_proposal(Scope.GLOBAL, "") == lifting("k3", "os:dora")
        assert await store.lift_proposal(Scope.HOST, "hobgoblin") == lifting("k2", scope=Scope.HOST)

    async def test_that_very_lifting_is_dismissed_and_once(self, store: Store) -> None:
        await store.propose_lift(lifting())

        assert not await store.dismiss_lift(lifting("other"))
        assert await store.dismiss_lift(lifting())
        assert not await store.dismiss_lift(lifting())

    async def test_holds_that_are_known_are_lifted_together(self, store: Store) -> None:
        ids = [(await store.hold(everywhere(reason))).id for reason in ("one", "two")]

        assert await lift(store, *ids) == 2
        assert await store.holds() == ()

    @pytest.mark.parametrize("known", ["fewer", "more"])
    async def test_where_others_stand_than_are_known_none_is_lifted(
        self, store: Store, known: str
    ) -> None:
        ids = [(await store.hold(everywhere(reason))).id for reason in ("one", "two")]

        with pytest.raises(Precondition) as refused:
            await lift(store, *(ids[:1] if known == "fewer" else [*ids, 999]))

        assert refused.value.code is Code.LIFT_CHANGED
        assert len(await store.holds()) == 2

    async def test_a_hold_that_comes_while_others_are_lifted_is_never_lifted(
        self, another: Open
    ) -> None:
        anna, berta = another("anna"), another("berta")
        known = (await anna.hold(everywhere("one"))).id

        outcome, opened = await asyncio.gather(
            lift(anna, known), berta.hold(everywhere("two")), return_exceptions=True
        )

        assert isinstance(opened, Hold)
        left = {hold.reason for hold in await anna.holds()}
        assert left == ({"two"} if outcome == 1 else {"one", "two"})
