"""The worker: takes up what nobody carries on, lets go when told, and survives its database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.maintenance import worker
from bot.maintenance.worker import Worker
from bot.rules.errors import Code, MaintError
from bot.rules.run.journal import Event
from bot.storage import open_store
from tests.failures.begun import PAIRED, QUIET, begun, of, results
from tests.failures.failing_store import FailingStore
from tests.night import HOST, Night, guest, night
from tests.unit.maintenance.watched import WatchedStore, equipment


async def serve(made: Night, store: WatchedStore, owner: str = "w") -> None:
    """Let a worker serve until the store has seen what it waits for."""
    stop = asyncio.Event()
    serving = asyncio.create_task(Worker(owner, equipment(made, store)).serve(stop))
    await asyncio.wait_for(store.reached.wait(), 20)
    stop.set()
    await serving


def ending(made: Night) -> WatchedStore:
    return WatchedStore(made.store, lambda _, beside: bool(beside.run and beside.run.ended))


async def test_a_worker_carries_an_open_run_to_its_end_and_lets_go(tmp_path: Path) -> None:
    async with night(tmp_path, *map(guest, "abc"), out=["c"]) as n:
        await n.begin()
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        await serve(n, ending(n), "bot-1")

        assert (await n.desk.at_rest(HOST)).why == "ended"
        assert await n.store.holder(HOST) == ""


async def test_a_worker_takes_over_a_dead_ones_run_at_once(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        await n.until_state("a", "saved")
        assert n.runner is not None
        token = n.runner.lease.token
        await n.store.close()  # as the kernel does at a death: the lease stays, its lock does not
        n.store = open_store(tmp_path / "maint.sqlite", "heir")
        await serve(n, ending(n), "heir")
        await n.take_up()

        assert (results(n), n.runner.lease.token > token) == (QUIET, True)
        assert [r.data["owner"] for r in await of(n, "", Event.TAKEN_OVER)] == ["heir"]


async def test_a_worker_leaves_a_living_ones_run_alone(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        other = open_store(tmp_path / "maint.sqlite", "other")
        (record,) = await other.runs(open_only=True)
        await Worker("other", equipment(n, other))._keep(record, asyncio.Event())

        assert await other.holder(HOST) == "bot-1"
        assert len(await other.rows("r1")) == 1
        await other.close()


async def test_a_worker_that_is_told_to_stop_finishes_what_is_in_flight(tmp_path: Path) -> None:
    async with begun(tmp_path) as n:
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        first = WatchedStore(n.store, lambda rows, _: any(r.event is Event.INTENDED for r in rows))
        await serve(n, first, "bot-1")
        holder = await n.store.holder(HOST)
        await n.take_up()

        assert holder == ""
        assert n.states() == {"a": "imaged", "b": "planned", "c": "off"}
        assert n.runner.idle


async def test_a_worker_whose_database_is_away_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY", 0.0)
    async with begun(tmp_path) as n:
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        watched = ending(n)
        door = FailingStore(watched, "append")
        door.shut = True
        heard: list[MaintError] = []

        def hear(error: MaintError) -> None:
            heard.append(error)
            door.shut = len(heard) < 2

        stop = asyncio.Event()
        serving = asyncio.create_task(Worker("bot-1", equipment(n, door), hear).serve(stop))
        await asyncio.wait_for(watched.reached.wait(), 20)
        stop.set()
        await serving
        await n.take_up()

        assert [error.code for error in heard] == [Code.STORE_UNREACHABLE] * 2
        assert results(n) == QUIET


async def test_a_worker_drops_the_pairs_of_an_ended_run_when_their_time_has_passed(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        await n.until("ended")
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        assert len(n.simulator.world(HOST).guests["a"].snapshots) == 1
        n.clock.advance(25 * 3600)
        done = WatchedStore(n.store, lambda _, beside: bool(beside.run and not beside.run.due))
        await serve(n, done, "bot-1")

        guests = n.simulator.world(HOST).guests
        assert [guests[name].snapshots for name in "ab"] == [{}, {}]


async def test_a_worker_looks_at_pairs_that_are_kept_before_their_time_has_passed(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path, policy=PAIRED) as n:
        await n.until("ended")
        assert n.runner is not None
        await n.store.free(n.runner.lease)
        with n.simulator.edit(HOST) as world:
            world.snapshot_space_mib = 0
        told = WatchedStore(n.store, lambda rows, _: any(r.event is Event.LATE for r in rows))
        await serve(n, told, "bot-1")
        await n.take_up()

        assert n.run.late == {"snapshot_space"}
