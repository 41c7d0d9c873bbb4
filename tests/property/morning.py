"""How every night ends: what was broken is mended, what is asked is answered, and the run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.executors.simulator import physics
from bot.executors.simulator.instants import instant_of
from bot.rules.fleet import GuestState
from bot.rules.run.states import StepState, choices
from tests.night import HOST

if TYPE_CHECKING:
    from bot.executors.simulator import HostWorld
    from bot.rules.run.terms import Question
    from tests.property.evening import Evening

_ROUNDS = 60  # so often somebody says something; each guest needs a few words
_A_WHILE = 7200.0  # seconds in which a run must come to rest
_ANSWERS = {"work": "continue", "work_failed": "continue", "intruder": "continue"}


def come_to_an_end(evening: Evening) -> None:
    """Let the run end, with a patient person beside it; every guest is then accounted for."""
    evening.wire.keeps, evening.wire.kills_at = 0, None
    evening.wait(evening.wire.deliver())
    with evening.night.simulator.edit(HOST) as world:
        _mend(world, instant_of(evening.night.clock.now()))
    asked: dict[str, int] = {}
    for _ in range(_ROUNDS):
        _rest(evening)
        if evening.ended:
            return
        _answer(evening, asked)
    message = f"the run never ends: {evening.night.states()}, {evening.night.rest!r}"
    evening.watch.must(False, message)  # noqa: FBT003


def _mend(world: HostWorld, now: int) -> None:
    """Take every fault away that has not struck, and end what hangs."""
    world.faults.clear()
    world.silent_until, world.cpu_lost = 0, False
    world.bridges, world.volume_groups, world.autostart = ["br0"], ["vg0"], []
    world.timers = [timer for timer in world.timers if timer.kind != "intruder"]
    world.memory_mib = max(world.memory_mib, 65536)
    for op in world.running():
        if op.hung:
            physics.cut(op, now, "timed_out", "ended by hand")
    for guest in world.guests.values():
        if guest.state is GuestState.ZOMBIE:
            guest.state, guest.instances, guest.domid = GuestState.OFF, 0, 0


def _rest(evening: Evening) -> None:
    """Take turns until the run rests."""
    end = evening.night.clock.now().timestamp() + _A_WHILE
    pause = 1.0
    while evening.night.clock.now().timestamp() < end:
        moved = evening.turn()
        if not moved and evening.night.rest:
            return
        pause = 1.0 if moved else min(pause * 2, 15.0)
        evening.night.clock.advance(pause)
    evening.watch.must(False, f"the run neither moves nor rests: {evening.night.states()}")  # noqa: FBT003


def _answer(evening: Evening, asked: dict[str, int]) -> None:
    """Say what a person would who only wants the night to end."""
    run = evening.run
    if run.released:
        evening.wish("takeback", argument="reason")
    elif run.question is not None:
        _answer_question(evening, run.question)
    elif run.paused:
        evening.wish("resume")
    else:
        _answer_for_guests(evening, asked)


def _answer_question(evening: Evening, question: Question) -> None:
    if question.kind == "intruder":
        for name in question.guests:
            if evening.world.guests[name].state is not GuestState.OFF:
                evening.night.simulator.hand(HOST, "destroy", name)
    verb = _ANSWERS.get(question.kind, "choose")
    evening.wish(verb, argument="boot" if verb == "choose" else "")


def _answer_for_guests(evening: Evening, asked: dict[str, int]) -> None:
    for name, step in evening.run.steps.items():
        if step.state is StepState.STUCK:
            asked[name] = asked.get(name, 0) + 1
            wanted = ("retry", "boot", "leave")[min(asked[name], 3) - 1]
            if wanted in choices(step.state):
                evening.wish(wanted, name)
