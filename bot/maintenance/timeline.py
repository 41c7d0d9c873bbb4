"""A finished run as its picture shows it: what host and guests went through, and when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.rules.run.journal import Event
from bot.rules.run.replay import apply, begun
from bot.rules.run.report import GOOD, Result, downtime, failed, result
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step


class Kind(StrEnum):
    """What a guest goes through, as far as a reader tells it apart at a glance."""

    SUSPENDED = "suspended"  # from the beginning of its save until it runs again
    SHUT_DOWN = "shut_down"  # from being asked to shut down until it is booted
    RESTORED = "restored"  # runs after a restore, until it is verified
    BOOTED = "booted"  # runs after a boot, until it is verified
    REPAIRED = "repaired"  # what a failure makes necessary: stopped, rolled back, booted anew
    DOWN = "down"  # not well; a person chooses, or has left it so


BAD = frozenset({Kind.REPAIRED, Kind.DOWN})

K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Span(Generic[K]):
    """One thing, for some time."""

    kind: K
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What one guest went through, and what became of it."""

    guest: str
    spans: tuple[Span[Kind], ...]
    result: Result
    down: float | None  # seconds; None: it was not down, or still is
    trouble: bool  # it is not well, or something failed on the way


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A run from its start to its last row; guests that were not touched have no bar.

    Guests in trouble come first, then those that were down longest.
    """

    run: Run
    phases: tuple[Span[Phase], ...]  # ENDED too: until a person opened the run again
    bars: tuple[Bar, ...]

    @property
    def stretches(self) -> tuple[tuple[datetime, datetime], ...]:
        """Return when the run was open: from its start to its end, and again if it was reopened."""
        found: list[tuple[datetime, datetime]] = []
        for span in self.phases:
            if span.kind is Phase.ENDED:
                continue
            start = found.pop()[0] if found and found[-1][1] == span.start else span.start
            found.append((start, span.end))
        return tuple(found)


_S = StepState
_GOES_ON = frozenset(  # by itself neither well nor ill: part of what was before
    {_S.RESTORING, _S.PAUSED, _S.RESETTING, _S.SPENDING, _S.SPENT, _S.UNPAUSING, _S.BOOTING}
)
_KINDS: Mapping[StepState, Kind | None] = {
    _S.PLANNED: None,
    _S.UNTOUCHED: None,
    _S.UP: None,
    _S.SAVING: Kind.SUSPENDED,
    _S.IMAGED: Kind.SUSPENDED,
    _S.PAIRING: Kind.SUSPENDED,
    _S.HASHING: Kind.SUSPENDED,
    _S.SAVED: Kind.SUSPENDED,
    _S.SHUTTING: Kind.SHUT_DOWN,
    _S.WATCHED: Kind.RESTORED,
    _S.MENDING: Kind.RESTORED,
    _S.STARTED: Kind.BOOTED,
    _S.DEAD: Kind.DOWN,
    _S.FROZEN: Kind.DOWN,
    _S.DAMAGED: Kind.DOWN,
    _S.BROKEN: Kind.DOWN,
    _S.UNREACHABLE: Kind.DOWN,
    _S.DOWN: Kind.DOWN,
    _S.STUCK: Kind.DOWN,
    _S.LEFT: Kind.DOWN,
}  # all others: REPAIRED


def timeline(run_id: str, rows: Sequence[Row]) -> Timeline:
    """Make the timeline of a run from its journal. Raises BadConfiguration(CORRUPT_JOURNAL)."""
    run = begun(run_id, rows[0])
    phases: list[tuple[datetime, Phase | None]] = [(row.at, run.phase) for row in rows[:1]]
    guests: dict[str, list[tuple[datetime, Kind | None]]] = {name: [] for name in run.steps}
    for row in rows[1:]:
        before, run = run, apply(run, row)
        if run.phase is not before.phase:
            phases.append((row.at, run.phase))
        if row.guest and run.steps[row.guest].state is not before.steps[row.guest].state:
            _turn(guests[row.guest], before, row, run)
    bars = (_bar(run.steps[name], _spans(turns, run.at)) for name, turns in guests.items())
    drawn = sorted((bar for bar in bars if bar.spans), key=_order)
    return Timeline(run=run, phases=_spans(phases, run.at), bars=tuple(drawn))


def _turn(turns: list[tuple[datetime, Kind | None]], before: Run, row: Row, after: Run) -> None:
    """Add what begins for the row's guest to its *turns*."""
    since, kind = turns[-1] if turns else (row.at, None)
    by_itself = row.event is Event.INTENDED and not before.steps[row.guest].choice
    if kind is Kind.DOWN and by_itself:
        turns[-1] = (since, Kind.REPAIRED)  # the run has gone on: nobody was waited for
    turns.append((row.at, _kind(before, row, after, kind)))


def _kind(before: Run, row: Row, after: Run, kind: Kind | None) -> Kind | None:
    """Return what begins for the row's guest; *kind* is what went on before."""
    was, state = before.steps[row.guest].state, after.steps[row.guest].state
    if state is _S.OFF and row.event is not Event.NEVER:
        in_order = was is _S.SHUTTING or before.phase is Phase.DRAIN
        return Kind.SHUT_DOWN if in_order else Kind.REPAIRED
    if state is _S.OFF or state in _GOES_ON:
        return kind if kind in {Kind.SUSPENDED, Kind.SHUT_DOWN} else Kind.REPAIRED
    return _KINDS.get(state, Kind.REPAIRED)


def _spans(turns: Iterable[tuple[datetime, K | None]], end: datetime) -> tuple[Span[K], ...]:
    """Return what lasts from each turn to the next, the last until *end*; equals are one."""
    told: list[tuple[datetime, K | None]] = []
    for at, kind in turns:
        if not told or kind is not told[-1][1]:
            told.append((at, kind))
    whole = pairwise([*told, (end, None)])
    return tuple(
        Span(kind=k, start=at, end=until) for (at, k), (until, _) in whole if k is not None
    )


def _bar(step: Step, spans: tuple[Span[Kind], ...]) -> Bar:
    became = result(step) or Result.STUCK
    return Bar(
        guest=step.guest,
        spans=spans,
        result=became,
        down=downtime(step),
        trouble=failed(step) or became not in GOOD or any(span.kind in BAD for span in spans),
    )


def _order(bar: Bar) -> tuple[bool, bool, float, str]:
    return not bar.trouble, bar.result in GOOD, -(bar.down or 0.0), bar.guest
