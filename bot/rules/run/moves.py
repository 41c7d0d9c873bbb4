"""How the rules say what to do next: drafts of journal rows. An INTENDED row is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import Verb
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import Phase, StepState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.fleet import GuestFacts
    from bot.rules.policy.terms import Decision
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step


def intend(step: Step, verb: Verb, **needs: object) -> Draft:
    """Return the intent to do *verb* to a step's guest, as its next attempt."""
    attempt = step.attempts.get(verb, 0) + 1
    about = {"verb": str(verb), "attempt": attempt, "uuid": step.plan.uuid}
    return Draft(event=Event.INTENDED, guest=step.guest, data={**about, **needs})


def intend_host(run: Run, verb: Verb, **needs: object) -> Draft:
    """Return the intent to do *verb* to the host itself."""
    attempt = run.work.attempts.get(verb, 0) + 1
    return Draft(event=Event.INTENDED, data={"verb": str(verb), "attempt": attempt, **needs})


def phase(to: Phase, why: str = "", **fields: object) -> Draft:
    """Return the row that enters a phase."""
    return Draft(event=Event.PHASE, data={"to": str(to), "why": why, **fields})


def bring_up(sight: Sight, why: str, **fields: object) -> Draft:
    """Return the row that begins or resumes the bring-up, on the host as it runs now."""
    boot_id = sight.facts.boot_id if sight.facts else ""
    return phase(Phase.BRING_UP, why, boot_id=boot_id, **fields)


def restarted(run: Run, sight: Sight) -> bool:
    """Say whether the host has been started anew since its phase began, and not by us."""
    return sight.facts is not None and run.boot_id not in {"", sight.facts.boot_id}


def worked_by_hand(run: Run, sight: Sight) -> bool:
    """Say whether a person has rebooted the host, whose work is theirs; guests may be up again."""
    return run.plan.work.manual and restarted(run, sight)


def gave_up(step: Step, code: str) -> Draft:
    """Return the row that leaves a guest to a person."""
    return Draft(event=Event.GAVE_UP, guest=step.guest, data={"code": code})


def restore(step: Step, facts: GuestFacts, *, again: bool = False) -> Draft:
    """Return the intent to restore a guest paused, with the mark its console is read from."""
    return intend(step, Verb.RESTORE, image=step.image, mark=facts.console_end, again=again)


def boot(step: Step, facts: GuestFacts) -> Draft:
    """Return the intent to boot a guest; its live images are spent by the host first."""
    return intend(step, Verb.BOOT, mark=facts.console_end)


def decided(step: Step, decision: Decision, domid: int) -> Draft:
    """Return the row that changes what is planned for a guest, just before its save."""
    about = {"reason": str(decision.reason), "fields": dict(decision.fields), "domid": domid}
    return Draft(
        event=Event.DECIDED, guest=step.guest, data={"action": str(decision.action), **about}
    )


def in_flight(run: Run) -> int:
    """Return how many operations have no recorded outcome."""
    guests = sum(1 for step in run.steps.values() if step.flight is not None)
    return guests + (run.work.flight is not None)


def count(run: Run, *states: StepState) -> int:
    """Return how many steps are in one of *states*."""
    wanted = set(states)
    return sum(1 for step in run.steps.values() if step.state in wanted)


def ranked(steps: Iterable[Step], *, saving: bool) -> list[Step]:
    """Return steps in the plan's order of saving or of restoring."""
    if saving:
        return sorted(steps, key=lambda step: (step.plan.save_rank, step.guest))
    return sorted(steps, key=lambda step: (step.plan.restore_rank, step.guest))


def in_memory(sight: Sight) -> tuple[str, ...]:
    """Return the guests that are in the host's memory in any form."""
    return tuple(sorted(g.name for g in sight.guests.values() if g.state is not GuestState.OFF))
