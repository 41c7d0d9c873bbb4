"""The drain: from running guests to an empty host with verified images. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.operation import Verb
from bot.rules.plan.disk import Disk, room
from bot.rules.plan.predicted_drain import saves
from bot.rules.policy.terms import Action
from bot.rules.run import moves, trying
from bot.rules.run.journal import Draft, Event, Found
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.policy.terms import Decision
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

_S = StepState
_EMPTY = frozenset({_S.SAVED, _S.OFF, _S.UNTOUCHED, _S.DOWN, _S.LEFT})
_HALF_WAY = frozenset({_S.IMAGED, _S.HALF_SAVED, _S.INTRUDED})


def drain(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield what is to be done next while guests leave the host."""
    yield from empty(run, sight, book)
    if run.aborting:
        yield from trying.call_off(run)
        yield from turn_round(run, sight)
        return
    if run.paused:
        return
    if run.plan.trial:
        yield from _try(run, sight, book)
        return
    yield from _saves(run, sight, book)
    yield from _shutdowns(run, sight)
    yield from _drained(run, sight)


def empty(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield what finishes leaving the host once it was begun, or somebody else interfered."""
    yield from _go_on(run, sight)
    yield from _deadlines(run, sight, book)


def turn_round(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the way back of an aborted run, once nothing is half way.

    A host that was restarted meanwhile, by a person or by itself, has to pass the gate.
    """
    half_way = any(step.state in _HALF_WAY for step in run.steps.values())
    if half_way or moves.in_flight(run) or sight.facts is None:
        return
    if moves.restarted(run, sight):
        before = run.plan.before.kernel
        kernel = before if sight.facts.kernel == before else ""  # "": as the plan expects
        yield moves.phase(Phase.GATE, "aborted", kernel=kernel)
    else:
        yield moves.bring_up(sight, "aborted")


def _go_on(run: Run, sight: Sight) -> Iterator[Draft]:
    """Finish what was begun: a saved guest needs its pair and its verified image."""
    for step in run.steps.values():
        if step.flight is not None:
            continue
        if step.state in _HALF_WAY:
            yield _finished(run, step, sight)
        elif step.state is _S.STARTED and _must_go_down(run, sight):
            yield moves.intend(step, Verb.SHUTDOWN)
        elif step.state is _S.OFF and _given_up(step):
            yield moves.intend(step, Verb.SPEND, image=step.image)
        elif step.state is _S.STUCK and step.choice == "boot":  # also ends what hangs
            yield moves.intend(step, Verb.DESTROY)


def _must_go_down(run: Run, sight: Sight) -> bool:
    """Say whether a guest that runs again must be off: for the host's work, which a trial lacks."""
    return not (run.aborting or run.plan.trial or moves.worked_by_hand(run, sight))


def _finished(run: Run, step: Step, sight: Sight) -> Draft:
    if step.state is _S.HALF_SAVED:
        return _mend_half_saved(run, step, sight)
    if step.state is _S.INTRUDED:
        return moves.intend(step, Verb.SPEND, image=step.image)
    if step.plan.pair and not (step.pair or step.pair_failed):
        return moves.intend(step, Verb.SNAPSHOT, snapshot=f"{step.image}-pair")
    return moves.intend(step, Verb.VERIFY, image=step.image)


def _given_up(step: Step) -> bool:
    """Say whether an image that will not be restored still could be: no host start may [1]."""
    return step.image_lives and step.attempts.get(Verb.SPEND, 0) < _SPENDS


_SPENDS = 3


def _mend_half_saved(run: Run, step: Step, sight: Sight) -> Draft:
    """Save it once more, to a new file: the hypervisor waits and then succeeds [14]."""
    if step.attempts.get(Verb.SAVE, 0) < 2:  # noqa: PLR2004 - the second is the mend
        return _save(run, step, sight.guests[step.guest].domid)
    return moves.intend(step, Verb.DESTROY)


def _save(run: Run, step: Step, domid: int) -> Draft:
    attempt = step.attempts.get(Verb.SAVE, 0) + 1
    image = f"{run.id}-{step.guest}-{attempt}"
    return moves.intend(step, Verb.SAVE, image=image, domid=domid)


def _deadlines(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    for step in run.steps.values():
        if step.state is not _S.SHUTTING:
            continue
        over = shutdown_deadline(step, book)
        if run.aborting and (step.flight is None or sight.now >= over):
            yield _runs_on(step, sight)
        elif step.choice == "destroy" or sight.now >= over:
            yield moves.intend(step, Verb.DESTROY)
        elif not step.warned and sight.now >= over - _seconds(book.limits.shutdown_warning):
            yield Draft(
                event=Event.LATE,
                guest=step.guest,
                data={"what": "shutdown", "deadline": over.isoformat()},
            )


def _runs_on(step: Step, sight: Sight) -> Draft:
    """Return the row that lets a guest be that did not shut down, now that it need not."""
    facts = sight.guests.get(step.guest)
    about = {"what": str(Found.RESTARTED), "domid": facts.domid if facts else 0}
    return Draft(event=Event.FOUND, guest=step.guest, data=about)


def shutdown_deadline(step: Step, book: Rulebook) -> datetime:
    """Return the instant at which a guest that does not shut down is destroyed."""
    return step.since + _seconds(book.limits.shutdown + step.more)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _saves(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    waiting = (s for s in run.steps.values() if _waits(s, Action.SUSPEND))
    saving = moves.count(run, _S.SAVING)
    for step in moves.ranked(waiting, saving=True):
        facts = sight.guests.get(step.guest)
        if facts is None or book.decide is None or not _room(run, saving):
            break
        decision = book.decide(step, facts)
        if decision.action is Action.SUSPEND:
            yield _save(run, step, facts.domid)
            saving += 1
        elif decision.action is Action.SHUTDOWN:
            yield moves.decided(step, decision, facts.domid)
        else:  # it runs, and may be neither saved nor shut down: a person's matter
            yield moves.gave_up(step, str(decision.reason))


def _try(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Save the next guest of a trial; or bring back the one that is saved, before any other."""
    off = list(trying.call_off(run))
    yield from off
    step = None if off or moves.restarted(run, sight) else trying.following(run)
    facts = sight.guests.get(step.guest) if step else None
    if step and facts and book.decide:
        decision = book.decide(step, facts)
        suspends = decision.action is Action.SUSPEND
        yield _save(run, step, facts.domid) if suspends else _left(step, decision, facts.domid)
    elif not (off or moves.in_flight(run)) and not any(map(_half_way, run.steps.values())):
        yield from trying.bring_back(run, sight)


def _left(step: Step, decision: Decision, domid: int) -> Draft:
    """Leave a guest untried and running: in a trial nothing is shut down."""
    return moves.decided(step, replace(decision, action=Action.UNTOUCHED), domid)


def _half_way(step: Step) -> bool:
    return step.state in _HALF_WAY or (step.state is _S.OFF and _given_up(step))


def may_save(run: Run) -> bool:
    """Say whether a save may begin now, so that wishes and evidence must be read again."""
    goes_on = run.phase is Phase.DRAIN and not (run.paused or run.aborting or run.released)
    if run.plan.trial:
        return goes_on and trying.following(run) is not None
    waiting = any(_waits(step, Action.SUSPEND) for step in run.steps.values())
    return goes_on and waiting and _room(run, moves.count(run, _S.SAVING))


def _room(run: Run, saving: int) -> bool:
    plan = run.plan
    return room(
        saving=saving,
        verifying=moves.count(run, _S.IMAGED, _S.PAIRING, _S.HASHING),
        streams=plan.streams,
        disk_mib_s=plan.disk_mib_s,
        verify_mib_s=plan.verify_mib_s,
    )


def _waits(step: Step, action: Action) -> bool:
    return step.state is _S.PLANNED and step.flight is None and step.action is action


def _shutdowns(run: Run, sight: Sight) -> Iterator[Draft]:
    waiting = [s for s in run.steps.values() if _waits(s, Action.SHUTDOWN)]
    left = saving_left(run, sight.now) if waiting else 0.0
    for step in waiting:
        if left <= step.plan.shutdown_seconds:
            yield moves.intend(step, Verb.SHUTDOWN)


def saving_left(run: Run, now: datetime) -> float:
    """Return the seconds until the last image is verified, as far as the plan's speeds hold."""
    plan = run.plan
    disk = Disk(
        mib_s=plan.disk_mib_s,
        stream_mib_s=plan.disk_mib_s / max(plan.streams, 1),
        verify_mib_s=plan.verify_mib_s,
        streams=plan.streams,
    )
    steps = [s for s in run.steps.values() if _waits(s, Action.SUSPEND) or s.state in _WRITING]
    rest = [replace(s.plan, memory_mib=_unread(s, now, disk), action=Action.SUSPEND) for s in steps]
    return saves(rest, disk)[1]


_WRITING = frozenset({_S.SAVING, _S.IMAGED, _S.PAIRING, _S.HASHING})


def _unread(step: Step, now: datetime, disk: Disk) -> int:
    """Return the MiB of a guest still to be written, counting half of what is to be read."""
    memory = step.plan.memory_mib
    if step.state is _S.SAVING and step.flight_since is not None:
        gone = (now - step.flight_since).total_seconds() * disk.stream_mib_s
        return max(int(memory - gone), 1)
    return memory if step.state is _S.PLANNED else memory // 4


def all_off(run: Run) -> bool:
    """Say whether every guest of the plan is off, its image verified if it has one."""
    return all(
        s.state in _EMPTY and s.flight is None and not (s.state is _S.OFF and _given_up(s))
        for s in run.steps.values()
    )


def _drained(run: Run, sight: Sight) -> Iterator[Draft]:
    if not all_off(run):
        return
    inside = moves.in_memory(sight)
    if not inside:
        yield moves.phase(Phase.HOST_WORK, "drained")
    elif run.question is None:
        yield Draft(event=Event.ASKED, data={"question": "intruder", "guests": list(inside)})
