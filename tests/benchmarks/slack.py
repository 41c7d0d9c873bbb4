"""Slack while runs go on: how soon it is answered, and how soon and how often it is told.

The bot with its runs is one process, Slack with its people another. Time is real.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.rules.run.journal import Event
from tests.benchmarks import hosts, slack_figures
from tests.benchmarks.hosts import GUESTS, MEMORY_MIB, Disks
from tests.benchmarks.slack_figures import most_within, quantile
from tests.benchmarks.slack_night import Night, Record, lived
from tests.benchmarks.table import Table

MANY = 200  # hosts
ACKNOWLEDGED_MS = 100.0
DELIVERIES = 500
EDITS_OF_ONE, SOON = 1, 2.0  # seconds
EDITS, MINUTE = 50, 60.0
STALE, STALE_EACH = 5.0, 1.5  # seconds; the second one for each run
NAMED = 5.0  # seconds
AILING = 2  # guests of a host that are dead when they are restored
KINDS = {
    "slash commands": "command /maint",
    "buttons": "interactive block_actions",
    "mentions": "event app_mention",
}


def tables() -> Iterator[Table]:
    sockets = _night(Night(disks=_disks(MANY, 60, 1800), seconds=340, deliveries=2.0))
    http = _night(Night(disks=_disks(MANY, 60, 1800), seconds=130, deliveries=5.0, way="http"))
    yield _acknowledged({"sockets": sockets, "HTTP": http})
    few = [_night(Night(disks=_disks(count, 20, 20), seconds=90)) for count in (1, 3)]
    some = _night(Night(disks=_disks(20, 30, 400), seconds=150))
    yield _updates([*few, some, sockets])
    failing = _disks(20, 2, 40)
    yield _named(_night(Night(disks=failing, seconds=170, ailing=_ailing(failing))))


def _disks(count: int, shortest: float, longest: float) -> Disks:
    """Return disks with which emptying the hosts takes so long, in seconds, in no order."""
    steps = [37 * number % count / count for number in range(count)]
    takes = [shortest + (longest - shortest) * step for step in steps]
    whole = GUESTS * MEMORY_MIB
    return {name: whole / each for name, each in zip(hosts.names(count), takes, strict=True)}


def _ailing(disks: Disks) -> list[str]:
    """Return some guests of each host that are saved and restored."""
    return [guest for name in disks for guest in hosts.guests(name)[1 :: GUESTS // AILING]]


def _night(night: Night) -> Record:
    with TemporaryDirectory() as folder:
        return asyncio.run(lived(night, Path(folder)))


def _acknowledged(nights: dict[str, Record]) -> Table:
    title = f"From Slack's delivery to its acknowledgement, while {MANY} runs go on, ms"
    table = Table(title=title, columns=("deliveries", "p50", "p99", "max", "target"))
    for way, record in nights.items():
        heard = record.seen["acknowledged"]
        taken = [each["seconds"] for each in heard]
        enough = len(heard) >= DELIVERIES and all(each["ok"] for each in heard)
        met = enough and 1000 * quantile(taken, 0.99) < ACKNOWLEDGED_MS
        table.add(way, *_spread(taken, 1000), f"p99 < {ACKNOWLEDGED_MS:.0f}", met=met)
        for kind, name in KINDS.items():
            part = [each["seconds"] for each in heard if each["name"] == name]
            table.add(f"  {kind}", *_spread(part, 1000), "")
    return table


def _updates(nights: Sequence[Record]) -> Table:
    counts = [len(record.night.disks) for record in nights]
    columns = (*(f"{count} run{'s' * (count > 1)}" for count in counts), "target")
    table = Table(title="Live messages of runs that go on, s", columns=columns)
    ones = [_most_of_one(record) for record in nights]
    table.add("edits of one within 2 s", *map(str, ones), "1", met=max(ones) <= EDITS_OF_ONE)
    most = [most_within(MINUTE, slack_figures.edits(record)) for record in nights]
    table.add("edits within 60 s", *map(str, most), f"≤ {EDITS}", met=max(most) <= EDITS)
    _add_staleness(table, nights, [max(STALE, STALE_EACH * count) for count in counts])
    first = [max(slack_figures.first_shown(record)) for record in nights]
    table.add("posted after, at most", *(f"{each:.1f}" for each in first), "")
    for name, event in {"a new phase": Event.PHASE, "anything done": Event.DONE}.items():
        late = [slack_figures.delays(record, event) for record in nights]
        for share, of in {"p50": 0.5, "p99": 0.99, "max": 1.0}.items():
            cells = [f"{quantile(each, of):.1f}" if each else "" for each in late]
            table.add(f"{name} is shown after, {share}", *cells, "")
    _add_breaches(table, nights)
    return table


def _add_staleness(table: Table, nights: Sequence[Record], goals: Sequence[float]) -> None:
    found = [max(slack_figures.staleness(record), default=0.0) for record in nights]
    met = all(age <= goal for age, goal in zip(found, goals, strict=True))
    goal = "≤ " + ", ".join(f"{goal:.0f}" for goal in goals)
    table.add("oldest state when replaced", *(f"{age:.1f}" for age in found), goal, met=met)


def _named(record: Record) -> Table:
    runs = len(record.night.disks)
    title = f"From a failure's row to its guest's name in the channel, {runs} runs with details, s"
    table = Table(title=title, columns=("failures", "p50", "p99", "max", "target"))
    taken = slack_figures.named(record)
    met = bool(taken) and max(taken) <= NAMED
    table.add("the guest is named (P13)", *_spread(taken, 1), f"max ≤ {NAMED:.0f}", met=met)
    posted = str(len(record.seen["messages"]))
    table.add("messages meanwhile", posted, *[""] * 4)
    wrong = record.seen["breaches"]
    table.add("breaches of Slack's rules", str(len(wrong)), *[""] * 3, "0", met=not wrong)
    return table


def _add_breaches(table: Table, nights: Sequence[Record]) -> None:
    wrong = [len(record.seen["breaches"]) for record in nights]
    table.add("breaches of Slack's rules", *map(str, wrong), "0", met=not any(wrong))


def _spread(seconds: Sequence[float], scale: float) -> tuple[str, ...]:
    digits = 1 if scale == 1 else 0
    figures = (quantile(seconds, share) for share in (0.5, 0.99, 1.0))
    return (str(len(seconds)), *(f"{scale * figure:.{digits}f}" for figure in figures))


def _most_of_one(record: Record) -> int:
    each = (most_within(SOON, moments) for moments in slack_figures.edits_of_one(record))
    return max(each, default=0)
