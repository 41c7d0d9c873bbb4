"""World time: accelerated, virtual, and the machine's own."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.executors.simulator import VirtualClock, WorldClock
from bot.executors.system_clock import SystemClock
from bot.rules.errors import BadConfiguration

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2021, 8, 26, 20, tzinfo=UTC)


async def test_a_virtual_clock_jumps_to_what_is_waited_for() -> None:
    clock = VirtualClock(START)
    await clock.wait_until(START + timedelta(days=1))
    assert clock.now() == START + timedelta(days=1)


async def test_a_virtual_clock_never_goes_back_by_waiting() -> None:
    clock = VirtualClock(START)
    await clock.wait_until(START - timedelta(days=1))
    assert clock.now() == START


async def test_those_who_wait_wake_in_the_order_of_their_instants() -> None:
    clock, woken = VirtualClock(START), []

    async def wait(seconds: int) -> None:
        await clock.wait_until(START + timedelta(seconds=seconds))
        woken.append((seconds, (clock.now() - START).seconds))

    await asyncio.gather(*(wait(seconds) for seconds in (30, 10, 20)))
    assert woken == [(10, 10), (20, 20), (30, 30)]


async def test_one_who_gives_up_waiting_holds_up_nobody() -> None:
    clock = VirtualClock(START)
    early = asyncio.ensure_future(clock.wait_until(START + timedelta(seconds=1)))
    late = asyncio.ensure_future(clock.wait_until(START + timedelta(seconds=2)))
    asyncio.get_running_loop().call_soon(early.cancel)
    await late
    await clock.wait_until(START + timedelta(seconds=9))
    assert clock.now() == START + timedelta(seconds=9)


async def test_a_world_clock_is_the_same_for_all_who_open_it(tmp_path: Path) -> None:
    first = WorldClock.create(tmp_path, START, factor=1000)
    await first.wait_until(START + timedelta(seconds=1))
    assert WorldClock(tmp_path).now() >= START + timedelta(seconds=1)


def test_a_world_clock_runs_on_while_nobody_looks(tmp_path: Path) -> None:
    WorldClock.create(tmp_path, START, factor=30)
    path = tmp_path / "clock.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {"real": fields["real"] - 60_000_000}))
    assert WorldClock(tmp_path).now() >= START + timedelta(minutes=30)


def test_a_world_clock_can_be_put_back(tmp_path: Path) -> None:
    clock = WorldClock.create(tmp_path, START + timedelta(days=9))
    clock.set(START)
    assert abs(WorldClock(tmp_path).now() - START) < timedelta(hours=1)


@pytest.mark.parametrize("text", [None, "", "{}", '{"epoch": "x"}'])
def test_a_world_without_a_clock_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "clock.json").write_text(text)
    with pytest.raises(BadConfiguration):
        WorldClock(tmp_path)


async def test_the_system_clock_is_aware_and_waits_for_nothing_past() -> None:
    clock = SystemClock()
    await clock.wait_until(START)
    assert clock.now().utcoffset() == timedelta(0)
