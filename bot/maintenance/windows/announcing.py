"""Which windows the public may know: those that somebody was told of, and those under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.window.terms import WindowEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store
    from bot.rules.window.terms import Window


async def announced(store: Store, now: datetime) -> tuple[Window, ...]:
    """Return the open windows of which a notice has gone out, and those in which a run goes on.

    One that is only planned is nobody's business yet: no person has approved that it is told.
    """
    busy = {run.host for run in await store.runs(open_only=True) if run.kind != "trial"}
    known = await store.windows(open_only=True)
    return tuple(
        [w for w in known if (w.start <= now and busy & set(w.hosts)) or await _told(store, w)]
    )


async def _told(store: Store, window: Window) -> bool:
    entries = await store.entries(window=window.number)
    return any(entry.event is WindowEvent.TOLD for entry in entries)
