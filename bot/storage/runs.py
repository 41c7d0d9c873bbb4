"""Runs: heads, cached states of steps, and what is committed together with journal rows."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.ports import RunRecord
from bot.rules.errors import Code, Precondition, TryAgain
from bot.storage import evidence, holds, journal, leases, proposals, wishes
from bot.storage.dialects import put
from bot.storage.rows import built, select_fields
from bot.storage.tables import RUN, STEP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.ports import Effects, Lease
    from bot.rules.run.journal import Draft, Row
    from bot.storage.liveness import Liveness

_HEAD = select(RUN).where(RUN.c.id == bindparam("of_run")).with_for_update()
_HEADS = select_fields(RUN, RunRecord).order_by(RUN.c.started.desc(), RUN.c.id.desc())
_UPDATE = update(RUN).where(RUN.c.id == bindparam("of_run"))
_STATES = select(STEP.c.guest, STEP.c.state).where(STEP.c.run == bindparam("of_run"))
# What a head caches of its journal; the rest never changes.
_CACHED = tuple(f.name for f in fields(RunRecord) if f.name not in {"id", "host", "actor"})


def begin(
    connection: Connection,
    run: RunRecord,
    draft: Draft,
    states: Mapping[str, str],
    living: Liveness,
    proposal: str,
) -> Row:
    """Record a new run with its first row, and close what is proposed for its host.

    Raises Precondition: HOST_BUSY if a run is open; NO_PROPOSAL as `proposals.carry_out`.
    """
    # Whoever opens or reopens a run on this host waits here, so that the next look is true.
    leases.lock(connection, run.host, living)
    _refuse_second(connection, run.host, besides=run.id)
    proposals.carry_out(connection, run.host, proposal)
    end = journal.start(run.id)
    head = {field.name: getattr(run, field.name) for field in fields(run)}
    connection.execute(RUN.insert(), {**head, "last": end.number, "digest": end.digest})
    (row,), end = journal.add(connection, end, [(run.started, draft)])
    _put_head(connection, end, None)
    _put_states(connection, run.id, states)
    return row


def append(
    connection: Connection,
    lease: Lease,
    run: str,
    drafts: Sequence[tuple[datetime, Draft]],
    effects: Effects,
    living: Liveness,
) -> tuple[Row, ...]:
    """Commit rows and their effects together, if *lease* still holds the run's host.

    Raises:
        TryAgain: LEASE_LOST; also for a run of another host, which no such lease can cover.
        Precondition: HOST_BUSY; the rows reopen a run while another is open.
    """
    leases.check(connection, lease, living)
    head = connection.execute(_HEAD, {"of_run": run}).one_or_none()
    if head is None or head.host != lease.host:
        raise TryAgain(Code.LEASE_LOST, host=lease.host, owner="")
    if effects.run is not None and effects.run.ended is None and head.ended is not None:
        _refuse_second(connection, head.host, besides=run)
    end = journal.End(run=run, number=head.last, digest=head.digest)
    rows, end = journal.add(connection, end, drafts)
    _put_head(connection, end, effects.run)
    _put_states(connection, run, effects.states)
    wishes.obeyed(connection, effects.wishes)
    for hold in effects.holds:
        holds.open_hold(connection, hold)
    evidence.add(connection, effects.evidence)
    return rows


def heads(connection: Connection, host: str, *, open_only: bool) -> tuple[RunRecord, ...]:
    """Return the heads of runs, newest first."""
    query = _HEADS.where(RUN.c.host == host) if host else _HEADS
    query = query.where(RUN.c.ended.is_(None)) if open_only else query
    return tuple(built(RunRecord, row) for row in connection.execute(query))


def due(connection: Connection, now: datetime) -> tuple[RunRecord, ...]:
    """Return ended runs whose `due` has come, newest first."""
    query = _HEADS.where(RUN.c.ended.is_not(None), RUN.c.due <= now)
    return tuple(built(RunRecord, row) for row in connection.execute(query))


def states(connection: Connection, run: str) -> Mapping[str, str]:
    """Return the cached state of each step of a run."""
    return {row.guest: row.state for row in connection.execute(_STATES, {"of_run": run})}


def _refuse_second(connection: Connection, host: str, besides: str) -> None:
    query = select(RUN.c.actor, RUN.c.started).where(
        RUN.c.host == host, RUN.c.ended.is_(None), RUN.c.id != besides
    )
    found = connection.execute(query).first()
    if found is not None:
        raise Precondition(Code.HOST_BUSY, host=host, who=found.actor, since=found.started)


def _put_head(connection: Connection, end: journal.End, run: RunRecord | None) -> None:
    values: dict[str, object] = {"last": end.number, "digest": end.digest}
    if run is not None:
        values |= {name: getattr(run, name) for name in _CACHED}
    connection.execute(_UPDATE.values(values), {"of_run": end.run})


def _put_states(connection: Connection, run: str, states: Mapping[str, str]) -> None:
    rows = [{"run": run, "guest": g, "state": str(state)} for g, state in states.items()]
    put(connection, STEP, rows)
