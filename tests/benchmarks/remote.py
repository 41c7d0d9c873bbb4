"""Thirty hosts over SSH at once, their servers in the same process: what the way there costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bot.executors.remote import RemoteHost
from bot.rules.fleet import GuestFacts, GuestState, HostFacts, Mode
from bot.rules.operation import Operation, OperationId, Verb
from tests.benchmarks.table import Table
from tests.ssh_host import VERSION, SshHost, answering

HOSTS = 30
GUESTS = 40  # on each
ROUNDS = 15
FIRST_S = 10.0  # a host that takes longer to connect to is given up
LOOK_S = 1.0  # a run looks at its host every second
OPERATION_S = 0.05
AT_ONCE = 8  # sessions on a connection
AT = 1.6e9  # seconds since 1970

FACTS = HostFacts(
    name="",
    boot_id="b1",
    kernel="6.1.0-40-amd64",
    hypervisor="qemu-7.2.22",
    memory_mib=65536,
    memory_free_mib=1024,
    image_space_mib=90_000,
    snapshot_space_mib=10_000,
    cpu_features=tuple(f"feature{number}" for number in range(120)),
)
TOLD = [
    asdict(
        GuestFacts(
            name=f"vps{number:03}",
            uuid=f"0e0f0b5c-54a3-4d1c-9a55-{number:012}",
            state=GuestState.RUNNING,
            mode=Mode.HVM,
            memory_mib=1024,
            kernel_line="Linux version 6.1.0-40-amd64 (debian-kernel@lists.debian.org) #1 SMP",
        )
    )
    for number in range(GUESTS)
]


def tables() -> Iterator[Table]:
    with TemporaryDirectory() as folder:
        yield asyncio.run(_table(Path(folder)))


async def _table(folder: Path) -> Table:
    table = Table(
        title=f"{HOSTS} hosts of {GUESTS} guests over SSH, with their servers in one process",
        columns=("wall", "target"),
    )
    async with _hosts(folder) as hosts:
        first = await _seconds(_look(hosts))
        looks = [await _seconds(_look(hosts)) for _ in range(ROUNDS)]
        alone = [await _seconds(_operation(hosts[0], n)) for n in range(10 * ROUNDS)]
        many = [await _seconds(_operations(hosts, n)) for n in range(ROUNDS)]
    _add(table, "connect, and look at all", first, FIRST_S)
    _add(table, "look at all again", median(looks), LOOK_S)
    _add(table, "one operation: submit, outcome", median(alone), OPERATION_S)
    _add(table, f"the same, {AT_ONCE} at a time on each host: each", median(many) / HOSTS / AT_ONCE)
    return table


def _add(table: Table, name: str, took: float, target: float | None = None) -> None:
    if target is None:
        table.add(name, f"{1000 * took:.1f} ms", "")
    else:
        table.add(name, f"{1000 * took:.1f} ms", f"{1000 * target:.0f} ms", met=took < target)


async def _seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _look(hosts: list[RemoteHost]) -> None:
    await asyncio.gather(*(host.guests() for host in hosts), *(host.facts() for host in hosts))


async def _operation(host: RemoteHost, number: int, guest: str = "vps000") -> None:
    operation = Operation(id=OperationId(run=f"r{number}", guest=guest, verb=Verb.PAUSE))
    await host.submit(operation, 1)
    await host.outcome(operation.id, 1)


async def _operations(hosts: list[RemoteHost], number: int) -> None:
    guests = [f"vps{n:03}" for n in range(AT_ONCE)]
    await asyncio.gather(*(_operation(host, number, guest) for host in hosts for guest in guests))


@asynccontextmanager
async def _hosts(folder: Path) -> AsyncIterator[list[RemoteHost]]:
    async with AsyncExitStack() as opened:
        executors = []
        for number in range(HOSTS):
            name = f"host{number:02}"
            talk = answering(_answers(name), name=name)
            server = SshHost(folder=folder / name, talk=talk, name=name)
            await opened.enter_async_context(server)
            executors.append(RemoteHost(server.way(), VERSION))
            opened.push_async_callback(executors[-1].close)
        yield executors


def _answers(name: str) -> Callable[[dict[str, Any]], object]:
    ended = {"started": AT, "ended": AT, "error": "", "detail": "", "values": {}}
    said = {
        "facts": {**asdict(FACTS), "name": name},
        "guests": TOLD,
        "submit": {},
        "outcome": {"state": "done", **ended},
    }
    return lambda request: said[request["ask"]]
