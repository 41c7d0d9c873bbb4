"""A start within a window: which one, until when, and what its customers were told otherwise."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.maintenance.windows.otherwise import of_window
from bot.rules.window.acting import within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.chat.asked_of_windows import Windows
    from bot.rules.plan.terms import Plan
    from bot.rules.window.terms import Window

    #: What was told by guest, by the start and end that it was told with.
    Dated = Mapping[tuple[datetime, datetime], Mapping[str, Mapping[str, Any]]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Inside:
    """The window that a start is in; *told* None: what customers were told cannot be read."""

    number: int
    start: datetime
    end: datetime
    now: datetime
    reason: str  # of the run, if nobody gives another
    informed: bool = True  # some customer was told of it, for whatever date
    told: Sequence[Mapping[str, str]] | None = ()  # guest, was, now: what they were told otherwise


async def inside(windows: Windows, plan: Plan) -> Inside | None:
    """Return the window of the host of *plan* that is now, or about to begin; None: there is none.

    Mail in trouble keeps no start.
    """
    window = await _covering(windows, plan.host)
    if window is None:
        return None
    dated = await _told(windows, window)
    told = None if dated is None else of_window(plan, window, dated, windows.desk.fleet)
    return Inside(
        number=window.number,
        start=window.start,
        end=window.end,
        now=windows.desk.clock.now(),
        reason=window.reason or f"window #{window.number}",
        informed=bool(dated),
        told=told,
    )


async def _told(windows: Windows, window: Window) -> Dated | None:
    try:
        return await windows.told.told_by_date(window)
    except Exception:
        logger.exception("what was told of window %d cannot be read", window.number)
        return None


async def _covering(windows: Windows, host: str) -> Window | None:
    """Return the window of *host* that a run which began now would belong to."""
    now, settings = windows.desk.clock.now(), windows.desk.settings
    known = await windows.desk.store.windows(open_only=True)
    here = (each for each in known if host in each.hosts and within(each, now, settings))
    return next(here, None)
