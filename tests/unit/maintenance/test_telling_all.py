"""Whatever can happen can be told: every row, in every state, for every kind of guest."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.maintenance.live import live
from bot.maintenance.progress import tellings
from bot.maintenance.telling import Change, worded
from bot.ports import Message
from bot.rules.limits import Limits
from bot.rules.operation import Fault, Verb
from bot.rules.run.journal import Event, Found, Row
from bot.rules.run.replay import apply
from bot.rules.run.states import STEPS, Phase, StepState
from bot.rules.run.terms import Run
from tests.unit.maintenance.journals import GRANT, WORDS, Journal
from tests.unit.rules.plans import NOW

BRING_UP = Journal().empty().run()
LATER = NOW + timedelta(minutes=10)
SURPRISES = [f"found {what}" for what in Found] + [f"{verb} failed running" for verb in Verb]

RUN_ROWS: list[tuple[Event, dict[str, Any]]] = [
    (Event.ASKED, {"question": kind, "guests": ["vps1"], "deadline": deadline, "proven": ["vps1"]})
    for kind in ("choose", "gate", "work", "work_failed", "intruder")
    for deadline in ("", LATER.isoformat())
]
RUN_ROWS += [
    (Event.ANSWERED, {"choice": choice, "actor": actor, "cold": ["vps1"]})
    for choice in ("boot", "proven", "back", "wait")
    for actor in ("os:anna", "deadline")
]
RUN_ROWS += [
    (Event.PAUSED, {"actor": "os:anna"}),
    (Event.RESUMED, {"actor": "os:anna"}),
    (Event.ABORTED, {"actor": "os:anna"}),
    (Event.CONTINUED, {"actor": "os:anna"}),
    (Event.RELEASED, {"actor": "os:anna", "reason": "by hand"}),
    (Event.TAKEN_BACK, {"actor": "os:anna"}),
    (Event.HELD, {"scope": "global", "value": "", "code": "breaker_damage", "because": []}),
    (Event.NOT_READY, {"problems": [{"code": "not_rebooted"}]}),
    (Event.LATE, {"what": "host", "seconds": 900}),
    (Event.CONTACT_LOST, {"problem": "no answer"}),
    (Event.CONTACT_BACK, {}),
    (Event.TAKEN_OVER, {"owner": "worker 2"}),
    (Event.NOT_OBEYED, {"verb": "boot", "actor": "os:anna", "code": "no_pair", "on": "vps1"}),
]
RUN_ROWS += [
    (event, {"verb": verb, "attempt": 1, "argument": "upgrade", "error": "tool_failed"})
    for event in (Event.INTENDED, Event.DONE, Event.FAILED, Event.NEVER)
    for verb in ("work", "reboot")
]


def in_state(state: StepState, fields: Mapping[str, Any] = MappingProxyType({})) -> Run:
    """A run in the bring-up whose first guest is in *state*."""
    run = BRING_UP
    step = replace(run.steps["vps1"], state=state, **fields)
    return replace(run, steps={**run.steps, "vps1": step})


def row_of(run: Run, trigger: str) -> Row:
    first, *rest = trigger.split()
    data: dict[str, Any] = {"actor": "os:anna", "code": "attempts", "seconds": 180.0}
    event = {"found": Event.FOUND, "looked": Event.LOOKED, "chosen": Event.CHOSEN}.get(first)
    if event is not None:
        data |= {"what": rest[0], "verdict": rest[0], "choice": rest[0], "lines": [GRANT]}
    elif first == "gave_up":
        event = Event.GAVE_UP
    else:
        event = Event.FAILED if "failed" in rest else Event.DONE if rest else Event.INTENDED
        data |= {"verb": first, "attempt": 1, "error": Fault.TOOL_FAILED, "left": trigger[-7:]}
        data["left"] = rest[-1] if rest else ""
    return Row(number=run.number + 1, at=LATER, event=event, guest="vps1", data=data)


def messages(run: Run, row: Row) -> list[Message]:
    """What is told of *row*, and the live message after it."""
    after = apply(run, row)
    told = tellings(Change(before=run, row=row, after=after), Limits())
    return [worded(WORDS, [telling]) for telling in (*told, live(after, LATER))]


@pytest.mark.parametrize("state", list(StepState))
def test_every_row_of_a_guest_can_be_told_in_every_state(state: StepState) -> None:
    surprises = [] if state is StepState.LEFT else SURPRISES
    for trigger in {*STEPS[state], *surprises}:
        for fields in ({}, {"pair": "", "image": ""}, {"verdict": "damage", "let_go": NOW}):
            run = in_state(state, fields)

            assert all(message.text for message in messages(run, row_of(run, trigger)))


@pytest.mark.parametrize("state", [StepState.SAVED, StepState.DAMAGED, StepState.UP])
def test_every_row_of_a_run_can_be_told(state: StepState) -> None:
    run = in_state(state)
    for event, data in RUN_ROWS:
        row = Row(number=run.number + 1, at=LATER, event=event, data=data)

        assert all(message.text for message in messages(run, row))


@pytest.mark.parametrize("state", list(StepState))
def test_every_end_can_be_reported(state: StepState) -> None:
    run = in_state(state, {"verdict": "dead", "how": "booted"})
    row = Row(number=run.number + 1, at=LATER, event=Event.ENDED, data={"exit_status": 1})

    assert all(message.text for message in messages(run, row))


@pytest.mark.parametrize("why", ["drained", "aborted", "worked", "continued", "ready", "accepted"])
@pytest.mark.parametrize(
    ("before", "to"),
    [
        (Phase.DRAIN, Phase.HOST_WORK),
        (Phase.DRAIN, Phase.BRING_UP),
        (Phase.HOST_WORK, Phase.GATE),
        (Phase.GATE, Phase.BRING_UP),
        (Phase.BRING_UP, Phase.GATE),
        (Phase.ENDED, Phase.BRING_UP),
    ],
)
def test_every_change_of_phase_can_be_told(before: Phase, to: Phase, why: str) -> None:
    run = replace(in_state(StepState.SAVED), phase=before)
    data = {"to": to, "why": why, "kernel": "5.10.46"}
    row = Row(number=run.number + 1, at=LATER, event=Event.PHASE, data=data)

    assert all(message.text for message in messages(run, row))


@pytest.mark.parametrize("state", [StepState.SHUTTING, StepState.STARTED, StepState.DEAD])
def test_a_late_guest_can_be_told_wherever_it_is(state: StepState) -> None:
    run = in_state(state)
    data = {"what": "shutdown", "deadline": LATER.isoformat()}
    row = Row(number=run.number + 1, at=LATER, event=Event.LATE, guest="vps1", data=data)

    assert all(message.text for message in messages(run, row))


@pytest.mark.parametrize("action", ["suspend", "shutdown"])
def test_a_changed_decision_can_be_told(action: str) -> None:
    run = in_state(StepState.PLANNED)
    data = {"action": action, "reason": "opted_out_late", "fields": {"since": "2021-08-24"}}
    row = Row(number=run.number + 1, at=LATER, event=Event.DECIDED, guest="vps1", data=data)

    assert all(message.text for message in messages(run, row))
