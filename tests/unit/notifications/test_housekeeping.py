from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from notifications.errors import Problem, StoreAway
from notifications.housekeeping import PERIOD_SECONDS, Housekeeping
from tests.unit.notifications.clock import SettableClock


def looks(stop: asyncio.Event, *troubles: Exception | None) -> Callable[[], Awaitable[None]]:
    """Meet one of *troubles* at each look, and stop at the last."""
    left = list(troubles)

    async def look() -> None:
        trouble = left.pop(0)
        if not left:
            stop.set()
        if trouble is not None:
            raise trouble

    return look


async def serve(*troubles: Exception | None) -> SettableClock:
    stop, clock = asyncio.Event(), SettableClock()
    await Housekeeping(clock, {"bounces": looks(stop, *troubles)}).serve(stop)
    return clock


async def test_it_looks_every_so_often_until_it_is_stopped() -> None:
    clock = await serve(None, None, None)

    assert clock.waits == [PERIOD_SECONDS] * 3


async def test_trouble_is_one_line_until_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    gone, away = FileNotFoundError("new"), StoreAway(Problem.STORE, detail="full")

    await serve(gone, gone, away, None, None)

    assert [record.getMessage() for record in caplog.records] == [
        "bounces cannot be looked at: new",
        "bounces cannot be looked at: store: {'detail': 'full'}",
        "bounces can be looked at again",
    ]


async def test_trouble_in_one_place_does_not_keep_it_from_the_others() -> None:
    stop, seen = asyncio.Event(), []

    async def other() -> None:
        seen.append("list")

    places = {"bounces": looks(stop, OSError("no")), "list": other}
    await Housekeeping(SettableClock(), places).serve(stop)

    assert seen == ["list"]


async def test_with_nothing_to_look_at_it_ends() -> None:
    await Housekeeping(SettableClock(), {}).serve(asyncio.Event())
