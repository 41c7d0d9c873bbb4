"""How soon Slack is answered and told while runs go on, and how often it is written to."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.rules.run.journal import Event
from tests.benchmarks import hosts, slack_figures
from tests.benchmarks.slack_night import Night, Record, lived
from tests.benchmarks.table import Table

MANY = 200  # runs
ACKNOWLEDGED = 0.1  # seconds
NAMED = 5.0  # seconds
IN_A_MINUTE = 50  # edits
DRAIN = 300.0  # seconds a host takes to be emptied


def tables() -> Iterator[Table]:
    answered = Table(title="Acknowledgements while 200 runs go on", columns=("n", "p50", "p99"))
    nights = {}
    for way in ("socket", "http"):
        nights[way] = _night(MANY, 60.0, way=way, deliveries=5.0)
        _add_answered(answered, way, nights[way])
    yield answered
    updated = Table(title="Live messages", columns=("in 2 s", "in 60 s", "stale", "phase p99"))
    for runs, seconds in ((1, 30.0), (3, 30.0), (20, 60.0)):
        _add_updated(updated, runs, _night(runs, seconds))
    _add_updated(updated, MANY, nights["socket"])
    yield updated
    named = Table(title="A failed guest is named in the channel", columns=("n", "p50", "max"))
    _add_named(named, _night(20, 60.0, drain=40.0, ailing=20))
    yield named


def _night(
    runs: int,
    seconds: float,
    *,
    way: str = "socket",
    deliveries: float = 0.0,
    drain: float = DRAIN,
    ailing: int = 0,
) -> Record:
    names = hosts.names(runs)
    needs = {name: drain * (0.5 + at / max(1, runs - 1)) for at, name in enumerate(names)}
    disks = {name: hosts.GUESTS * hosts.MEMORY_MIB / needs[name] for name in names}
    sick = [f"{name}-{hosts.GUESTS - 1}" for name in names[:ailing]]
    night = Night(disks=disks, seconds=seconds, way=way, deliveries=deliveries, ailing=sick)
    with TemporaryDirectory() as folder:
        return asyncio.run(lived(night, Path(folder)))


def _add_answered(table: Table, way: str, record: Record) -> None:
    seconds = [each["seconds"] for each in record.seen["acknowledged"]]
    middle, late = (slack_figures.quantile(seconds, share) for share in (0.5, 0.99))
    figures = (str(len(seconds)), f"{1000 * middle:.0f} ms", f"{1000 * late:.0f} ms")
    table.add(way, *figures, met=late < ACKNOWLEDGED and not record.seen["breaches"])


def _add_updated(table: Table, runs: int, record: Record) -> None:
    of_one = [slack_figures.most_within(2.0, of) for of in slack_figures.edits_of_one(record)]
    of_all = slack_figures.most_within(60.0, slack_figures.edits(record))
    stale = max(slack_figures.staleness(record), default=0.0)
    phase = slack_figures.quantile(slack_figures.delays(record, Event.PHASE), 0.99)
    most = max(of_one, default=0)
    met = most <= 1 and of_all <= IN_A_MINUTE and stale <= max(5.0, 1.5 * runs)
    name = "1 run" if runs == 1 else f"{runs} runs"
    table.add(name, str(most), str(of_all), f"{stale:.1f} s", f"{phase:.1f} s", met=met)


def _add_named(table: Table, record: Record) -> None:
    seconds = slack_figures.named(record)
    middle, longest = slack_figures.quantile(seconds, 0.5), max(seconds, default=0.0)
    figures = (str(len(seconds)), f"{middle:.1f} s", f"{longest:.1f} s")
    table.add("20 runs with details", *figures, met=bool(seconds) and longest <= NAMED)
