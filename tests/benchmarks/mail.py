"""Mail: how fast it is accepted against a plain loop, how much memory it takes, how it resumes.

All ways send the same shipped notice to the same relay, in turns. Durable is the whole pipeline:
each delivery is in SQLite before its body goes out, and its outcome afterwards.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks import mail_lives
from tests.benchmarks.mail_house import CONNECTIONS, approved, office, opened
from tests.benchmarks.mail_sink import NAME, POSTFIX_SINK, Sink, sink
from tests.benchmarks.mail_ways import (
    Cost,
    bare,
    composing,
    durable,
    keeping,
    naive,
    rendered,
)
from tests.benchmarks.table import Table

TARGET = 5.0  # × the plain loop
ROUNDS = 5
BUSY = 0.85  # of one core: then our Python has hardly anything to wait for
MAILS = 3000
COLUMNS = ("mails/s", "from – to", "× plain", "CPU", "of it writer", "relay's CPU", "commits/s")
FASTEST = f"durable, {CONNECTIONS} connections"
PLAIN = "plain loop: connect, build, send"

Way = Callable[[Sink], Cost]


def tables() -> Iterator[Table]:
    with TemporaryDirectory() as folder:
        asyncio.run(_prepared(Path(folder)))
        with sink() as relay:
            yield _throughput(relay, _ways(Path(folder)))
    if POSTFIX_SINK.exists():  # the other relay cannot say what it accepts
        yield from mail_lives.measured()


async def _prepared(folder: Path) -> None:
    async with opened(folder, "drafter") as store:
        await approved(office(store, 0, 1), MAILS)


def _ways(prepared: Path) -> dict[str, Way]:
    return {
        PLAIN: partial(naive, mails=MAILS // 6),
        "the same, keeping the connection": partial(keeping, mails=MAILS // 6),
        "composing alone": partial(composing, mails=MAILS // 3),
        "no database, 4 connections": partial(bare, mails=MAILS, connections=4),
        f"no database, {CONNECTIONS} connections": partial(
            bare, mails=MAILS, connections=CONNECTIONS
        ),
        **{
            f"durable, {count} connections": partial(durable, prepared=prepared, connections=count)
            for count in (4, 8, 16, CONNECTIONS)
        },
    }


def _throughput(relay: Sink, ways: dict[str, Way]) -> Table:
    rounds = [{name: way(relay) for name, way in ways.items()} for _ in range(ROUNDS)]
    size = len(rendered(1)[0])
    title = f"Mails of {size} bytes to {NAME}, medians of {ROUNDS} rounds, SQLite synchronous=FULL"
    limit = _limit([each[FASTEST] for each in rounds])
    table = Table(title=f"{title}\n{limit}", columns=COLUMNS)
    plain = [each[PLAIN] for each in rounds]
    for name in ways:
        costs = [each[name] for each in rounds]
        ratio = median(_rate(cost) / _rate(base) for cost, base in zip(costs, plain, strict=True))
        met = ratio >= TARGET if name == FASTEST else None
        table.add(name, *_figures(costs, ratio), met=met)
    return table


def _figures(costs: list[Cost], ratio: float) -> tuple[str, ...]:
    rates = sorted(map(_rate, costs))

    def share(of: Callable[[Cost], float]) -> float:
        return median(of(cost) / cost.seconds for cost in costs)

    return (
        f"{median(rates):.0f}",
        f"{rates[0]:.0f} – {rates[-1]:.0f}",
        f"{ratio:.2f}",
        f"{share(lambda cost: cost.cpu):.2f}",
        f"{share(lambda cost: cost.writer):.2f}" if costs[0].commits else "",
        f"{share(lambda cost: cost.sink):.2f}",
        f"{share(lambda cost: cost.commits):.0f}" if costs[0].commits else "",
    )


def _rate(cost: Cost) -> float:
    return cost.mails / cost.seconds


def _limit(costs: list[Cost]) -> str:
    """Say what limits the sending; Python's own work is done in one thread at a time."""
    used = median(cost.cpu / cost.seconds for cost in costs)
    each = median(1e6 * cost.cpu / cost.mails for cost in costs)
    batch = median(cost.mails / cost.commits for cost in costs)
    limit = "the CPU of our process" if used > BUSY else "waiting for disk, relay or CPU"
    return f"{FASTEST}: {limit} limits; {each:.0f} µs of it per mail, {batch:.1f} mails per commit"
