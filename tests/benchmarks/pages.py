"""200 customers on their pages in one minute, served by the daemon that carries a run on."""

import asyncio
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import aiohttp

from bot.app import AppOptions, open_app
from bot.maintenance.customers.links import Links
from tests.benchmarks.table import Table

CUSTOMERS = 200
SECONDS = 60.0  # in which all of them come
P95_MS = 100.0
HOSTS = ("clockwork", "jack", "leg", "snaps", "tallow")  # maintained one after the other meanwhile
LOOKS = 200  # at a link that is forged, and at one of nobody
ALIKE = (0.8, 1.25)  # ratio of the times that the two take
KERNELS = ("6.1.0-13-amd64", "5.10.0-28-amd64")

_SEAL = re.compile(r'name="seal" value="([^"]+)"')


def tables() -> Iterator[Table]:
    with TemporaryDirectory() as folder:
        yield asyncio.run(_table(Path(folder)))


@dataclass
class Taken:
    """Seconds that answers took, by what was asked."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, began: float) -> None:
        self.of.setdefault(name, []).append(time.perf_counter() - began)


async def _table(folder: Path) -> Table:
    links, forged = await _links(folder)
    taken = Taken()
    async with _daemon(folder) as address:
        runs = asyncio.create_task(_maintain(folder))
        await asyncio.gather(*_customers(address, links, taken))
        ratio = await _compared(address, forged)
        ended = await runs
    title = f"{CUSTOMERS} customers on {len(links)} guests in {SECONDS:.0f} s, {ended} runs beside"
    table = Table(title=title, columns=("answers", "median", "p95", "worst", "target"))
    for name, seconds in taken.of.items():
        _add(table, name, [1000 * each for each in seconds])
    met = ALIKE[0] <= ratio <= ALIKE[1]
    wanted = f"{ALIKE[0]} to {ALIKE[1]}"
    table.add("forged / of nobody, medians", str(LOOKS), f"{ratio:.2f}", "", "", wanted, met=met)
    return table


def _add(table: Table, name: str, took: list[float]) -> None:
    p95 = quantiles(took, n=20)[-1]
    figures = (f"{median(took):.1f} ms", f"{p95:.1f} ms", f"{max(took):.1f} ms", f"{P95_MS:.0f} ms")
    table.add(name, str(len(took)), *figures, met=p95 < P95_MS)


async def _links(folder: Path) -> tuple[list[str], Mapping[str, str]]:
    """Return the paths of all customers' pages, and two that open nothing."""
    async with open_app(AppOptions(demo=True, data=folder)) as app:
        await app.handler.office.notices.reset("os:bench", "bench")
        views = await app.handler.office.notices.optins()
        made = [await app.handler.office.notices.link(v.guest) for v in views if v.host]
        other = Links("", b"another key", app.desk.fleet)
        now = app.desk.clock.now() + timedelta(days=0)
        nobody = other.path("nobody-here", 0, now)
    paths = ["/optin/" + link.rpartition("/")[2] for link in made]
    return paths, {"forged": paths[0][:-4] + "AAAA", "nobody": nobody}


@asynccontextmanager
async def _daemon(folder: Path) -> AsyncIterator[str]:
    port = _free_port()
    environment = {**os.environ, "MAINT_WEB__PORT": str(port)}
    daemon = await asyncio.create_subprocess_exec(
        *_command(folder, "serve"), env=environment, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _until_served(address)
        yield address
    finally:
        daemon.terminate()
        await daemon.wait()


async def _moment(seconds: float) -> None:
    """Let time pass, which nothing cuts short."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


def _command(folder: Path, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot", "--demo", "--data", str(folder), *words)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def _until_served(address: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{address}/healthz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await _moment(0.1)


async def _maintain(folder: Path) -> int:
    """Let the daemon maintain one host after the other; return how many runs it has ended."""
    environment = {**os.environ, "MAINT_WEB__PORT": str(_free_port())}
    for host in HOSTS:
        run = await asyncio.create_subprocess_exec(
            *_command(folder, "start", host), env=environment, stdout=subprocess.DEVNULL
        )
        await run.wait()
    return len(HOSTS)


def _customers(address: str, links: list[str], taken: Taken) -> Iterator["asyncio.Task[None]"]:
    known = itertools.islice(itertools.cycle(links), CUSTOMERS)
    for number, path in enumerate(known):
        yield asyncio.create_task(_customer(address, number, path, taken))


async def _customer(address: str, number: int, path: str, taken: Taken) -> None:
    """Come from an address of one's own, read the page, opt in, and read it again."""
    await _moment(SECONDS * number / CUSTOMERS)
    host = (f"127.0.{1 + number // 250}.{1 + number % 250}", 0)
    connector = aiohttp.TCPConnector(local_addr=host)
    async with aiohttp.ClientSession(address, connector=connector) as session:
        page = await _got(session, path, taken, "the page")
        found = _SEAL.search(page)
        assert found, page
        form = {"seal": found[1], "kernel": KERNELS[number >= CUSTOMERS // 2], "read": "yes"}
        began = time.perf_counter()
        async with session.post(f"{path}/in", data=form, allow_redirects=False) as answer:
            assert answer.status == 303, (answer.status, await answer.text())
        taken.add("opting in", began)
        assert "Opted in" in await _got(session, path, taken, "the page afterwards")


async def _got(session: aiohttp.ClientSession, path: str, taken: Taken, name: str) -> str:
    began = time.perf_counter()
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == 200, (answer.status, json.dumps(text[:200]))
    taken.add(name, began)
    return text


async def _compared(address: str, forged: Mapping[str, str]) -> float:
    """Return how long a forged link of a known guest takes, beside one of nobody."""
    taken = Taken()
    for number in range(LOOKS):
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.9.{1 + number % 250}", 0))
        async with aiohttp.ClientSession(address, connector=connector) as session:
            async with session.get("/healthz") as answer:  # so that neither opens the connection
                await answer.read()
            for name, path in sorted(forged.items(), reverse=bool(number % 2)):
                began = time.perf_counter()
                async with session.get(path) as answer:
                    assert answer.status == 404
                    await answer.read()
                taken.add(name, began)
    return median(taken.of["forged"]) / median(taken.of["nobody"])
