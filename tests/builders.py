"""Values of a run, valid by default: a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.rules.fleet import GuestFacts, GuestState, HostFacts, HostWork
from bot.rules.limits import Limits
from bot.rules.operation import Operation, OperationId, Verb
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import Before, Order, Plan, PlanStep
from bot.rules.policy.terms import Action, Decision, PolicySettings
from bot.rules.run.journal import Draft, Event, Row
from bot.rules.run.replay import apply, begun, replay
from bot.rules.run.sight import Rulebook, Sight
from bot.rules.run.states import Phase, StepState
from bot.rules.run.terms import Run, Step
from tests.unit.rules import plans
from tests.unit.rules.plans import NOW

AUTOMATIC = HostWork(manual=False, kernel="5.10.46", hypervisor="xen-4.14.2")
BEFORE = Before(
    boot_id="b1",
    kernel="4.19.181",
    hypervisor="xen-4.14.2",
    memory_mib=65536,
    bridges=("br0",),
    volume_groups=("vg0",),
    cpu_features=("avx2",),
)


def later(seconds: float) -> Any:  # noqa: ANN401 - a datetime wherever one is wanted
    return NOW + timedelta(seconds=seconds)


def plan_of(steps: Iterable[PlanStep], **fields: Any) -> Plan:  # noqa: ANN401 - any field
    known: dict[str, Any] = {"order": Order.SUM, "work": AUTOMATIC, "before": BEFORE}
    ranked = [
        replace(step, save_rank=place, restore_rank=place) for place, step in enumerate(steps)
    ]
    return Plan(host="hobgoblin", at=NOW, steps=tuple(ranked), **{**known, **fields})


def step(name: str = "a", state: str = "planned", **fields: Any) -> Step:  # noqa: ANN401 - any
    """Make a step in a state, suspended by plan; `planned=PlanStep(…)` gives another plan."""
    plan: PlanStep = fields.pop("planned", None) or plans.step(name)
    known: dict[str, Any] = {"since": NOW, "action": plan.action, "reason": str(plan.reason)}
    known |= {"let_go": NOW} if state in {"watched", "dead", "started", "damage"} else {}
    return Step(plan=plan, state=StepState(state), **{**known, **fields})


def saved(name: str = "a", **fields: Any) -> Step:  # noqa: ANN401 - any field
    """Make a step whose guest has been saved to a verified image."""
    return step(name, "saved", **{"image": f"r1-{name}-1", **fields})


def shut(name: str = "c", state: str = "off", **fields: Any) -> Step:  # noqa: ANN401 - any field
    """Make a step whose guest is shut down by plan."""
    return step(name, state, planned=plans.shut(name), **fields)


def run(*steps: Step, phase: str = "bring_up", **fields: Any) -> Run:  # noqa: ANN401 - any field
    """Make a run of these steps, or of one that is planned; `plan_fields` change its plan."""
    listed = steps or (step(),)
    plan = plan_of((each.plan for each in listed), **fields.pop("plan_fields", {}))
    known: dict[str, Any] = {
        "id": "r1",
        "host": "hobgoblin",
        "actor": "os:anna",
        "started": NOW,
        "at": NOW,
        "number": 1,
        "phase_since": NOW,
        "gated": phase == "bring_up",
    }
    ranks = {each.guest: each for each in plan.steps}
    placed = {each.guest: replace(each, plan=ranks[each.guest]) for each in listed}
    return Run(plan=plan, phase=Phase(phase), steps=placed, **{**known, **fields})


def guest(name: str = "a", state: str = "running", **fields: Any) -> GuestFacts:  # noqa: ANN401
    domid = {} if state == "running" else {"domid": 0}
    return plans.facts(name, state=GuestState(state), **{**domid, **fields})


AFTER: dict[str, Any] = {"boot_id": "b2", "volume_groups": ("vg0",), "cpu_features": ("avx2",)}


def host(**fields: Any) -> HostFacts:  # noqa: ANN401 - any field
    """Describe the host as it is after its work: rebooted, on the new kernel."""
    return plans.host_facts(**{**AFTER, **fields})


def sight(*guests: GuestFacts, seconds: float = 0.0, **fields: Any) -> Sight:  # noqa: ANN401
    """Make a look at these guests, so long after the start."""
    seen = {each.name: each for each in guests}
    return Sight(now=later(seconds), guests=seen, **{"facts": host(), **fields})


def silence(seconds: float, **fields: Any) -> Sight:  # noqa: ANN401 - any field
    """Make a look at a host that has not answered for so long."""
    return Sight(now=later(seconds), silent_for=seconds, problem="no_answer", **fields)


def _as_planned(step: Step, _: GuestFacts) -> Decision:
    return Decision(action=step.action, reason=step.plan.reason)


def book(
    decide: Callable[[Step, GuestFacts], Decision] = _as_planned,
    policy: PolicySettings | None = None,
    **limits: Any,  # noqa: ANN401 - any limit
) -> Rulebook:
    return Rulebook(limits=Limits(**limits), policy=policy or PolicySettings(), decide=decide)


def flying(name: str, verb: str, **fields: Any) -> Operation:  # noqa: ANN401 - any field
    attempt = fields.pop("attempt", 1)
    return Operation(
        id=OperationId(run="r1", guest=name, verb=Verb(verb), attempt=attempt), **fields
    )


def row(number: int, event: Event, name: str = "", **data: object) -> Row:
    return Row(number=number, at=later(number), event=event, guest=name, data=data)


def first_row(*steps: PlanStep, **fields: Any) -> Row:  # noqa: ANN401 - any field of the plan
    plan = plan_of(steps or (plans.step("a"),), **fields)
    return row(1, Event.BEGUN, host="hobgoblin", actor="os:anna", plan=plan_to_data(plan))


def journal(*drafts: tuple[Event, str, dict[str, object]], plan: Sequence[PlanStep] = ()) -> Run:
    """Replay a journal: the row that begins it, then these."""
    rows = [row(n, event, name, **data) for n, (event, name, data) in enumerate(drafts, 2)]
    return replay("r1", [first_row(*plan), *rows])


def then(before: Run, event: Event, name: str = "", **data: object) -> Run:
    """Apply one more row to a run."""
    return apply(before, row(before.number + 1, event, name, **data))


def fresh(*steps: PlanStep) -> Run:
    """Return a run that has just begun."""
    return begun("r1", first_row(*steps))


_TELLING = ("verb", "to", "question", "what", "choice", "scope", "code", "verdict", "error")


def told(drafts: Iterable[Draft]) -> list[str]:
    """Return drafts as short texts: `a save`, `asked choose`, `a found off`."""
    return [_text(draft) for draft in drafts]


def _text(draft: Draft) -> str:
    first = next((str(draft.data[key]) for key in _TELLING if key in draft.data), "")
    event = "" if draft.event is Event.INTENDED else str(draft.event)
    return " ".join(part for part in (draft.guest, event, first) if part)


def shut_down(step: Step, _: GuestFacts) -> Decision:
    """Decide that a guest is shut down after all."""
    return Decision(action=Action.SHUTDOWN, reason=step.plan.reason)
