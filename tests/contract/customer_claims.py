"""What every store promises about what customers say on their pages."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import DBAPIError

from bot.ports import Store
from bot.rules.optin import OptIn, TrialWish
from tests.contract.store_values import T0, Open, Sql, later, opt_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WISH = TrialWish(
    guest="vps31",
    wanted=True,
    at=T0,
    who="customer:anna@example.org",
    how="link",
    kernel="6.1.0-13-amd64",
    note="after 20:00",
    address="192.0.2.7",
)
SAID = replace(opt_in("vps31"), text="abc123", address="192.0.2.7")


def stating(
    said: OptIn,
) -> Any:  # noqa: ANN401 - as the port has it
    def work(_: object, newest: Mapping[str, OptIn]) -> tuple[Sequence[OptIn], int]:
        return (said,), len(newest)

    return work


class PagesClaims:
    async def test_a_wish_for_a_trial_is_read_as_it_was_said(self, store: Store) -> None:
        await store.wish_trials([WISH])

        assert await store.trial_wishes() == {"vps31": replace(WISH, number=1)}

    async def test_a_time_that_was_agreed_is_read_as_it_was_said(self, store: Store) -> None:
        await store.wish_trials([replace(WISH, agreed=later(3600))])

        assert (await store.trial_wishes())["vps31"].agreed == later(3600)

    async def test_the_newest_wish_of_a_guest_counts(self, store: Store) -> None:
        await store.wish_trials([WISH, replace(WISH, wanted=False, at=later(5))])
        await store.wish_trials([replace(WISH, guest="vps32")])

        assert {g: w.wanted for g, w in (await store.trial_wishes()).items()} == {
            "vps31": False,
            "vps32": True,
        }

    async def test_wishes_are_read_on_from_a_number(self, store: Store) -> None:
        await store.wish_trials([WISH, replace(WISH, guest="vps32")])

        assert [w.guest for w in await store.trial_statements(1)] == ["vps32"]
        assert await store.trial_statements(2) == ()

    async def test_the_database_itself_refuses_to_change_a_wish(
        self, store: Store, sql: Sql
    ) -> None:
        await store.wish_trials([WISH])

        with pytest.raises(DBAPIError, match="append-only"):
            sql("UPDATE trial_wish SET note = 'never'")

    async def test_an_opt_in_keeps_its_address_and_the_words_that_were_confirmed(
        self, store: Store
    ) -> None:
        await store.restate(stating(SAID), "Not with old kernels.")

        (said,) = await store.statements(guest="vps31")
        assert (said.text, said.address) == ("abc123", "192.0.2.7")
        assert await store.consent_text("abc123") == "Not with old kernels."

    async def test_the_words_of_a_warning_are_kept_as_they_were_first(self, store: Store) -> None:
        await store.restate(stating(SAID), "Not with old kernels.")
        await store.restate(stating(replace(SAID, guest="vps32")), "Forged.")

        assert await store.consent_text("abc123") == "Not with old kernels."
        assert await store.consent_text("nobody's") == ""

    async def test_statements_are_read_on_from_a_number(self, store: Store) -> None:
        await store.state_opt_in([opt_in("vps31"), opt_in("vps32")])

        assert [said.guest for said in await store.statements(after=1)] == ["vps32"]

    async def test_each_revocation_makes_another_generation(
        self, store: Store, another: Open
    ) -> None:
        assert await store.generations() == {}
        await asyncio.gather(store.revoke(["vps31"]), another("berta").revoke(["vps31", "vps32"]))

        assert await store.generations() == {"vps31": 2, "vps32": 1}
