"""Suppressions: what stands, what it holds back, and how it ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from notifications.records import suppressions
from notifications.states import DeliveryState
from notifications.terms import Omission, Scope, Suppression
from tests.unit.notifications.clock import START
from tests.unit.notifications.front import ANNA, front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.notifications.front import Front

A = "a@example.org"
D = DeliveryState


@pytest.fixture
def f(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as made:
        yield made


def add(f: Front, scope: Scope = Scope.OFFERS, occasion: str = "", detail: str = "") -> bool:
    wish = Suppression(
        address=A, scope=scope, why=Omission.BOUNCED, at=START, occasion=occasion, detail=detail
    )
    offers = frozenset({"offer"})
    return f.database.writes(partial(suppressions.add, mailbox=A, suppression=wish, offers=offers))


async def test_the_same_suppression_stands_once_with_the_first_reason(f: Front) -> None:
    assert (add(f, detail="5.1.1"), add(f, detail="5.4.4")) == (True, False)

    (standing,) = await f.campaigns.suppressions()
    assert (standing.address, standing.detail) == (A, "5.1.1")


async def test_what_stands_is_listed_newest_first(f: Front) -> None:
    add(f)
    add(f, Scope.OCCASION, "window/1")

    assert [each.occasion for each in await f.campaigns.suppressions()] == ["window/1", ""]


async def test_what_is_lifted_may_come_again(f: Front) -> None:
    add(f)

    assert await f.campaigns.lift("A@Example.org", ANNA) == 1
    assert await f.campaigns.suppressions() == ()
    assert add(f)


async def test_lifting_where_nothing_stands_is_no_error(f: Front) -> None:
    assert await f.campaigns.lift(A, ANNA) == 0


async def test_a_forged_token_unsubscribes_nobody(f: Front) -> None:
    token = f.parts.tokens.unsubscribe(A)

    assert not await f.campaigns.unsubscribe(token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert await f.campaigns.suppressions() == ()


async def test_unsubscribing_twice_is_unsubscribing(f: Front) -> None:
    token = f.parts.tokens.unsubscribe(A)

    assert [await f.campaigns.unsubscribe(token) for _ in range(2)] == [True, True]
    assert len(await f.campaigns.suppressions()) == 1


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (D.PENDING, D.SUPPRESSED),
        (D.DEFERRED, D.SUPPRESSED),
        (D.CLAIMED, D.SUPPRESSED),
        (D.SENDING, D.SENDING),
        (D.SENT, D.SENT),
        (D.UNCERTAIN, D.UNCERTAIN),
    ],
)
async def test_what_waits_is_held_back_and_nothing_else(
    f: Front, state: DeliveryState, after: DeliveryState
) -> None:
    number = await f.sending("offer")
    f.become(number, A, state)

    add(f)

    assert f.states(number)[A] is after


async def test_unsubscribing_holds_no_service_notice_back(f: Front) -> None:
    number = await f.sending("notice")

    add(f)

    assert f.states(number)[A] is D.PENDING


@pytest.mark.parametrize(("occasion", "after"), [("w/1", D.SUPPRESSED), ("w/2", D.PENDING)])
async def test_a_bounce_holds_other_notices_of_its_occasion_back(
    f: Front, occasion: str, after: DeliveryState
) -> None:
    number = await f.sending("notice", occasion=occasion)

    add(f, Scope.OCCASION, "w/1")

    assert f.states(number)[A] is after


async def test_a_post_is_never_held_back(f: Front) -> None:
    number = await f.sending("offer", announce=True)
    list_token = f.parts.tokens.unsubscribe("announce@lists.example.net")

    await f.campaigns.unsubscribe(list_token)
    post = (await f.campaigns.campaign(number)).post
    shown = await f.campaigns.preview(post, ANNA)

    assert shown.recipients == 1
