"""The files of the simulated world: whole, shared, and as they were before a death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.executors.simulator import Simulator, WorldClock
from bot.executors.simulator.world import dumps, loads
from bot.rules.errors import BadConfiguration, BadRequest, Code, TryAgain
from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from tests.unit.executors.world import HOST, Bench, guest, host

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import asyncio, sys
from pathlib import Path
from bot.executors.simulator import Simulator, WorldClock
from bot.rules.operation import Operation, OperationId, Verb
folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
host = Simulator(folder, WorldClock(folder)).executor("hobgoblin")
async def main():
    for n in range(count):
        verb = Verb.UNPAUSE if n % 2 else Verb.PAUSE
        id = OperationId(run=name, guest=name, verb=verb, attempt=n)
        await host.submit(Operation(id=id), 1)
        print(n, flush=True)
asyncio.run(main())
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def shared(folder: Path, *names: str) -> Simulator:
    folder.mkdir()
    simulator = Simulator(folder, WorldClock.create(folder, Bench(folder).clock.now()))
    simulator.add(host(*(guest(name) for name in names)))
    return simulator


def spoil(bench: Bench) -> None:
    with bench.simulator.edit(HOST) as world:
        world.guests.clear()
        raise ZeroDivisionError


async def test_a_world_survives_its_json(bench: Bench) -> None:
    await bench.begin().save()
    await bench.do(Verb.SNAPSHOT, snapshot="s1")
    bench.simulator.inject(HOST, "dead")
    world = bench.simulator.world(HOST)
    assert loads(dumps(world)) == world


def test_two_processes_lose_no_write_of_each_other(tmp_path: Path) -> None:
    simulator = shared(tmp_path / "w", "a", "b")
    writers = [writer(tmp_path / "w", name, 40) for name in ("a", "b")]
    for one in writers:
        one.communicate()
    assert [one.returncode for one in writers] == [0, 0]
    assert len(simulator.world(HOST).ops) == 80


def test_killed_in_the_middle_it_has_done_all_or_nothing_of_each(tmp_path: Path) -> None:
    simulator = shared(tmp_path / "w", "a")
    one = writer(tmp_path / "w", "a", 100_000)
    assert one.stdout is not None
    told = [one.stdout.readline() for _ in range(30)]
    one.send_signal(signal.SIGKILL)
    told += one.communicate()[0].splitlines()
    ops = simulator.world(HOST).ops
    assert len(ops) - len(told) in {0, 1}
    assert all(op.over for op in ops.values())


async def test_a_change_that_fails_leaves_the_file_as_it_was(bench: Bench) -> None:
    before = bench.begin().simulator.world(HOST)
    with pytest.raises(ZeroDivisionError):
        spoil(bench)
    assert bench.simulator.world(HOST) == before


async def test_a_file_that_cannot_be_written_is_try_again_and_changes_nothing(bench: Bench) -> None:
    bench.begin()
    (bench.folder / "hosts" / f".{HOST}.{os.getpid()}.part").mkdir()
    with pytest.raises(TryAgain):
        await bench.submit(Verb.PAUSE)
    assert (await bench.seen()).state is GuestState.RUNNING


async def test_a_write_of_another_is_seen_at_once(bench: Bench) -> None:
    await bench.begin().seen()
    other = Simulator(bench.folder, bench.clock)
    other.hand(HOST, "stop", "vps1")
    assert (await bench.seen()).state is GuestState.OFF


async def test_writes_of_equal_size_are_told_apart(bench: Bench) -> None:
    bench.begin()
    other = Simulator(bench.folder, bench.clock)
    for memory in range(2000, 2100):
        with other.edit(HOST) as world:
            world.guests["vps1"].memory_mib = memory
        assert (await bench.seen()).memory_mib == memory


def test_an_unknown_host_is_named(bench: Bench) -> None:
    with pytest.raises(BadConfiguration) as caught:
        bench.begin().simulator.executor("goblin")
    assert (caught.value.code, caught.value.fields["host"]) == (Code.SIMULATOR, "goblin")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "x"}'])
def test_a_damaged_file_is_named(bench: Bench, text: str) -> None:
    bench.begin()
    (bench.folder / "hosts" / f"{HOST}.json").write_text(text)
    with pytest.raises(BadConfiguration) as caught:
        bench.simulator.world(HOST)
    assert caught.value.fields["host"] == HOST


async def test_a_copy_brings_the_world_and_its_time_back(bench: Bench) -> None:
    bench.begin().simulator.mark("run/1")
    before, at = bench.simulator.world(HOST), bench.clock.now()
    await bench.save()
    bench.simulator.restore_copy("run/1")
    assert bench.clock.now() == at
    after = bench.simulator.world(HOST)
    after.serial = before.serial
    assert after == before


async def test_a_copy_in_the_middle_of_a_save_goes_on_from_there(bench: Bench) -> None:
    id_ = await bench.begin().submit(Verb.SAVE, image="i1")
    bench.clock.advance(1)
    bench.simulator.mark("middle")
    bench.clock.advance(60)
    ended = await bench.outcome(id_)
    bench.simulator.restore_copy("middle")
    bench.clock.advance(30)
    assert await bench.outcome(id_) == ended


def test_a_copy_that_was_never_made_is_refused(bench: Bench) -> None:
    with pytest.raises(BadRequest):
        bench.begin().simulator.restore_copy("never")
