"""What one look at the world teaches: outcomes of operations in flight, and surprises.

Pure: from a run and a Sight to the rows that record the difference. Learning twice from the same
sight yields nothing the second time; this is all there is to recovery after a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import NeverSeen, Operation, Refused, Running, Verb
from bot.rules.policy.terms import Action, Decision, Reason
from bot.rules.run import console
from bot.rules.run.journal import Draft, Event, Found
from bot.rules.run.moves import decided, restarted
from bot.rules.run.patience import allowed
from bot.rules.run.states import Phase, StepState
from bot.rules.run.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rules.fleet import GuestFacts
    from bot.rules.operation import Outcome
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step

_S, _G = StepState, GuestState

#: What the hypervisor should say of a guest whose step rests in a state. States that are not
#: named (in flight, in a person's hands) are not compared.
EXPECTED: dict[StepState, GuestState] = {
    _S.PLANNED: _G.RUNNING,
    _S.HALF_SAVED: _G.SUSPENDED,
    _S.IMAGED: _G.OFF,
    _S.SAVED: _G.OFF,
    _S.SHUTTING: _G.RUNNING,
    _S.OFF: _G.OFF,
    _S.PAUSED: _G.PAUSED,
    _S.SPENT: _G.PAUSED,
    _S.WATCHED: _G.RUNNING,
    _S.DAMAGE: _G.RUNNING,
    _S.FROZEN: _G.PAUSED,
    _S.DAMAGED: _G.OFF,
    _S.DEAD: _G.RUNNING,
    _S.STARTED: _G.RUNNING,
    _S.BROKEN: _G.RUNNING,
    _S.INTRUDED: _G.RUNNING,
    _S.DOWN: _G.OFF,
}
_RUNS_ANEW = frozenset({_S.WATCHED, _S.DAMAGE, _S.DEAD, _S.STARTED, _S.BROKEN, _S.SHUTTING})


def learn(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the rows that record what *sight* shows and the journal does not say yet.

    After the end guests are in people's hands: the report stands until somebody reopens the run.
    """
    if run.work.flight is not None:
        yield from _of_host(run, run.work.flight, sight)
    if not sight.contact:
        return
    for step in run.steps.values():
        if step.flight is not None:
            yield from _of_flight(run, step, step.flight, sight)
        elif _was_lost(run, step, sight):
            yield Draft(event=Event.FOUND, guest=step.guest, data={"what": str(Found.LOST)})
        elif _went_by_itself(run, step, sight):
            left = Decision(action=Action.UNTOUCHED, reason=Reason.WAS_OFF)
            yield decided(step, left, step.domid)
        elif step.state not in _VERIFIED and run.phase is not Phase.ENDED:
            yield from _surprise(step, sight.guests.get(step.guest))


def _of_host(run: Run, flight: Operation, sight: Sight) -> Iterator[Draft]:
    if sight.printed:
        said = [console.clean(line)[: console.SHOWN] for line in sight.printed]
        yield Draft(event=Event.PRINTED, data={"said": said, "mark": sight.printed_to})
    outcome = sight.outcomes.get(str(flight.id))
    if isinstance(outcome, NeverSeen) and flight.id.verb is Verb.REBOOT and sight.facts:
        rebooted = sight.facts.boot_id != boot_id_before(run)
        yield Draft(event=Event.DONE if rebooted else Event.NEVER, data=_about(flight))
    elif isinstance(outcome, NeverSeen):
        yield Draft(event=Event.NEVER, data=_about(flight))
    elif outcome is not None:
        yield from _recorded(flight, outcome, left="")


def boot_id_before(run: Run) -> str:
    """Return the boot id the host had before the reboot that is meant now."""
    return run.work.boot_before or run.plan.before.boot_id


def _of_flight(run: Run, step: Step, flight: Operation, sight: Sight) -> Iterator[Draft]:
    outcome = sight.outcomes.get(str(flight.id))
    facts = sight.guests.get(step.guest)
    if outcome is None or isinstance(outcome, Running):
        return
    if facts is None:  # gone under its name: whatever became of the operation, a person looks
        yield from _found(step, Found.STRANGER, None)
        return
    if isinstance(outcome, NeverSeen):
        if not _may_go_on(run, step, facts, sight):
            yield witness(flight, facts)
        return
    yield from _recorded(flight, outcome, left=str(facts.state), domid=facts.domid)


def _may_go_on(run: Run, step: Step, facts: GuestFacts, sight: Sight) -> bool:
    """Say whether a save whose record is lost may still be writing: its guest is suspended.

    One that was killed looks the same, so it is waited for as long as a save may take.
    """
    verb = step.flight.id.verb if step.flight else None
    if verb is not Verb.SAVE or facts.state is not _G.SUSPENDED:
        return False
    since = step.flight_since or step.since
    return (sight.now - since).total_seconds() <= allowed(run, step, Verb.SAVE)


def _recorded(flight: Operation, outcome: Outcome, *, left: str, domid: int = 0) -> Iterator[Draft]:
    about = _about(flight)
    if isinstance(outcome, Running | NeverSeen):
        return
    if isinstance(outcome, Refused):
        refused = {"error": outcome.error, "detail": outcome.detail, "refused": True}
        yield Draft(
            event=Event.FAILED, guest=flight.id.guest, data={**about, **refused, "left": left}
        )
        return
    times = {"started": outcome.started.isoformat(), "ended": outcome.ended.isoformat()}
    if outcome.error:
        failed = {"error": outcome.error, "detail": outcome.detail, "left": left}
        yield Draft(event=Event.FAILED, guest=flight.id.guest, data={**about, **times, **failed})
        return
    yield Draft(
        event=Event.DONE,
        guest=flight.id.guest,
        data={**about, **times, "domid": domid, "values": dict(outcome.values)},
    )


def _about(flight: Operation) -> dict[str, object]:
    return {"verb": str(flight.id.verb), "attempt": flight.id.attempt}


def _was_lost(run: Run, step: Step, sight: Sight) -> bool:
    """Say whether a guest ran, and its host went down under it: that is no word on its restore."""
    facts = sight.guests.get(step.guest)
    ran = step.state in _VERIFIED or step.state is _S.WATCHED
    return ran and restarted(run, sight) and facts is not None and facts.state is _G.OFF


def _went_by_itself(run: Run, step: Step, sight: Sight) -> bool:
    """Say whether a guest that is to be tried is off by its owner's hand: it is theirs to boot."""
    facts = sight.guests.get(step.guest)
    waits = run.plan.trial and step.state is _S.PLANNED and step.action is Action.SUSPEND
    if not waits or restarted(run, sight) or facts is None or facts.uuid != step.plan.uuid:
        return False
    return facts.state is _G.OFF


_VERIFIED = frozenset({_S.UP, _S.UNREACHABLE})


def _surprise(step: Step, facts: GuestFacts | None) -> Iterator[Draft]:
    what = surprise(step, facts)
    if what is not None:
        yield from _found(step, what, facts)


def _found(step: Step, what: Found, facts: GuestFacts | None) -> Iterator[Draft]:
    domid = facts.domid if facts else 0
    yield Draft(event=Event.FOUND, guest=step.guest, data={"what": str(what), "domid": domid})


def surprise(step: Step, facts: GuestFacts | None) -> Found | None:
    """Return what is not as the journal left it, or None."""
    looking_again = step.state is _S.STUCK and step.choice == "retry"
    left = step.state is _S.PLANNED and step.action is Action.UNTOUCHED  # of a trial: not ours
    if left or (step.state not in EXPECTED and not looking_again):
        return None
    strange = _strange(step, facts)
    if facts is None or strange is not None:
        return strange
    if facts.state is _expected(step):
        return _unpaired(step, facts) or _restarted(step, facts)
    return _by_state(step, facts)


def changed(step: Step, facts: GuestFacts | None) -> Found | None:
    """Return what a verified guest has become since its last look, or None."""
    strange = _strange(step, facts)
    if facts is None or strange is not None:
        return strange
    return None if facts.state in {_G.RUNNING, step.plan.was} else Found(str(facts.state))


def _strange(step: Step, facts: GuestFacts | None) -> Found | None:
    """Return what no guest may be, wherever its step is."""
    if facts is None or facts.uuid != step.plan.uuid:
        return Found.STRANGER
    if facts.instances > 1:
        return Found.TWICE
    return Found.ZOMBIE if facts.state is _G.ZOMBIE else None


def _expected(step: Step) -> GuestState | None:
    """Return what a guest should be; until it is saved, what it was when it was planned."""
    return _G(step.plan.was) if step.state is _S.PLANNED else EXPECTED.get(step.state)


def _unpaired(step: Step, facts: GuestFacts) -> Found | None:
    """Say so before it is restored: a thick snapshot overflows, and then it is gone [7]."""
    gone = step.state is _S.SAVED and step.pair and step.pair not in facts.snapshots
    return Found.UNPAIRED if gone else None


def _restarted(step: Step, facts: GuestFacts) -> Found | None:
    anew = step.state in _RUNS_ANEW and step.domid not in {0, facts.domid}
    return Found.RESTARTED if anew else None


def _by_state(step: Step, facts: GuestFacts) -> Found:
    if facts.state is _G.RUNNING:
        return Found.INTRUDER if step.image_lives else Found.RUNNING
    return Found(str(facts.state))
