"""What a night told to Slack shows: how soon, how often, and how old; all in seconds."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bot.maintenance.progress import tellings
from bot.maintenance.telling import Change
from bot.rules.run.journal import Event, Row
from bot.rules.run.replay import apply, begun
from tests.benchmarks.hosts import LIMITS
from tests.benchmarks.slack_night import Json, Record

Shown = Sequence[tuple[float, int]]  # when a state was shown, and which: its place in the record


def quantile(values: Iterable[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


def most_within(seconds: float, moments: Iterable[float]) -> int:
    """Return how many of *moments* lie within so many seconds at most."""
    ranked = sorted(moments)
    return max(
        (n - bisect_left(ranked, at - seconds) + 1 for n, at in enumerate(ranked)), default=0
    )


def edits(record: Record) -> list[float]:
    return [at for _, at in record.seen["edits"]]


def edits_of_one(record: Record) -> list[list[float]]:
    by_message = defaultdict(list)
    for ts, at in record.seen["edits"]:
        by_message[ts].append(at)
    return list(by_message.values())


def staleness(record: Record) -> list[float]:
    """Return how old each state that was shown was when the next one arrived, or at the end."""
    return [age for run, shown in _shown(record) for age in _ages(record, run, shown)]


def _ages(record: Record, run: str, shown: Shown) -> Iterator[float]:
    states = record.states[run]
    for (_, state), (then, newer) in pairwise(shown):
        if newer != state:
            yield then - states[state].held
    last = shown[-1][1]
    if last < len(states) - 1:
        yield record.seen["ended"] - states[last].held


def first_shown(record: Record) -> list[float]:
    """Return how long each live message took to appear."""
    known = {run: shown[0][0] for run, shown in _shown(record)}
    ended: float = record.seen["ended"]
    return [known.get(run, ended) - states[0].made for run, states in record.states.items()]


def delays(record: Record, event: Event) -> list[float]:
    """Return how long rows of the journal took to be in a live message that was there."""
    shown = dict(_shown(record))
    return [
        _arrived(record, row.run, shown[row.run], row.row.number) - row.at
        for row in record.written
        if row.row.event is event and row.run in shown and row.at >= shown[row.run][0][0]
    ]


def _arrived(record: Record, run: str, shown: Shown, number: int) -> float:
    states = record.states[run]
    found = (at for at, state in shown if states[state].number >= number)
    return next(found, record.seen["ended"])


def _shown(record: Record) -> Iterator[tuple[str, Shown]]:
    for message in record.seen["messages"]:
        told = [(at, *state.split("/")) for at, state in message["states"] if state]
        if told:
            yield told[0][1], [(at, int(place)) for at, _, place in told]


def named(record: Record) -> list[float]:
    """Return how long it took until the channel was told of each guest that had failed."""
    at = {(row.run, row.row.number): row.at for row in record.written}
    messages = [each for each in record.seen["messages"] if each["in_channel"]]
    return [
        _named(messages, guest, at[run, number], record.seen["ended"]) - at[run, number]
        for run, rows in record.journals.items()
        for number, guest in _failures(run, rows)
    ]


def _named(messages: Iterable[Json], guest: str, since: float, ended: float) -> float:
    arrived = (m["states"][0][0] for m in messages if guest in m["says"])
    return next((at for at in arrived if at >= since), ended)


def _failures(run_id: str, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """Yield what is alarming: the rows, and the guests in them."""
    run = begun(run_id, rows[0])
    for row in rows[1:]:
        after = apply(run, row)
        told = tellings(Change(before=run, row=row, after=after), LIMITS)
        if row.guest and any(telling.loud for telling in told):
            yield row.number, row.guest
        run = after
