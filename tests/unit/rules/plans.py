"""Steps, guests and hosts that are ordinary unless a test says otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.rules.fleet import Guest, GuestFacts, GuestState, Host, HostFacts, Observation
from bot.rules.optin import OptIn
from bot.rules.plan.given import PlanInput
from bot.rules.plan.making import make_plan
from bot.rules.plan.terms import Plan, PlanStep
from bot.rules.policy.terms import Action, Reason

NOW = datetime(2021, 8, 24, 20, 0, tzinfo=UTC)


def step(name: str, memory: int = 1024, **fields: Any) -> PlanStep:  # noqa: ANN401 - any field
    ordinary: dict[str, Any] = {"action": Action.SUSPEND, "reason": Reason.OPTED_IN}
    return PlanStep(guest=name, uuid=f"u-{name}", memory_mib=memory, **{**ordinary, **fields})


def shut(name: str, seconds: float = 60.0, **fields: Any) -> PlanStep:  # noqa: ANN401 - any field
    why: dict[str, Any] = {"action": Action.SHUTDOWN, "reason": Reason.NOT_OPTED_IN, **fields}
    return step(name, shutdown_seconds=seconds, **why)


def facts(name: str, **fields: Any) -> GuestFacts:  # noqa: ANN401 - any field
    ordinary: dict[str, Any] = {
        "uuid": f"u-{name}",
        "state": GuestState.RUNNING,
        "domid": 1,
        "memory_mib": 1024,
        "kernel_line": "Linux version 5.10.0-8-amd64",
        "feature_suspend": True,
    }
    return GuestFacts(name=name, **{**ordinary, **fields})


def guest(name: str, **fields: Any) -> Guest:  # noqa: ANN401 - any field
    return Guest(name=name, uuid=f"u-{name}", host="hobgoblin", **fields)


def host_facts(**fields: Any) -> HostFacts:  # noqa: ANN401 - any field
    ordinary: dict[str, Any] = {
        "name": "hobgoblin",
        "boot_id": "b1",
        "kernel": "5.10.46",
        "hypervisor": "xen-4.14.2",
        "memory_mib": 131072,
        "memory_free_mib": 1024,
        "image_space_mib": 131072,
        "snapshot_space_mib": 131072,
        "bridges": ("br0",),
    }
    return HostFacts(**{**ordinary, **fields})


def given(
    guests: Sequence[Guest],
    observed: Sequence[GuestFacts] | None = None,
    facts_of_host: HostFacts | None = None,
    **fields: Any,  # noqa: ANN401 - any field
) -> PlanInput:
    """A host on which every recorded guest runs and has opted in."""
    seen = [facts(each.name) for each in guests] if observed is None else observed
    wishes = {
        g.name: OptIn(guest=g.name, wanted=True, at=NOW, who="os:anna", how="chat") for g in guests
    }
    ordinary: dict[str, Any] = {
        "at": NOW,
        "host": Host(name="hobgoblin", fqdn="hobgoblin.example.net"),
        "opt_ins": wishes,
    }
    return PlanInput(
        guests={each.name: each for each in guests},
        observation=Observation(
            facts=facts_of_host or host_facts(),
            guests=MappingProxyType({each.name: each for each in seen}),
        ),
        **{**ordinary, **fields},
    )


def planned(*names: str, **fields: Any) -> Plan:  # noqa: ANN401 - any field
    return make_plan(given([guest(name) for name in names], **fields))


def of(plan: Plan, name: str) -> PlanStep:
    return next(each for each in plan.steps if each.guest == name)


def changed(plan_input: PlanInput, name: str, **fields: Any) -> PlanInput:  # noqa: ANN401 - any field
    """The same host, with one guest observed otherwise."""
    observation = plan_input.observation
    seen = {**observation.guests, name: replace(observation.guests[name], **fields)}
    return replace(plan_input, observation=replace(observation, guests=seen))
