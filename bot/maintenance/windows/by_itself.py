"""A run that starts by itself at the hour of its window, if nothing at all speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.maintenance.explorations import TRIAL
from bot.maintenance.windows import letters
from bot.maintenance.windows.entries import entry
from bot.maintenance.windows.letters import without
from bot.maintenance.windows.standing import runs_of
from bot.ports import AuditRow, WindowChange
from bot.rules.errors import Code, MaintError, Precondition
from bot.rules.plan.combinations import explored
from bot.rules.plan.terms import PlanOptions
from bot.rules.window.acting import NotByItself, obstacle
from bot.rules.window.terms import Due, DueState, Window, WindowEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.maintenance.windows.kit import Kit
    from bot.ports import Beginning
    from bot.rules.plan.terms import Plan

    Beside = tuple[frozenset[int], frozenset[str] | None]

ATTEMPTS = 5  # plans, while others begin runs or open holds meanwhile
_OPTIONS = PlanOptions()


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a plan was made beside: another hold may make it another, and so may another run.

    A run decides only about a plan that suspends under what is not trusted, as one host does at
    a time.
    """

    holds: frozenset[int]
    runs: frozenset[str]

    def of(self, plan: Plan) -> tuple[frozenset[int], frozenset[str] | None]:
        """Return what must not have changed since *plan* was made."""
        return self.holds, self.runs if explored(plan) else None


async def by_itself(
    kit: Kit, window: Window, due: Due, host: str, now: datetime
) -> NotByItself | None:
    """Start the run of *host*; say why not if it must not."""
    for _ in range(ATTEMPTS):
        why = await _keeps_back(kit, window)
        if why:
            return why
        seen = await _seen(kit)  # before the plan: what comes after it is found at the commit
        try:
            plan = await kit.desk.plan(host, _OPTIONS)
        except MaintError:
            begun = await runs_of(kit.store, window, kit.settings)  # by another process just now
            return None if host in begun else NotByItself.PROBLEMS
        why = obstacle(window, plan, kit.clock.now(), kit.settings)
        if why:
            return why
        if await _begun(kit, window, due, plan, seen.of(plan), now):
            return None
    return NotByItself.PROBLEMS


async def _keeps_back(kit: Kit, window: Window) -> NotByItself | None:
    """Say what keeps a run from starting without a person, apart from the hosts.

    Every contact must have been told of this very time.
    """
    if kit.second_person:
        return NotByItself.ALONE
    facts = await kit.letters.gather(letters.SCHEDULED, window, kit.clock.now())
    dated = await kit.letters.told_by_date(window)
    told = dated.get((window.start, window.end), {})
    return NotByItself.UNTOLD if kit.letters.contacts(without(facts, told)) else None


async def _seen(kit: Kit) -> _Seen:
    holds, runs = await kit.store.holds(), await kit.store.runs(open_only=True)
    return _Seen(holds=frozenset(hold.id for hold in holds), runs=frozenset(run.id for run in runs))


async def _begun(
    kit: Kit, window: Window, due: Due, plan: Plan, beside: Beside, now: datetime
) -> bool:
    """Begin the run, on the record; False: a hold, a run or a trial has come since the plan."""
    host, actor = plan.host, window.occasion
    key = f"{window.occasion}:{window.revision}:start:{host}"
    about = {"actor": actor, "reason": window.reason, "key": key}
    row = AuditRow(at=now, actor=actor, text=f"start {host}", host=host, key=key)
    await kit.store.audit(row)
    begins = kit.desk.beginning(plan, _OPTIONS, about)
    try:
        await kit.store.change_windows([_beginning(window, due, begins, beside, now)])
    except Precondition as error:
        if error.code not in {Code.HOST_BUSY, Code.PLAN_CHANGED}:
            raise
        await kit.store.settle(key, error.code.value)
        busy = await kit.store.runs(host=host, open_only=True)
        return any(run.kind != TRIAL for run in busy)  # somebody was faster: as good
    await kit.store.settle(key, "done")
    return True


def _beginning(
    window: Window, due: Due, begins: Beginning, beside: Beside, now: datetime
) -> WindowChange:
    run = begins.run
    return WindowChange(
        window=window,
        expected=window.revision,
        entries=(entry(window, WindowEvent.STARTED, now, host=run.host, run=run.id),),
        settles={due.id: DueState.WAITING},  # else another process has been here meanwhile
        begins=begins,
        beside=beside,
    )
