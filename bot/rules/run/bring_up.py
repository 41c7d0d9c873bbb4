"""The bring-up: who is restored or booted next. Repairs stand in `repair`. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState
from bot.rules.operation import Fault, Verb
from bot.rules.plan.order import Stage, stages
from bot.rules.policy.terms import Action
from bot.rules.run import moves, report, trying
from bot.rules.run.hostwork import reboot
from bot.rules.run.journal import Draft, Event, Found
from bot.rules.run.learn import changed
from bot.rules.run.question import stopped
from bot.rules.run.states import AT_REST, Phase, StepState
from bot.rules.run.step_rows import USELESS_IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.rules.limits import Limits
    from bot.rules.run.sight import Rulebook, Sight
    from bot.rules.run.terms import Run, Step

_S = StepState
#: Failures that repeating the restore will not mend; the image is given up and the guest booted.
_HOPELESS = USELESS_IMAGE | {Fault.INCOMPATIBLE}
#: What a step can be in while others wait for it no longer.
SETTLED = AT_REST | {_S.PLANNED}


def two_phase(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the second half of restores under way: spend, then unpause; or take them back."""
    held = stopped(run, sight.holds)
    for step in run.steps.values():
        if step.flight is not None:
            continue
        if step.state is _S.PAUSED:
            yield _after_restore(step, take_back=step.guest in held or bool(step.error))
        elif step.state is _S.SPENT:
            yield from _after_spend(step, held=step.guest in held)
        elif step.state is _S.INTRUDED:
            yield moves.intend(step, Verb.SPEND, image=step.image)


def _after_restore(step: Step, *, take_back: bool) -> Draft:
    """Go on; or remove a failed restore's leftover, or one that was stopped: its image is good."""
    if take_back or step.cold:
        return moves.intend(step, Verb.DESTROY)
    return moves.intend(step, Verb.SPEND, image=step.image)


def _after_spend(step: Step, *, held: bool) -> Iterator[Draft]:
    if step.plan.was == GuestState.PAUSED:
        yield Draft(event=Event.LOOKED, guest=step.guest, data={"verdict": "up", "look": 0})
    elif step.cold or step.attempts.get(Verb.UNPAUSE, 0) > _UNPAUSES:
        yield moves.intend(step, Verb.DESTROY)
    elif not held:
        yield moves.intend(step, Verb.UNPAUSE)


_UNPAUSES = 5


def begin(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Yield restores and boots that may begin now, in the plan's order."""
    held = stopped(run, sight.holds)
    limits = book.limits
    restores = run.plan.streams - moves.count(run, _S.RESTORING)
    boots = limits.starts_at_once - moves.count(run, _S.BOOTING)
    for step in candidates(run):
        facts = sight.guests.get(step.guest)
        if facts is None or step.guest in held:
            continue
        if gives_up(step, limits.attempts):
            yield moves.gave_up(step, step.error or "attempts")
        elif waits_for_memory(run, step):
            continue
        elif to_be_restored(step) and restores > 0:
            restores -= 1
            again = step.state is not _S.SAVED and step.rolled
            yield moves.restore(step, facts, again=again)
        elif not to_be_restored(step) and boots > 0:
            boots -= 1
            yield moves.boot(step, facts)


def to_be_restored(step: Step) -> bool:
    """Say whether a guest that is off comes back from its image; else it is booted."""
    if step.rolled and step.choice == "retry":
        return bool(step.image)
    hopeless = step.cold or step.error in _HOPELESS
    return step.state is _S.SAVED and not hopeless


def gives_up(step: Step, attempts: int) -> bool:
    """Say whether the rules have tried often enough. A hopeless image still may be booted."""
    return step.tries >= attempts + (1 if step.error in _HOPELESS else 0)


def waits_for_memory(run: Run, step: Step) -> bool:
    """Say whether a guest that found too little memory waits for the others [20].

    Not for those that wait for it themselves: a canary goes before its family, a need before
    those that need it.
    """
    if not _lacks_memory(step):
        return False
    startable = {ready.guest for ready in candidates(run) if not _lacks_memory(ready)}
    return any(_under_way(s) or s.guest in startable for s in run.steps.values())


def _under_way(step: Step) -> bool:
    return step.state not in SETTLED and (step.state not in _WAITING or step.flight is not None)


_WAITING = frozenset({_S.SAVED, _S.OFF})


def _lacks_memory(step: Step) -> bool:
    return step.error == Fault.NO_MEMORY and step.state in _WAITING


def candidates(run: Run) -> list[Step]:
    """Return the guests whose turn it is, in order: stage by stage, needs first."""
    waiting = [s for s in run.steps.values() if s.state in {_S.SAVED, _S.OFF} and not s.flight]
    plans = [step.plan for step in run.steps.values()]
    stage: Mapping[str, Stage] = stages(plans) if canaries(run) else {}
    now = min((stage[s.guest] for s in run.steps.values() if _open(s, stage)), default=Stage.REST)
    ready = [s for s in waiting if _in_turn(run, s, stage, now) and _needs_met(run, s)]
    return moves.ranked(ready, saving=False)


def canaries(run: Run) -> bool:
    """Say whether this bring-up goes by canaries: not under a host that never changed."""
    return run.gated and not run.plan.trusted and not run.work.kernel


def _open(step: Step, stage: Mapping[str, Stage]) -> bool:
    return bool(stage) and step.state not in SETTLED and step.action is not Action.UNTOUCHED


def _in_turn(run: Run, step: Step, stage: Mapping[str, Stage], now: Stage) -> bool:
    if not stage:
        return True
    mine = stage[step.guest]
    if now is Stage.FAMILIES:
        if mine is Stage.FAMILIES:
            return step.guest == _next_canary(run, stage)
        return not to_be_restored(step)  # boots need no canary: they go beside
    return mine <= now


def _next_canary(run: Run, stage: Mapping[str, Stage]) -> str:
    """Family canaries go one at a time, each through its last look."""
    mine = [s for s in run.steps.values() if stage[s.guest] is Stage.FAMILIES]
    opened = [s for s in moves.ranked(mine, saving=False) if s.state not in SETTLED]
    under_way = [s for s in opened if s.state not in {_S.SAVED, _S.OFF}]
    return (under_way or opened)[0].guest if opened else ""


def _needs_met(run: Run, step: Step) -> bool:
    needed = (run.steps[name] for name in step.plan.needs if name in run.steps)
    return all(need.state in SETTLED or _of_use(need) for need in needed)


def _of_use(step: Step) -> bool:
    """Say whether a restored guest serves others already: it answered at its first look."""
    return step.state is _S.WATCHED and step.looks > 0 and not step.silent


def finish(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the end, once every guest is verified or listed to a person."""
    steps = run.steps.values()
    if any(s.state not in SETTLED or s.flight is not None for s in steps) or run.question:
        return
    gone = list(_changed(run, sight))
    yield from gone
    if not gone:
        yield report.ended(run, trying.beside_off(run, sight))


def _changed(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield what verified guests have become since: a report must not call them well."""
    for step in run.steps.values():
        what = changed(step, sight.guests.get(step.guest)) if step.state in _VERIFIED else None
        if what is not None:
            yield Draft(event=Event.FOUND, guest=step.guest, data={"what": str(what)})


_VERIFIED = frozenset({_S.UP, _S.UNREACHABLE})


def tidy(run: Run) -> Iterator[Draft]:
    """Remove what is of no more use: images hold customers' memory [37]. A pair is kept."""
    for step in run.steps.values():
        useless = step.state is _S.UP and step.image and step.spent and not step.pair
        if useless and step.flight is None and not step.attempts.get(Verb.DISCARD_IMAGE):
            yield moves.intend(step, Verb.DISCARD_IMAGE, image=step.image)


def aftercare(run: Run, sight: Sight, book: Rulebook) -> Iterator[Draft]:
    """Drop the pairs and images of an ended run when their time has passed; watch them before."""
    yield from _watched_pairs(run, sight)
    yield from _low_space(run, sight, book.limits)
    for step in run.steps.values():
        if step.flight is None and (due := due_at(run, step, book.limits)) and sight.now >= due:
            if step.image:
                yield moves.intend(step, Verb.DISCARD_IMAGE, image=step.image)
            else:
                yield moves.intend(step, Verb.DROP_SNAPSHOT, snapshot=step.pair or step.kept)


#: Where a guest may be after the end while its pair is kept.
_PAIRED = frozenset({_S.UP, _S.UNREACHABLE, _S.FROZEN, _S.DAMAGED, _S.BROKEN, _S.DOWN})
SPACE = "snapshot_space"  # LATE: what


def _watched_pairs(run: Run, sight: Sight) -> Iterator[Draft]:
    """Say so when a pair that is kept is gone: a thick snapshot overflows [7]."""
    for step in run.steps.values():
        facts = sight.guests.get(step.guest)
        known = facts is not None and facts.uuid == step.plan.uuid and step.flight is None
        if facts and known and step.state in _PAIRED and step.pair not in {"", *facts.snapshots}:
            yield Draft(event=Event.FOUND, guest=step.guest, data={"what": str(Found.UNPAIRED)})


def _low_space(run: Run, sight: Sight, limits: Limits) -> Iterator[Draft]:
    """Say once that the space that pairs grow into runs low while some are kept."""
    free = sight.facts.snapshot_space_mib if sight.facts else limits.pair_mib
    if free < limits.pair_mib and SPACE not in run.late and any(s.pair for s in run.steps.values()):
        yield Draft(event=Event.LATE, data={"what": SPACE, "free_mib": free})


def due_at(run: Run, step: Step, limits: Limits) -> datetime | None:
    """Return when what is kept of a step may go: pairs soon, those of failed guests later."""
    kept = step.image or step.pair or step.kept
    tired = step.attempts.get(Verb.DISCARD_IMAGE, 0) + step.attempts.get(Verb.DROP_SNAPSHOT, 0)
    if not kept or run.ended is None or tired > _TIDIES:
        return None
    # A damaged disk as it was is promised to its customer, even when its guest runs again.
    if step.state is _S.UP and step.up_at is not None and not step.kept:
        return step.up_at + timedelta(hours=limits.pair_hours)
    return run.ended + timedelta(days=limits.image_days)


_TIDIES = 4


def go_back(run: Run, sight: Sight) -> Iterator[Draft]:
    """Yield the reboot to the kernel before, which a person chose, and what follows it."""
    before = run.plan.before.kernel
    if run.work.flight is not None or run.question is not None:
        return
    if run.work.error:
        yield Draft(
            event=Event.ASKED,
            data={"question": "work_failed", "error": run.work.error, "task": "reboot"},
        )
    elif sight.facts and sight.facts.kernel == before:
        yield moves.phase(Phase.GATE, "back", kernel=before)
    elif inside := moves.in_memory(sight):  # somebody started one since the choice
        yield Draft(event=Event.ASKED, data={"question": "intruder", "guests": list(inside)})
    else:
        yield reboot(run, sight, kernel=before)
