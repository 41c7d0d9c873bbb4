"""What every store promises about leases, wishes, holds, customers and what people did."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.ports import Cursor, Effects, Lease, Store
from bot.rules.errors import Code, TryAgain
from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome
from bot.rules.run.journal import Draft, Event
from tests.contract.store_values import (
    NOTHING,
    Open,
    audit_row,
    begun,
    claimed,
    draft,
    hold,
    later,
    opt_in,
    run_record,
    trial,
    wish,
)


class LeaseClaims:
    async def test_claiming_again_returns_the_same_lease(self, store: Store) -> None:
        first = await claimed(store)

        assert first == Lease(host="hobgoblin", owner="anna", token=1)
        assert await store.claim("hobgoblin", "anna") == first

    async def test_a_live_owner_keeps_its_lease(self, store: Store, another: Open) -> None:
        await claimed(store)

        assert await another("berta").claim("hobgoblin", "berta") is None
        assert await another("clara").holder("hobgoblin") == "anna"

    async def test_of_many_who_claim_at_once_one_gets_it(self, another: Open) -> None:
        names = ["anna", "berta", "clara"]
        stores = [another(name) for name in names]

        claims = await asyncio.gather(
            *(store.claim("hobgoblin", name) for store, name in zip(stores, names, strict=True))
        )

        assert sum(lease is not None for lease in claims) == 1

    async def test_the_token_grows_after_the_lease_was_free(self, store: Store) -> None:
        lease = await claimed(store)
        await store.free(lease)

        assert await store.holder("hobgoblin") == ""
        assert (await claimed(store, owner="berta")).token == lease.token + 1

    async def test_the_token_grows_also_for_the_owner_before(self, store: Store) -> None:
        lease = await claimed(store)
        await store.free(lease)

        assert (await claimed(store)).token == lease.token + 1

    async def test_freeing_a_lost_lease_harms_nobody(self, store: Store) -> None:
        lost = await claimed(store)
        await store.free(lost)
        await claimed(store, owner="berta")

        await store.free(lost)

        assert await store.holder("hobgoblin") == "berta"

    async def test_a_lost_lease_cannot_be_renewed(self, store: Store) -> None:
        lost = await claimed(store)
        await store.free(lost)

        with pytest.raises(TryAgain) as refused:
            await store.renew(lost)

        assert refused.value.code is Code.LEASE_LOST
        assert refused.value.fields == {"host": "hobgoblin", "owner": ""}

    async def test_a_renewed_lease_stands(self, store: Store) -> None:
        lease = await begun(store)

        await store.renew(lease)

        assert len(await store.append(lease, "r1", [draft()], NOTHING)) == 1

    async def test_nobody_holds_a_host_that_was_never_claimed(self, store: Store) -> None:
        assert await store.holder("hobgoblin") == ""


class WishClaims:
    async def test_a_wish_with_a_known_key_is_not_recorded(self, store: Store) -> None:
        assert await store.wish(wish("k1", verb="pause"))
        assert not await store.wish(wish("k1", verb="abort"))

        assert [w.verb for w in (await store.news("hobgoblin")).wishes] == ["pause"]

    async def test_a_key_stays_known_after_its_wish_was_obeyed(self, store: Store) -> None:
        lease = await begun(store)
        await store.wish(wish())
        await store.append(lease, "r1", [], Effects(wishes=("k1",)))

        assert not await store.wish(wish())

    async def test_news_are_the_open_wishes_of_one_host_oldest_first(self, store: Store) -> None:
        lease = await begun(store)
        for key, host in [("a", "hobgoblin"), ("b", "hobgoblin"), ("c", "x"), ("d", "hobgoblin")]:
            await store.wish(wish(key, host))
        await store.append(lease, "r1", [], Effects(wishes=("b",)))

        heard = (await store.news("hobgoblin")).wishes

        assert [w.key for w in heard] == ["a", "d"]
        assert heard[0].number < heard[1].number

    async def test_a_wish_comes_back_whole(self, store: Store) -> None:
        asked = replace(wish(), guest="vps31", argument="a reason", at=None)
        await store.wish(asked)

        (heard,) = (await store.news("hobgoblin")).wishes

        assert replace(heard, number=0) == asked


class HoldClaims:
    async def test_an_equal_hold_that_stands_is_returned_instead(self, store: Store) -> None:
        first = await store.hold(replace(hold(), because=("hobgoblin/vps31: damage",)))

        again = await store.hold(replace(hold(), opened_at=later(60)))

        assert again == first
        assert await store.holds() == (first,)

    async def test_holds_for_different_reasons_stand_side_by_side(self, store: Store) -> None:
        await store.hold(hold(reason="one"))
        await store.hold(hold(reason="two"))

        assert [h.reason for h in await store.holds()] == ["one", "two"]

    async def test_a_hold_opened_with_rows_is_not_doubled(self, store: Store) -> None:
        lease = await begun(store)
        await store.hold(hold())

        await store.append(lease, "r1", [draft()], Effects(holds=(hold(), hold())))

        assert len((await store.news("hobgoblin")).holds) == 1

    async def test_lifting_says_how_many_stood(self, store: Store) -> None:
        await store.hold(hold(reason="one"))
        await store.hold(hold(reason="two"))
        other = await store.hold(hold(Scope.GLOBAL, ""))

        assert await store.lift(Scope.HOST, "hobgoblin", "os:anna", "mended", later(9)) == 2
        assert await store.lift(Scope.HOST, "hobgoblin", "os:anna", "mended", later(9)) == 0
        assert await store.holds() == (other,)

    async def test_a_lifted_hold_can_be_opened_anew(self, store: Store) -> None:
        first = await store.hold(hold())
        await store.lift(Scope.HOST, "hobgoblin", "os:anna", "mended", later(9))

        assert (await store.hold(hold())).id > first.id


class CustomerClaims:
    async def test_the_newest_statement_of_each_guest_counts(self, store: Store) -> None:
        await store.state_opt_in([opt_in("a"), opt_in("b")])
        await store.state_opt_in([opt_in("a", wanted=False)])

        newest = await store.opt_ins()

        assert {guest: row.wanted for guest, row in newest.items()} == {"a": False, "b": True}
        assert replace(newest["b"], number=0) == opt_in("b")

    async def test_no_statement_changes_nothing(self, store: Store) -> None:
        await store.state_opt_in([])

        assert await store.opt_ins() == {}

    async def test_evidence_comes_back_oldest_first(self, store: Store) -> None:
        lease = await begun(store)
        outcomes = (trial("b"), trial("a", RestoreOutcome.DAMAGE))

        await store.append(lease, "r1", [], Effects(evidence=outcomes))

        assert await store.evidence() == outcomes

    async def test_a_guest_is_seen_for_the_first_time_once(self, store: Store) -> None:
        assert await store.first_seen(["a", "b", "a"]) == {"a", "b"}
        assert await store.first_seen(["b", "c"]) == {"c"}
        assert await store.known() == {"a", "b", "c"}

    async def test_a_guest_that_left_and_is_back_is_not_new(self, store: Store) -> None:
        await store.first_seen(["a", "b"])
        await store.forget(["a", "never seen"])

        assert await store.known() == {"b"}
        assert await store.first_seen(["a"]) == frozenset()
        assert await store.known() == {"a", "b"}


class PeopleClaims:
    async def test_a_request_with_a_known_key_is_not_recorded(self, store: Store) -> None:
        assert await store.audit(audit_row("k1"))
        assert not await store.audit(audit_row("k1", text="abort"))

        assert await store.audits() == (audit_row("k1"),)

    async def test_requests_without_a_key_are_all_recorded(self, store: Store) -> None:
        assert await store.audit(audit_row())
        assert await store.audit(audit_row())

    async def test_what_came_of_a_request_is_added_to_it_alone(self, store: Store) -> None:
        await store.audit(audit_row("k1"))
        await store.audit(audit_row())

        await store.settle("k1", "done")
        await store.settle("", "nonsense")

        assert [row.result for row in await store.audits()] == ["", "done"]

    async def test_audits_are_the_newest_of_a_host(self, store: Store) -> None:
        for text, host in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")]:
            await store.audit(audit_row(host=host, text=text))

        assert [row.text for row in await store.audits("a", limit=2)] == ["4", "3"]

    async def test_a_chat_that_told_nothing_is_at_zero(self, store: Store) -> None:
        assert await store.cursor("slack", "r1") == Cursor(chat="slack", run="r1", number=0)

    async def test_a_moved_cursor_replaces_the_one_before(self, store: Store) -> None:
        await store.move(Cursor(chat="slack", run="r1", number=3))
        moved = Cursor(chat="slack", run="r1", number=7, message="123.4")

        await store.move(moved)

        assert await store.cursor("slack", "r1") == moved
        assert (await store.cursor("terminal", "r1")).number == 0


class ClosingClaims:
    async def test_closing_finishes_what_is_queued(self, store: Store, another: Open) -> None:
        waiting = [asyncio.create_task(store.wish(wish(f"k{n}"))) for n in range(20)]
        await asyncio.gather(*waiting[:1])

        await store.close()

        assert all(await asyncio.gather(*waiting))
        assert len((await another("berta").news("hobgoblin")).wishes) == 20

    async def test_a_write_is_done_although_nobody_waits_any_more(
        self, store: Store, another: Open
    ) -> None:
        waiting = asyncio.create_task(store.begin(run_record(), Draft(event=Event.BEGUN), {}))
        await asyncio.wait([waiting], timeout=0)
        waiting.cancel()

        await store.close()

        assert await another("berta").runs() == (run_record(),)

    async def test_a_closed_store_refuses(self, store: Store) -> None:
        await store.close()

        with pytest.raises(RuntimeError):
            await store.wish(wish())
