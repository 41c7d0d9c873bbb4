"""The alarm clock: it rings when it is time, also late, once, and cancels nothing of ours.

What the library does by itself would break each of these: it drops a job that is a second late.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest

from bot.maintenance.windows.alarm import Alarm
from tests.unit.notifications.clock import turn

FAR = 3600.0


@pytest.fixture
async def alarm() -> AsyncIterator[Alarm]:
    made = Alarm()
    made.start()
    yield made
    made.close()


async def waits(alarm: Alarm, seconds: float, stop: asyncio.Event | None = None) -> float:
    """Wait for the alarm; return for how many seconds."""
    before = time.monotonic()
    await alarm.wait(seconds, stop or asyncio.Event())
    return time.monotonic() - before


async def silent(alarm: Alarm) -> bool:
    """Say whether it does not ring while time passes in which it would."""
    other = Alarm()
    other.start()
    waiting = asyncio.ensure_future(waits(alarm, FAR))
    await waits(other, 0.05)
    other.close()
    waiting.cancel()
    rang = (await asyncio.gather(waiting, return_exceptions=True))[0]
    return isinstance(rang, asyncio.CancelledError)


async def test_it_rings_after_its_time_and_not_before(alarm: Alarm) -> None:
    assert await waits(alarm, 0.2) >= 0.19


@pytest.mark.parametrize("late", [0.0, 0.001, 1.5, 60.0, 86400.0])
async def test_an_alarm_in_the_past_rings_at_once_and_is_not_dropped(
    alarm: Alarm, late: float
) -> None:
    await waits(alarm, -late)


async def test_it_rings_late_where_the_loop_was_held_up(alarm: Alarm) -> None:
    waiting = asyncio.ensure_future(waits(alarm, 0.05))
    await turn()
    until = time.monotonic() + 1.2
    while time.monotonic() < until:
        pass

    assert await waiting >= 1.2


async def test_it_rings_when_somebody_rings_it(alarm: Alarm) -> None:
    waiting = asyncio.ensure_future(waits(alarm, FAR))
    await turn()

    alarm.ring()

    await waiting


async def test_a_ring_while_nobody_waits_is_not_lost(alarm: Alarm) -> None:
    alarm.ring()

    await waits(alarm, FAR)


async def test_it_stops_waiting_when_it_is_told_to_stop(alarm: Alarm) -> None:
    stop = asyncio.Event()
    stop.set()

    await waits(alarm, FAR, stop)


async def test_it_rings_once(alarm: Alarm) -> None:
    await waits(alarm, 0.0)

    assert await silent(alarm)


async def test_a_clock_that_is_set_back_keeps_it_from_nothing(
    alarm: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SetBack(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) - timedelta(hours=1)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SetBack)

    async with asyncio.timeout(30):
        await waits(alarm, 0.05)

    assert await silent(alarm)


async def test_many_alarms_that_were_replaced_ring_once(alarm: Alarm) -> None:
    for _ in range(20):
        alarm.ring()
        await waits(alarm, 0.02)  # somebody rang before it was time

    await waits(alarm, 0.02)

    assert await silent(alarm)


async def test_an_alarm_is_replaced_by_a_later_one(alarm: Alarm) -> None:
    alarm.ring()
    await waits(alarm, 0.03)

    assert await silent(alarm)


async def test_closing_cancels_nothing_of_ours() -> None:
    alarm, goes_on = Alarm(), asyncio.Event()
    alarm.start()
    ours = asyncio.ensure_future(goes_on.wait())
    waiting = asyncio.ensure_future(waits(alarm, FAR))
    await turn()

    alarm.close()
    await turn()

    assert not ours.done()
    assert not waiting.done()
    alarm.ring()
    goes_on.set()
    await asyncio.gather(ours, waiting)


async def test_one_that_was_never_started_is_closed() -> None:
    Alarm().close()
