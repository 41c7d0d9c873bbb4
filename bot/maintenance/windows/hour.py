"""At the hour of a window: the channel is asked, a run starts by itself, the end comes near."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.intentions import planned
from bot.maintenance.windows import letters
from bot.maintenance.windows.letters import Letter
from bot.maintenance.windows.standing import rows_of, runs_of
from bot.ports import AuditRow, WindowChange
from bot.rules.errors import BadRequest, Code, MaintError, Precondition
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import PlanOptions
from bot.rules.window.acting import NotByItself, obstacle
from bot.rules.window.terms import Due, DueState, Entry, Window, WindowEvent, WindowState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit
    from bot.ports import RunRecord
    from bot.rules.plan.terms import Plan

ROUND = 300  # seconds: customers are told full five minutes
_OPTIONS = PlanOptions()


async def ask(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Ask the channel about every host of *window* whose run has not begun."""
    waiting = await _waiting(kit, window)
    asked = (_asked(kit, window, host, now, due.about) for host in waiting)
    return _settled(window, due, await asyncio.gather(*asked))


async def start(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Start what starts by itself, and ask about the rest.

    A run begins in a commit of its own: whoever comes after a kill finds it there.
    """
    entries = []
    for host in await _waiting(kit, window):
        why = await _by_itself(kit, window, due, host, now) if window.auto else None
        if why or not window.auto:
            entries.append(await _asked(kit, window, host, now, 0, why))
    return _settled(window, due, entries)


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
    others = await _others(kit, window, plan)
    data = {**known, "plan": plan_to_data(plan), "told": others}
    return entry(window, WindowEvent.ASKED, now, **data)


def _plain(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}


async def _others(kit: Kit, window: Window, plan: Plan) -> list[dict[str, str]]:
    """Return the guests whose contacts were told otherwise than *plan* does."""
    told = await kit.letters.told(window)
    rows = []
    for step in plan.steps:
        now = planned(step)
        before = told.get(step.guest, {}).get("action", "")
        if now and before and before != now["action"]:
            rows.append({"guest": step.guest, "was": before, "now": now["action"]})
    return rows


async def _by_itself(
    kit: Kit, window: Window, due: Due, host: str, now: datetime
) -> NotByItself | None:
    """Start the run of *host*; say why not if it must not."""
    try:
        plan = await kit.desk.plan(host, _OPTIONS)
    except MaintError:
        begun = await runs_of(kit.store, window, kit.settings)  # by another process just now
        return None if host in begun else NotByItself.PROBLEMS
    why = obstacle(window, plan, now, kit.settings) or await _untold(kit, window)
    if why:
        return why
    actor, key = window.occasion, f"{window.occasion}:{window.revision}:start:{host}"
    about = {"actor": actor, "reason": window.reason, "key": key}
    row = AuditRow(at=now, actor=actor, text=f"start {host}", host=host, key=key)
    await kit.store.audit(row)
    begins = kit.desk.beginning(plan, _OPTIONS, about)
    told = entry(window, WindowEvent.STARTED, now, host=host, run=begins.run.id)
    change = WindowChange(
        window=window,
        expected=window.revision,
        entries=(told,),
        settles={due.id: DueState.WAITING},  # else another process has been here meanwhile
        begins=begins,
    )
    try:
        await kit.store.change_windows([change])
    except Precondition as error:
        if error.code is not Code.HOST_BUSY:  # else somebody was faster, which is as good
            raise
    await kit.store.settle(key, "done")
    return None


async def _untold(kit: Kit, window: Window) -> NotByItself | None:
    """Say what keeps a run from starting without a person, apart from the hosts."""
    if kit.second_person:
        return NotByItself.ALONE
    facts = await kit.letters.gather(letters.SCHEDULED, window, kit.clock.now())
    told = await kit.letters.told(window)
    return NotByItself.UNTOLD if kit.letters.contacts(facts) and not told else None


# ---- towards the end ----


async def ending(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Warn of the end while a host is not done."""
    runs = await runs_of(kit.store, window, kit.settings)
    rows = await rows_of(kit.store, window, runs, kit.limits, now)
    entries = [entry(window, WindowEvent.ENDING, now, minutes=due.about, rows=rows)]
    return _settled(window, due, entries if rows else [])


async def end(kit: Kit, window: Window, due: Due, now: datetime) -> WindowChange:
    """Alarm about what goes on after the end, or conclude the window."""
    runs = await runs_of(kit.store, window, kit.settings)
    if all(run.ended for run in runs.values()):
        return replace(conclusion(window, runs, now), settles={due.id: DueState.DONE})
    rows = await rows_of(kit.store, window, runs, kit.limits, now)
    told = entry(window, WindowEvent.OVERRUN, now, rows=rows)
    return replace(_settled(window, due, [told]), also=await _overrun(kit, window, rows, now))


async def _overrun(
    kit: Kit, window: Window, rows: list[dict[str, Any]], now: datetime
) -> letters.Work | None:
    """Draft what customers of hosts hear that are not done; nothing if they know of no window."""
    hosts = [str(row["host"]) for row in rows]
    try:
        facts = await kit.letters.gather(letters.OVERRUN, window, now, hosts)
    except (Precondition, BadRequest):  # or a host has left the inventory
        return None
    until = now + timedelta(minutes=kit.settings.hear_minutes)
    following = until + timedelta(seconds=-until.timestamp() % ROUND)
    letter = Letter(kind=letters.OVERRUN, facts=facts, values={"next": following})
    return await kit.letters.drafting([letter], now)


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
    )


def entry(window: Window, event: WindowEvent, at: datetime, /, **data: object) -> Entry:
    """Make an entry of the journal that the program itself writes."""
    return Entry(window=window.number, at=at, event=event, data=data)


def _settled(window: Window, due: Due, entries: Sequence[Entry]) -> WindowChange:
    return WindowChange(
        window=window,
        expected=window.revision,
        entries=tuple(entries),
        settles={due.id: DueState.DONE},
    )
