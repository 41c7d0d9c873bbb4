"""What notices say of a run that was: who came back how, and what befell one guest. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import called, is_customer
from bot.maintenance.notices.befell import befallen
from bot.maintenance.notices.optins import too_old
from bot.rules.errors import BadRequest, Code, Precondition
from bot.rules.policy.terms import Reason
from bot.rules.run.report import GOOD, Result, failed, lost_memory, result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.rules.fleet import Fleet
    from bot.rules.limits import Limits
    from bot.rules.policy.terms import PolicySettings
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step

_UP = GOOD - {Result.UNTOUCHED}
#: Reasons of a shutdown that its customer has chosen, or that nobody had announced otherwise.
_AS_TOLD = frozenset({Reason.NOT_OPTED_IN, Reason.OPTED_OUT_LATE, Reason.NOT_IN_INVENTORY})
#: A kernel that may be Debian 8's: its own, or one of which only the version is known.
_JESSIE = re.compile(r"3\.16(\.\d+)*(-\d+-(amd64|[56]86(-pae)?))?")
#: What a person may say of a trial, and what its run must have come to.
TRIALS = {"passed": Result.RESTORED, "rolled-back": Result.ROLLED_BACK}


def completed(fleet: Fleet, run: Run) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Return values and items of the notice that a run is over.

    Only guests that are verified up have an item; and not those that were suspended and came back
    by a power cut: theirs is an incident, and this notice would say less than the truth.

    Raises Precondition(NOT_ENDED).
    """
    if run.ended is None:
        raise Precondition(Code.NOT_ENDED, host=run.host, phase=str(run.phase))
    steps = [step for name, step in run.steps.items() if is_customer(fleet, name)]
    values = {
        "start": run.started,
        "ended": run.ended,
        "hosts": [called(fleet.hosts[run.host])],
        "open": sum(result(step) not in GOOD for step in steps),
    }
    up = [step for step in steps if result(step) in _UP and not lost_memory(step)]
    return values, {step.guest: _returned(step) for step in up}


def _returned(step: Step) -> dict[str, Any]:
    """Return how a guest came back; `told` where its customer could expect a suspension."""
    item: dict[str, Any] = {"how": step.how}
    if step.down_since and step.up_at:
        item |= {"down": step.down_since, "up": step.up_at}
    if step.how == "booted" and step.reason not in _AS_TOLD:
        item |= {"told": "suspend", "why": step.reason}
    return item


def incident(
    rows: Sequence[Row], run: Run, guest: str, policy: PolicySettings, limits: Limits
) -> dict[str, Any]:
    """Return the values of an incident: what befell *guest*, and what is known of its kernel.

    Every value is there, also those that are not known, so that they can be told anew.

    Raises Precondition(NO_INCIDENT): nothing did.
    """
    step = step_of(run, guest)
    if not failed(step):
        raise Precondition(
            Code.NO_INCIDENT, guest=guest, host=run.host, result=str(result(step) or "")
        )
    known = befallen(rows, run, guest)
    kernel = step.plan.kernel
    held = step.kept or (step.pair if known.disk == "damaged_paused" else "")
    # It goes so long after the run's end (`bring_up.due_at`), which moves when a person acts.
    at_least = run.started + timedelta(days=limits.image_days)
    return {
        "guest": guest,
        "trial": bool(run.plan.trial),
        "timeline": list(known.timeline),
        "disk": known.disk,
        "lost": known.lost,
        "until": known.until,
        "kept": bool(step.kept),
        "kept_until": at_least if held else None,
        "kernel": kernel,
        "old_kernel": bool(step.bad) and too_old(kernel, policy, run.plan.before.hypervisor),
        "jessie": jessie(kernel),
    }


def jessie(kernel: str) -> bool:
    """Say whether *kernel* may be a Debian 8's, for all that is known."""
    return not kernel or bool(_JESSIE.fullmatch(kernel.strip()))


def trial_result(run: Run, guest: str, said: str, policy: PolicySettings) -> dict[str, Any]:
    """Return the values of the result of a trial, which must be as it is *said* to be.

    Raises Precondition(TRIAL_OTHERWISE): the newest run of its host says otherwise.
    """
    step = step_of(run, guest)
    became = result(step)
    if became is not TRIALS[said] or step.down_since is None or step.up_at is None:
        raise Precondition(
            Code.TRIAL_OTHERWISE, guest=guest, host=run.host, claimed=said, result=str(became or "")
        )
    return {
        "guest": guest,
        "result": said.replace("-", "_"),
        "saved": step.down_since,
        "back": step.up_at,
        "old_kernel": too_old(step.plan.kernel, policy, run.plan.before.hypervisor),
    }


def step_of(run: Run, guest: str) -> Step:
    """Return a guest's part in *run*. Raises BadRequest(UNKNOWN_GUEST)."""
    if guest not in run.steps:
        raise BadRequest(Code.UNKNOWN_GUEST, guest=guest, host=run.host, nearest="")
    return run.steps[guest]


def befell_customers(fleet: Fleet, run: Run) -> tuple[str, ...]:
    """Return the customers' guests that an incident must be written about, in order of name."""
    return tuple(
        name
        for name, step in sorted(run.steps.items())
        if is_customer(fleet, name) and name in fleet.guests and failed(step)
    )
