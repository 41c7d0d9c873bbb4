"""The final report of a run: what became of each guest, kept apart and never called repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.telling import Deed, Telling, choices, host_deed, unhold
from bot.ports import Audience
from bot.rules.operation import Verb
from bot.rules.run.report import GOOD, Result, downtime, failed, result, suspended
from bot.rules.run.states import StepState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.run.terms import Run, Step

#: A damaged guest that runs goes on writing to its disk; one that is stopped does not.
_DAMAGED_BUT = {
    StepState.BROKEN: "runs",
    StepState.FROZEN: "paused",
    StepState.DAMAGED: "stopped",
    StepState.LEFT: "left",
}


def grouped(run: Run) -> dict[Result, list[Step]]:
    """Return the steps by what became of them, each in order of name; open ones count as stuck."""
    groups: dict[Result, list[Step]] = {kind: [] for kind in Result}
    for step in sorted(run.steps.values(), key=lambda step: step.guest):
        groups[result(step) or Result.STUCK].append(step)
    return groups


def not_well(run: Run) -> list[Step]:
    """Return the steps whose guests are not as they were before."""
    return [step for kind, steps in grouped(run).items() if kind not in GOOD for step in steps]


def waiting_for_a_person(run: Run) -> list[Step]:
    """Return the steps about which a person can choose now; in a healthy run there are none."""
    return [s for s in undecided(run) if s.warned or not _goes_down(s)]


def undecided(run: Run) -> list[Step]:
    """Return the steps a person can choose about, but those that one has left as they are."""
    can = (step for step in not_well(run) if choices(run.host, step))
    return [step for step in can if step.state is not StepState.LEFT]


def _goes_down(step: Step) -> bool:
    """Say whether its guest is being shut down; a person is asked only near its deadline."""
    return step.state is StepState.SHUTTING


def report(run: Run) -> Telling:
    """Return the report of a run that has ended; loud if a guest is down or damaged."""
    bad = not_well(run)
    open_ = undecided(run)
    known: dict[str, object] = {
        **over(run),
        "groups": [
            {"name": name.value, "count": len(steps), "guests": [_stands(s) for s in steps]}
            for name, steps in grouped(run).items()
            if steps
        ],
        "open": len(open_),
        "bad": len(bad),
        "lost": lost(run.steps.values()),
        "incidents": [
            name for name, s in sorted(run.steps.items()) if failed(s) and not s.plan.infrastructure
        ],
    }
    return Telling(
        macro="report",
        fields=known | _downtimes(run),
        deeds=chosen_from(run, open_),
        audience=Audience.BOTH,
        loud=bool(bad),
        record=True,
    )


def over(run: Run) -> dict[str, object]:
    """Return what every report says of the run itself."""
    return {
        "host": run.host,
        "ended": run.ended or run.at,
        "seconds": ((run.ended or run.at) - run.started).total_seconds(),
        "holds": [{"scope": s, "value": v, "lift": unhold(s, v)} for s, v in run.held],
        "exit": exit_status(run),
    }


def _stands(step: Step) -> dict[str, object]:
    """Return a guest, and whether it runs where its group alone does not say so."""
    stands = _DAMAGED_BUT.get(step.state, "") if result(step) is Result.DAMAGED else ""
    return {"guest": step.guest, "stands": stands}


def exit_status(run: Run) -> int:
    """Return 0 if every guest is as it was before, else 1; the journal's own word comes first."""
    recorded = run.summary.get("exit_status")
    return recorded if isinstance(recorded, int) else int(bool(not_well(run)))


def chosen_from(run: Run, open_: Iterable[Step]) -> tuple[Deed, ...]:
    """Return what a person can choose for the *open_* guests; else the journal."""
    each = [deed for step in open_ for deed in choices(run.host, step)]
    return tuple(each) or (host_deed("log", run.host),)


def lost(steps: Iterable[Step]) -> list[dict[str, object]]:
    """Say per guest what is gone for good; what was shut down in good order lost nothing."""
    return [
        {"guest": step.guest, "kind": kind, "at": step.down_since, "kept": step.kept}
        for step in sorted(steps, key=lambda step: step.guest)
        if (kind := _loss(step))
    ]


def _loss(step: Step) -> str:
    if result(step) is Result.DAMAGED:
        return "damaged" if suspended(step) else "booted_damaged"
    if step.rolled:
        return "rolled_back"
    if step.how != "booted":
        return ""
    destroyed = step.verdict == "dead" or (step.attempts.get(Verb.DESTROY) and not suspended(step))
    return "destroyed" if destroyed else "memory" if suspended(step) else ""


def _downtimes(run: Run) -> dict[str, object]:
    known = [(step, down) for step in run.steps.values() if (down := downtime(step))]
    worst = max(known, key=lambda pair: pair[1], default=None)
    return {
        "counted": len(known),
        "sum": sum(seconds for _, seconds in known),
        "sum_expected": sum(step.plan.expected_downtime for step, _ in known),
        "worst": worst[0].guest if worst else "",
        "worst_seconds": worst[1] if worst else None,
        "worst_expected": worst[0].plan.expected_downtime if worst else None,
    }
