"""At the hour of a window: the channel is asked, or a run starts by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.maintenance.windows.by_itself import by_itself
from bot.maintenance.windows.entries import entry, settled
from bot.maintenance.windows.otherwise import of_window
from bot.maintenance.windows.standing import runs_of
from bot.ports import WindowChange
from bot.rules.errors import MaintError
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.window.acting import NotByItself
from bot.rules.window.terms import Due, Entry, Window, WindowEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit

_OPTIONS = PlanOptions()


async def ask(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Ask the channel about every host of *window* whose run has not begun."""
    waiting = await _waiting(kit, window)
    asked = (_asked(kit, window, host, now, due.about) for host in waiting)
    return settled(window, due, await asyncio.gather(*asked))


async def start(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Start what starts by itself, and ask about the rest.

    A run begins in a commit of its own: whoever comes after a kill finds it there.
    """
    entries = []
    for host in await _waiting(kit, window):
        why = await by_itself(kit, window, due, host, now) if window.auto else None
        if why or not window.auto:
            entries.append(await _asked(kit, window, host, now, 0, why))
    return settled(window, due, entries)


async def _waiting(kit: Kit, window: Window) -> list[str]:
    begun = await runs_of(kit.store, window, kit.settings)
    return [host for host in window.hosts if host not in begun]


async def _asked(
    kit: Kit,
    window: Window,
    host: str,
    now: datetime,
    minutes: int,
    why: NotByItself | None = None,
) -> Entry:
    """Return the question about one host: with its plan, or why there is none."""
    known = {"host": host, "minutes": minutes, "why": why.value if why else ""}
    try:
        plan = await kit.desk.plan(host, _OPTIONS)
    except MaintError as error:
        fields = {"problem": error.code.value, "fields": _plain(error.fields)}
        return entry(window, WindowEvent.NOT_ASKED, now, **known, **fields)
    dated = await kit.letters.told_by_date(window)
    others = of_window(plan, window, dated, kit.desk.fleet)
    data = {**known, "plan": plan_to_data(plan), "told": others}
    return entry(window, WindowEvent.ASKED, now, **data)


def _plain(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
