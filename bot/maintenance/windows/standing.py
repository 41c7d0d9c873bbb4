"""How a window stands: which runs began in it, and how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.explorations import TRIAL
from bot.maintenance.live import expected_end
from bot.rules.errors import BadConfiguration
from bot.rules.run.replay import replay
from bot.rules.window.acting import within
from bot.rules.window.terms import WindowState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.ports import RunRecord, Store
    from bot.rules.limits import Limits
    from bot.rules.window.terms import Window, WindowSettings


async def runs_of(store: Store, window: Window, settings: WindowSettings) -> dict[str, RunRecord]:
    """Return by host the newest run that began in *window*; a host without is not there."""
    found: dict[str, RunRecord] = {}
    for host in window.hosts:
        # A trial of single guests is not what the window is for.
        works = [r for r in await store.runs(host=host) if r.kind != TRIAL]
        here = (r for r in works if within(window, r.started, settings))
        record = next(here, None)
        if record and not (record.started < window.start and await _of_another(store, record)):
            found[host] = record
    return found


async def _of_another(store: Store, record: RunRecord) -> bool:
    """Say whether a run began in a window of its host, and not only shortly before one."""
    return any(
        record.host in each.hosts and each.start <= record.started < each.end
        for each in await store.windows()
        if each.state is not WindowState.CANCELLED
    )


async def rows_of(
    store: Store, window: Window, runs: Mapping[str, RunRecord], limits: Limits, now: datetime
) -> list[dict[str, Any]]:
    """Return a row for each host of *window* that is not done.

    Keys: `host`; `phase`: of its run, empty: none has begun; `rest`: why nothing moves;
    `expected`: when it should end, in ISO 8601, None: that is not known.
    """
    rows = []
    for host in window.hosts:
        record = runs.get(host)
        if record is None:
            rows.append({"host": host, "phase": "", "rest": "", "expected": None})
        elif record.ended is None:
            end = await _expected(store, record, limits, now)
            known = {"phase": record.status, "rest": record.rest, "expected": end}
            rows.append({"host": host, **known})
    return rows


async def _expected(store: Store, record: RunRecord, limits: Limits, now: datetime) -> str | None:
    if record.rest:
        return None
    try:
        run = replay(record.id, await store.rows(record.id))
    except BadConfiguration:  # told elsewhere
        return None
    return expected_end(run, now, limits).isoformat()
