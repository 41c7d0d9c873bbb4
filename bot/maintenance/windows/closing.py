"""Towards the end of a window, and after it: warnings, alarms, and what the window came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.failures import translated
from bot.maintenance.windows import letters
from bot.maintenance.windows.entries import entry, settled
from bot.maintenance.windows.letters import Letter
from bot.maintenance.windows.replacing import cancelling
from bot.maintenance.windows.standing import rows_of, runs_of
from bot.ports import WindowChange
from bot.rules.errors import BadConfiguration, Precondition
from bot.rules.run.journal import Event
from bot.rules.window.terms import Due, DueKind, DueState, Window, WindowEvent, WindowState
from notifications import CampaignState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit
    from bot.ports import RunRecord

_UNSENT = frozenset({CampaignState.DRAFT, CampaignState.PREVIEWED, CampaignState.APPROVED})
ROUND = 300  # seconds: customers are told full five minutes
REVEALS = frozenset({DueKind.REVEAL})  # often comes after the window: an embargo of security
EARLY = 1 / 6  # of the time until customers hear again: staff have it to send the next word


async def ending(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Warn of the end while a host is not done."""
    runs = await runs_of(kit.store, window, kit.settings)
    rows = await rows_of(kit.store, window, runs, kit.limits, now)
    entries = [entry(window, WindowEvent.ENDING, now, minutes=due.about, rows=rows)]
    return settled(window, due, entries if rows else [])


async def end(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Alarm about what goes on after the end, or conclude the window.

    While something goes on, it is due again in time for what customers were promised to hear.
    """
    runs = await runs_of(kit.store, window, kit.settings)
    if all(run.ended for run in runs.values()):
        return replace(conclusion(window, runs, now), settles={due.id: DueState.DONE})
    rows = await rows_of(kit.store, window, runs, kit.limits, now)
    told, following = entry(window, WindowEvent.OVERRUN, now, rows=rows), _following(kit, now)
    again = Due(
        kind=DueKind.END, at=following - EARLY * timedelta(minutes=kit.settings.hear_minutes)
    )
    also = await _overrun(kit, window, rows, now, following)
    return replace(settled(window, due, [told]), dues=(again,), keeps=REVEALS, also=also)


def _following(kit: Kit, now: datetime) -> datetime:
    """Return until when customers hear again, if they are told *now* that it takes longer."""
    until = now + timedelta(minutes=kit.settings.hear_minutes)
    return until + timedelta(seconds=-until.timestamp() % ROUND)


async def _overrun(
    kit: Kit, window: Window, rows: list[dict[str, Any]], now: datetime, following: datetime
) -> letters.Work | None:
    """Draft what customers of hosts hear that are not done; nothing if they know of no window.

    What was drafted before and nobody has sent is not true any more, and cancelled.
    """
    hosts = [str(row["host"]) for row in rows if row["phase"]]  # where work goes on
    try:
        facts = await kit.letters.gather(letters.OVERRUN, window, now, hosts)
    except Precondition:
        return None
    key, values = following.isoformat(), {"next": following}
    letter = Letter(kind=letters.OVERRUN, facts=facts, key=key, values=values)
    drafts = await kit.letters.drafting([letter], now)
    return cancelling(kit.mail, await _unsent(kit, window), drafts)


async def _unsent(kit: Kit, window: Window) -> list[int]:
    with translated():
        heads = await kit.mail.heads(window.occasion)
    mine = (head for head in heads if head.kind == letters.OVERRUN)
    return [head.number for head in mine if head.state in _UNSENT]


async def finished(kit: Kit, window: Window, runs: Mapping[str, RunRecord], now: datetime) -> bool:
    """Say whether nothing is left to do in *window*, before its end or after.

    Before the end a run that was aborted leaves its work to another.
    """
    if not runs or any(run.ended is None for run in runs.values()):
        return False
    if now >= window.end:
        return True
    every = all(host in runs for host in window.hosts)
    return every and not [run for run in runs.values() if await _aborted(kit, run)]


async def _aborted(kit: Kit, record: RunRecord) -> bool:
    try:
        return any(row.event is Event.ABORTED for row in await kit.store.rows(record.id))
    except BadConfiguration:  # told elsewhere
        return False


def conclusion(window: Window, runs: Mapping[str, RunRecord], now: datetime) -> WindowChange:
    """Conclude a window none of whose runs is open."""
    done, missed = sorted(runs), [host for host in window.hosts if host not in runs]
    state = WindowState.COMPLETED if done else WindowState.MISSED
    late = max(
        0.0,
        (max((r.ended or now for r in runs.values()), default=now) - window.end).total_seconds(),
    )
    data: dict[str, Any] = {"done": done, "missed": missed, "late": late}
    event = WindowEvent.COMPLETED if done else WindowEvent.MISSED
    return WindowChange(
        window=replace(window, state=state),
        expected=window.revision,
        entries=(entry(window, event, now, **data),),
        dues=(),
        keeps=REVEALS,
    )
