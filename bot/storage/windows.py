"""Windows: as they stand, their journal, and what is due for them. One change is one transaction.

Whoever changes windows does it alone: so no two overlap, and the numbers of the journal are in the
order of its commits, which its readers count on.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from bot.rules.errors import BadRequest, Code, Precondition, TryAgain
from bot.rules.window.clashes import refuse_clash
from bot.rules.window.terms import (
    FIRST,
    Due,
    DueKind,
    DueState,
    Entry,
    Window,
    WindowEvent,
    WindowState,
)
from bot.storage import freezes, holds, leases, runs
from bot.storage.dialects import alone
from bot.storage.digest import canonical
from bot.storage.rows import built, select_fields
from bot.storage.tables import DUE, RUN, WINDOW, WINDOW_ENTRY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Row

    from bot.ports import Beginning, WindowChange
    from bot.storage.liveness import Liveness

MOST = 500  # rows of one look

_WINDOWS = select_fields(WINDOW, Window).order_by(WINDOW.c.start, WINDOW.c.number)
_OPEN = _WINDOWS.where(WINDOW.c.state == WindowState.SCHEDULED)
_ONE = select_fields(WINDOW, Window).where(WINDOW.c.number == bindparam("of_number"))
_UPDATE = update(WINDOW).where(WINDOW.c.number == bindparam("of_number"))
_ENTRIES = (
    select_fields(WINDOW_ENTRY, Entry)
    .where(WINDOW_ENTRY.c.number > bindparam("after_number"))
    .order_by(WINDOW_ENTRY.c.number)
    .limit(MOST)
)
_END_OF_ONE = (
    select_fields(WINDOW_ENTRY, Entry)
    .where(WINDOW_ENTRY.c.window == bindparam("of_window"))
    .order_by(WINDOW_ENTRY.c.number.desc())
    .limit(MOST)
)
_WAITING = select_fields(DUE, Due).where(DUE.c.state == DueState.WAITING)
_WAITING = _WAITING.order_by(DUE.c.at, DUE.c.id)
_NEXT = select(func.min(DUE.c.at)).where(DUE.c.state == DueState.WAITING)
_VOID = (
    update(DUE)
    .where(DUE.c.window == bindparam("of_window"), DUE.c.state == DueState.WAITING)
    .values(state=DueState.VOID)
)
_SETTLE = update(DUE).where(
    DUE.c.id == bindparam("of_id"),
    DUE.c.window == bindparam("of_window"),
    DUE.c.state == DueState.WAITING,
)


def change(
    connection: Connection, changes: Sequence[WindowChange], living: Liveness
) -> tuple[Window, ...]:
    """Change windows, all or none. Raises as `bot.ports.Store.change_windows`."""
    alone(connection, WINDOW)
    done: list[Window] = []
    for each in changes:
        made = _changed(connection, _in_series(each, done), living)
        done.append(made)
    return tuple(done)


def _in_series(change: WindowChange, done: Sequence[Window]) -> WindowChange:
    """Give a window of a series, which is scheduled whole, the number of the first one."""
    if change.window.series != FIRST or not done:
        return change
    return replace(change, window=replace(change.window, series=done[0].number))


def _changed(connection: Connection, change: WindowChange, living: Liveness) -> Window:
    window = _put(connection, change, living)
    _settle(connection, window, change.settles)
    if change.dues is not None:
        void = _VOID.where(DUE.c.kind.not_in(change.keeps)) if change.keeps else _VOID
        connection.execute(void, {"of_window": window.number})
        _add_dues(connection, window, change.dues)
    _add_dues(connection, window, change.adds)
    if change.begins is not None:
        _begin(connection, change.begins, change.beside, living)
    more = change.also(connection, window) if change.also else {}
    for entry in change.entries:
        _tell(connection, replace(entry, window=window.number, data={**entry.data, **more}))
        more = {}
    return window


def _put(connection: Connection, change: WindowChange, living: Liveness) -> Window:
    window = change.window
    if not window.number:
        _refuse_clash(connection, window)
        added = connection.execute(WINDOW.insert().values(_values(window)).returning(*_NUMBER))
        number = int(added.scalar_one())
        if window.series != FIRST:
            return replace(window, number=number)
        connection.execute(_UPDATE.values(series=number), {"of_number": number})
        return replace(window, number=number, series=number)
    known = one(connection, window.number)
    if known.state is not WindowState.SCHEDULED and not (change.settles and known == window):
        raise Precondition(Code.WINDOW_OVER, number=known.number, state=known.state.value)
    if known.revision != change.expected:
        raise Precondition(Code.WINDOW_CHANGED, number=known.number)
    if change.early is not None:
        _refuse_begun(connection, known, change.early, living)
    if (known.start, known.end, known.hosts) != (window.start, window.end, window.hosts):
        _refuse_clash(connection, window)
    connection.execute(_UPDATE.values(_values(window)), {"of_number": window.number})
    return window


_NUMBER = (WINDOW.c.number,)


def _refuse_clash(connection: Connection, window: Window) -> None:
    meets = _OPEN.where(WINDOW.c.start < window.end, WINDOW.c.end > window.start)
    others = [_window(row) for row in connection.execute(meets)]
    refuse_clash(window, others, freezes.standing(connection, window.start))


def _settle(connection: Connection, window: Window, settles: Mapping[int, DueState]) -> None:
    """Mark due rows; whoever comes second to one has lost, and does nothing."""
    for number, state in settles.items():
        known = {"of_id": number, "of_window": window.number}
        if connection.execute(_SETTLE.values(state=state), known).rowcount != 1:
            raise TryAgain(Code.LEASE_LOST, host=window.occasion, owner="")


def _add_dues(connection: Connection, window: Window, dues: Sequence[Due]) -> None:
    rows = [
        {"window": window.number, "kind": d.kind, "about": d.about, "at": d.at, "state": "waiting"}
        for d in dues
    ]
    if rows:
        connection.execute(DUE.insert(), rows)


def _refuse_begun(
    connection: Connection, window: Window, early: timedelta, living: Liveness
) -> None:
    """Refuse if a run has begun in *window*; none begins before this transaction ends."""
    for host in sorted(window.hosts):
        leases.lock(connection, host, living)
    since = RUN.c.started >= window.start - early
    here = RUN.c.host.in_(window.hosts)
    query = select(RUN.c.host).where(here, since, RUN.c.started < window.end)
    if begun := sorted(set(connection.execute(query).scalars())):
        raise Precondition(Code.WINDOW_BEGUN, number=window.number, hosts=begun)


def _others(connection: Connection, host: str, known: frozenset[str] | None) -> bool:
    """Say whether a run of another host is open that is not *known*; None: it does not matter."""
    if known is None:
        return False
    opened = runs.heads(connection, "", open_only=True)
    return any(run.host != host and run.id not in known for run in opened)


def _begin(
    connection: Connection,
    begins: Beginning,
    beside: tuple[frozenset[int], frozenset[str] | None] | None,
    living: Liveness,
) -> None:
    """Begin a run, if its plan knew of every hold and every open run there is."""
    if beside is not None:
        new_holds = {hold.id for hold in holds.standing(connection)} - beside[0]
        if new_holds or _others(connection, begins.run.host, beside[1]):
            known = {"then": "", "now": "", "command": f"start {begins.run.host}"}
            raise Precondition(Code.PLAN_CHANGED, host=begins.run.host, **known)
    runs.begin(connection, begins.run, begins.draft, begins.states, living, "")


def _tell(connection: Connection, entry: Entry) -> None:
    values = {name: getattr(entry, name) for name in ("window", "at", "actor")}
    values |= {"event": entry.event.value, "data": canonical(entry.data)}
    connection.execute(WINDOW_ENTRY.insert().values(values))


def one(connection: Connection, number: int) -> Window:
    """Return one window. Raises BadRequest(UNKNOWN_WINDOW)."""
    row = connection.execute(_ONE, {"of_number": number}).one_or_none()
    if row is None:
        raise BadRequest(Code.UNKNOWN_WINDOW, number=number)
    return _window(row)


def every(connection: Connection, *, open_only: bool) -> tuple[Window, ...]:
    """Return the windows, in order of their start."""
    return tuple(_window(row) for row in connection.execute(_OPEN if open_only else _WINDOWS))


def entries(connection: Connection, after: int, window: int) -> tuple[Entry, ...]:
    """Return the journal after a number, oldest first; of one window, and after none, its end."""
    if window and not after:
        newest = [_entry(row) for row in connection.execute(_END_OF_ONE, {"of_window": window})]
        return tuple(reversed(newest))
    query = _ENTRIES.where(WINDOW_ENTRY.c.window == window) if window else _ENTRIES
    return tuple(_entry(row) for row in connection.execute(query, {"after_number": after}))


def due(connection: Connection, now: datetime, but: Collection[int]) -> tuple[Due, ...]:
    """Return what is due by *now* and waits, without the rows *but*, oldest first."""
    query = _WAITING.where(DUE.c.at <= now).limit(MOST)
    query = query.where(DUE.c.id.not_in(but)) if but else query
    return tuple(_due(row) for row in connection.execute(query))


def agenda(connection: Connection, window: int) -> tuple[Due, ...]:
    """Return what still waits for a window."""
    query = _WAITING.where(DUE.c.window == window)
    return tuple(_due(row) for row in connection.execute(query))


def next_due(connection: Connection, after: datetime | None) -> datetime | None:
    """Return when the first thing is due that waits; of those that are due later than *after*."""
    query = _NEXT if after is None else _NEXT.where(DUE.c.at > after)
    found: datetime | None = connection.execute(query).scalar()
    return found


def _values(window: Window) -> dict[str, Any]:
    values = {f.name: getattr(window, f.name) for f in fields(window) if f.name != "number"}
    return {**values, "hosts": list(window.hosts)}


def _window(row: Row[Any]) -> Window:
    return built(Window, row, hosts=tuple(row.hosts), state=WindowState(row.state))


def _due(row: Row[Any]) -> Due:
    return built(Due, row, kind=DueKind(row.kind))


def _entry(row: Row[Any]) -> Entry:
    return built(Entry, row, event=WindowEvent(row.event), data=json.loads(row.data))
