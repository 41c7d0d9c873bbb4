"""Judges what became of a run: the promises of the design's section 3, from outside the bot.

`check` returns one sentence for each broken promise. The simulator has counted P1 to P3 and the
host's half of P7 by itself; the rest is read here from the journal, the caches and the world. An
open run is judged by what must hold at any moment, an ended one wholly.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.executors.simulator.instants import datetime_of
from bot.executors.simulator.world import DESTROYED
from bot.maintenance.telling import choices
from bot.rules.fleet import GuestState, Role
from bot.rules.policy.terms import Action, Reason
from bot.rules.run.journal import Event
from bot.rules.run.learn import EXPECTED
from bot.rules.run.report import GOOD, result
from bot.rules.run.states import AT_REST, Phase, StepState
from tests.two_phases import two_phases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.executors.simulator import GuestWorld
    from bot.rules.hold import Hold
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step
    from tests.account import Account

_S, _G = StepState, GuestState
_SAFE_SINCE = (4, 2)  # Linux, under Xen
_EMPTY_HANDED = AT_REST - {_S.UP, _S.UNTOUCHED, _S.LEFT}  # a person must be able to choose


def check(account: Account) -> list[str]:
    """Return a sentence for each promise that is broken in this run; none if all are kept."""
    if account.corruption:
        return [f"the journal does not replay: {account.corruption}"]
    return [sentence for judge in _JUDGES for sentence in judge(account)]


# ---- P1, P2, P3, P7: what the world has counted -------------------------------------------------


def counted(account: Account) -> Iterator[str]:
    """Violations that the world has seen; what somebody else did is not the bot's."""
    for found in account.violations:
        if not found.by_hand:
            yield f"{found.kind}: {found.guest} on {found.host} by {found.operation} at {found.at}"


# ---- P4: nobody is silently left down -----------------------------------------------------------


def accounted_for(account: Account) -> Iterator[str]:
    """At the end each guest is as it was, or listed with what a person can do."""
    run = account.run
    for step in run.steps.values():
        if step.plan.action is Action.UNTOUCHED:
            yield from _left_alone(account, step)
        elif run.phase is Phase.ENDED:
            yield from _as_it_was(step, account.world.guests.get(step.guest))
            yield from _listed(run, step)
    if run.phase is Phase.ENDED:
        yield from _reported(run)


def _left_alone(account: Account, step: Step) -> Iterator[str]:
    if any(row.guest == step.guest and row.event is Event.INTENDED for row in account.rows):
        yield f"P4: {step.guest} was {step.plan.was} and was not left alone"


def _as_it_was(step: Step, guest: GuestWorld | None) -> Iterator[str]:
    if step.state not in {_S.UP, _S.UNREACHABLE, _S.PLANNED, _S.UNTOUCHED}:
        return
    wanted = _G.RUNNING if step.state is _S.UNREACHABLE else _G(step.plan.was)
    found = guest.state if guest else "gone"
    if step.state is _S.UNTOUCHED and step.reason == Reason.WAS_OFF:
        wanted = _G.OFF  # of a trial: its owner shut it down first, and the report says so
    if found is not wanted:
        yield f"P4: {step.guest} is {step.state} in the journal, and {found} in the world"
    elif guest and step.state is _S.UP and guest.integrity == DESTROYED:
        yield f"P4: {step.guest} is said to be up, and its disk is destroyed"


def _listed(run: Run, step: Step) -> Iterator[str]:
    if result(step) is None:
        yield f"P4: the run ended with {step.guest} {step.state}"
    elif step.state in _EMPTY_HANDED and not choices(run.host, step):
        yield f"P4: {step.guest} is {step.state}, and there is nothing a person could type"


def _reported(run: Run) -> Iterator[str]:
    results = [result(step) for step in run.steps.values()]
    counts = {str(kind): number for kind, number in Counter(results).items()}
    if run.summary.get("counts") != counts:
        yield f"P4: the report counts {run.summary.get('counts')}, there are {counts}"
    good = all(kind in GOOD for kind in results) and not run.summary.get("beside")
    status = 0 if good else 1
    if run.summary.get("exit_status") != status:
        yield f"P4: the report says {run.summary.get('exit_status')}, it should be {status}"


# ---- P5: who is suspended -----------------------------------------------------------------------


def wanted(account: Account) -> Iterator[str]:
    """Each guest that is saved has asked for it, and nothing known speaks against it."""
    for run, row in _intents(account, "save"):
        step = run.steps[row.guest]
        if not _asked_for(account, row):
            yield f"P5: row {row.number} saves {row.guest}, which has not asked for it"
        if account.rules.policy.old_kernels == "shutdown" and _old(account.world.guests, row.guest):
            yield f"P5: row {row.number} saves {row.guest}, whose kernel is known to be unsafe"
        if _on_trial(account, run) and not step.plan.pair:
            yield f"P5: row {row.number} saves {row.guest} on trial, and no pair is planned"
    for run, row in _intents(account, "unpause"):
        step = run.steps[row.guest]
        changed = run.gated and not run.work.kernel
        if run.plan.trial and not (step.pair or step.allowed):
            yield f"P5: row {row.number} lets {row.guest} go in a trial without a pair"
        if _on_trial(account, run) and changed and not (step.pair or step.allowed):
            yield f"P5: row {row.number} lets {row.guest} go on trial without a pair"


def _on_trial(account: Account, run: Run) -> bool:
    return account.rules.policy.canaries and not run.plan.trusted


def _asked_for(account: Account, row: Row) -> bool:
    guest = account.rules.fleet.guests.get(row.guest)
    if guest is not None and guest.role is Role.INFRASTRUCTURE:
        return guest.suspend
    kinds = (account.opt_ins, account.trial_wishes if account.run.plan.trial else ())
    last = [[s.wanted for s in k if s.guest == row.guest and s.at <= row.at][-1:] for k in kinds]
    return guest is not None and [True] in last


def _old(guests: dict[str, GuestWorld], name: str) -> bool:
    guest = guests.get(name)
    shown = guest is not None and guest.console_readable and guest.system == "linux"
    version = re.match(r"(\d+)\.(\d+)", guest.kernel) if guest and shown else None
    return version is not None and (int(version[1]), int(version[2])) < _SAFE_SINCE


# ---- P5, P6: holds ------------------------------------------------------------------------------


def holds_heeded(account: Account) -> Iterator[str]:
    """Under a hold nothing is saved, and nothing is restored that no person has allowed."""
    for run, row in _intents(account, "save", "restore", "unpause"):
        for hold in _standing(account, run, row):
            saves = row.data["verb"] == "save"
            if saves or not _allowed(account, row, hold):
                promise = "P5" if saves else "P6"
                scope = f"{hold.scope} {hold.value}".strip()
                yield f"{promise}: row {row.number}: {row.data['verb']} {row.guest}, held: {scope}"


def _standing(account: Account, run: Run, row: Row) -> Iterator[Hold]:
    """Yield the holds over a guest that the bot knew of when it wrote *row*."""
    plan = run.steps[row.guest].plan
    known = row.at - timedelta(seconds=account.grace)
    for record in account.holds:
        hold = record.hold
        here = (str(hold.scope), hold.value) in run.held
        covers = hold.covers(guest=row.guest, host=run.host, family=plan.family)
        if covers and record.stands(row.at) and (here or hold.opened_at < known):
            yield hold


def _allowed(account: Account, row: Row, hold: Hold) -> bool:
    earlier = (r for r in account.rows if r.number < row.number and r.at >= hold.opened_at)
    return any(_allows(said, row.guest) for said in earlier)


def _allows(row: Row, guest: str) -> bool:
    if row.event is Event.ANSWERED:
        allowed = row.data.get("allow")
        return isinstance(allowed, list) and guest in allowed
    return row.event is Event.CHOSEN and row.guest == guest and row.data["choice"] == "retry"


# ---- P7: the reboot -----------------------------------------------------------------------------


def empty_at_reboot(account: Account) -> Iterator[str]:
    """The host is rebooted only when nobody runs and every image is verified."""
    for run, row in _intents(account, "reboot"):
        for step in run.steps.values():
            if EXPECTED.get(step.state, _G.OFF) is not _G.OFF or step.state in _INSIDE:
                yield f"P7: row {row.number} reboots while {step.guest} is {step.state}"
            elif step.image_lives and not step.cold and not _verified(account, step, row.number):
                yield f"P7: row {row.number} reboots, and {step.image} is not verified"


_INSIDE = frozenset({_S.UP, _S.UNREACHABLE, _S.STUCK, _S.MENDING})


def _verified(account: Account, step: Step, before: int) -> bool:
    meant = ""
    for row in account.rows[: before - 1]:
        if row.guest == step.guest and _verb(row) == "verify":
            meant = str(row.data.get("image", meant))
            if row.event is Event.DONE and meant == step.image:
                return True
    return False


# ---- intents before effects ---------------------------------------------------------------------


def intents_first(account: Account) -> Iterator[str]:
    """Nothing begins on the host before its intent is committed, and nothing begins twice."""
    intended = {
        f"{account.record.id}/{row.guest or '-'}/{_verb(row)}/{row.data['attempt']}": row.at
        for row in account.rows
        if row.event is Event.INTENDED
    }
    started = Counter[str]()
    for id_, operation in account.world.ops.items():
        name = id_.partition("#")[0]  # a record that the host has lost is kept aside
        if name.split("/", 1)[0] != account.record.id:
            continue
        started[name] += 1
        if name not in intended:
            yield f"P8: {name} was begun, and nobody intended it"
        elif datetime_of(operation.started) < intended[name]:
            yield f"P8: {name} was begun before it was intended"
    yield from (f"P8: {name} was begun {n} times" for name, n in started.items() if n > 1)


# ---- caches -------------------------------------------------------------------------------------


def caches_true(account: Account) -> Iterator[str]:
    """What the store has cached of a journal is what the journal says."""
    run, record = account.run, account.record
    states = {name: str(step.state) for name, step in run.steps.items()}
    if account.states != states:
        wrong = sorted(set(account.states.items()) ^ set(states.items()))
        yield f"the cached states are not the journal's: {wrong}"
    status = int(str(run.summary["exit_status"])) if run.ended else None
    cached = (record.status, record.ended, record.exit_status, record.host, record.started)
    told = (str(run.phase), run.ended, status, run.host, run.started)
    if cached != told:
        yield f"the head says {cached}, the journal {told}"


def _intents(account: Account, *verbs: str) -> Iterable[tuple[Run, Row]]:
    """Yield the intents of these verbs, each with the run just before it."""
    for run, row in account.history:
        if row.event is Event.INTENDED and _verb(row) in verbs:
            yield run, row


def _verb(row: Row) -> str:
    return str(row.data.get("verb", ""))


_JUDGES = (
    counted,
    accounted_for,
    wanted,
    holds_heeded,
    empty_at_reboot,
    two_phases,
    intents_first,
    caches_true,
)
