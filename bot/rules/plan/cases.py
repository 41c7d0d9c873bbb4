"""From what is known of a guest to the case that the policy decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.rules.fleet import Guest, SnapshotKind
from bot.rules.hold import covering
from bot.rules.optin import OptIn
from bot.rules.policy import kernel
from bot.rules.policy.decide import decide, decide_again
from bot.rules.policy.evidence import Standing
from bot.rules.policy.terms import Action, Case, Decision, Ground, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.fleet import GuestFacts, HostFacts
    from bot.rules.limits import Limits
    from bot.rules.optin import TrialWish
    from bot.rules.plan.given import PlanInput
    from bot.rules.plan.terms import PlanStep


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A guest's case and what was decided on it."""

    case: Case
    decision: Decision


def case_of(given: PlanInput, facts: GuestFacts, *, pair: bool = True) -> Case:
    """Make the case of one guest; *pair*: there is space for a snapshot of its disk.

    A guest that the inventory does not know, or knows under another uuid, has no opt-in.
    """
    known = record(given, facts)
    opt_in = given.opt_ins.get(facts.name) if known else None
    wish = given.trial_wishes.get(facts.name) if known and given.options.trial else None
    hypervisor = given.observation.facts.hypervisor
    attested = attesting(opt_in, wish)
    seen = kernel.view(facts, attested, given.at, given.policy.attest_months)
    family = kernel.family(hypervisor, facts.mode, facts.system, seen.version)
    return Case(
        guest=known or Guest(name=facts.name, host=given.host.name, uuid=facts.uuid),
        facts=facts,
        opt_in=opt_in,
        trial_wish=wish,
        hold=covering(given.holds, guest=facts.name, host=given.host.name, family=family),
        kernel=seen,
        standing=given.standing(family),
        cell=given.cell(family),
        ground=_ground(given, facts.name, pair=pair),
        settings=given.policy,
    )


def attesting(opt_in: OptIn | None, wish: TrialWish | None) -> OptIn | None:
    """Return the newer of both statements that attests a kernel, as an opt-in would."""
    if wish is None or not wish.kernel or (opt_in and opt_in.kernel and opt_in.at > wish.at):
        return opt_in
    return OptIn(
        guest=wish.guest,
        wanted=wish.wanted,
        at=wish.at,
        who=wish.who,
        how=wish.how,
        kernel=wish.kernel,
    )


def record(given: PlanInput, facts: GuestFacts) -> Guest | None:
    """Return what the inventory says of the guest that was observed, if it is the same."""
    known = given.guests.get(facts.name)
    return known if known and known.uuid in {"", facts.uuid} else None


def _ground(given: PlanInput, guest: str, *, pair: bool) -> Ground:
    permit, facts = given.permit, given.observation.facts
    return Ground(
        hypervisor=facts.hypervisor,
        saves_paused=facts.saves_paused,
        explore=permit.allowed,
        waits={"code": permit.code.value, **permit.fields},
        pair=pair and facts.snapshots is not SnapshotKind.NONE,
        needed=guest in given.all_needed,
        no_suspend=given.options.no_suspend,
        guard=given.options.guard,
        trial=bool(given.options.trial),
    )


def decide_all(given: PlanInput) -> tuple[Decided, ...]:
    """Decide every guest that was observed, in order of name; pairs go where they are needed.

    Snapshot space is given out first where a guest is not suspended without a pair, then by
    priority; who gets none is decided again.
    """
    observed = sorted(_concerned(given), key=lambda facts: facts.name)
    decided = [_decided(given, case_of(given, facts)) for facts in observed]
    without = _without_pair(given, decided)
    return tuple(
        _decided(given, replace(each.case, ground=replace(each.case.ground, pair=False)))
        if each.case.facts.name in without
        else each
        for each in decided
    )


def _concerned(given: PlanInput) -> Iterable[GuestFacts]:
    """Return the guests that the plan is about: those of a trial, or all that were observed."""
    guests = given.observation.guests
    tried = given.options.trial
    return (guests[name] for name in tried if name in guests) if tried else guests.values()


def decide_now(given: PlanInput, step: PlanStep, facts: GuestFacts) -> Decision:
    """Decide just before a guest's save, by what is *given* now: as planned, or shut down.

    Its *facts* are new; of *given* the observation counts only for what the host is.
    """
    planned = Decision(action=step.action, reason=step.reason, fields=step.fields, pair=step.pair)
    pair = step.pair and not (step.trial and no_space(given.observation.facts, given.limits))
    return decide_again(planned, case_of(given, facts, pair=pair))


def no_space(facts: HostFacts, limits: Limits) -> bool:
    """Say whether the host has no space for one more pair."""
    return facts.snapshot_space_mib < limits.pair_mib


def _decided(given: PlanInput, case: Case) -> Decided:
    decision = decide(case)
    left = case.ground.trial and decision.reason is Reason.NOT_OPTED_IN  # nothing is shut down
    if (left or decision.action is Action.SHUTDOWN) and record(given, case.facts) is None:
        decision = replace(decision, reason=Reason.NOT_IN_INVENTORY, fields={})
    return Decided(case=case, decision=decision)


def _without_pair(given: PlanInput, decided: list[Decided]) -> frozenset[str]:
    """Return the guests for whose pairs the space does not suffice."""
    wanting = [each.case for each in decided if each.decision.pair]
    wanting.sort(key=_need)
    space = int(given.observation.facts.snapshot_space_mib // given.limits.pair_mib)
    return frozenset(case.facts.name for case in wanting[space:])


def _need(case: Case) -> tuple[bool, float, str]:
    return (case.standing is Standing.TRUSTED, -case.guest.priority, case.facts.name)
