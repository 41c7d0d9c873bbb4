"""From decisions to the steps of a plan, with their places in both orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.fleet import Role
from bot.rules.plan.canaries import with_canaries
from bot.rules.plan.data import frozen
from bot.rules.plan.order import circles, restore_order, save_order
from bot.rules.plan.terms import Order, PlanStep
from bot.rules.plan.trying import tried_in_turn
from bot.rules.policy.decide import experimental
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.rules.plan.cases import Decided
    from bot.rules.plan.given import PlanInput


def steps_of(given: PlanInput, decided: Sequence[Decided]) -> tuple[PlanStep, ...]:
    """Return a step for each guest, in order of name, with canaries marked and all ranks given."""
    needs = _needs(given, decided)
    steps = [_step(given, each, needs[each.case.facts.name]) for each in decided]
    if given.options.trial:
        return tried_in_turn(steps, given.options.trial, given.limits)
    expendable = {name for name, guest in given.guests.items() if guest.canary}
    marked = with_canaries(steps, expendable, untrusted_families(given, decided))
    return ranked(marked, Order(given.limits.order))


def untrusted_families(given: PlanInput, decided: Iterable[Decided]) -> frozenset[str]:
    """Return the families that are suspended though their restores are not trusted yet."""
    return frozenset(
        each.case.family
        for each in decided
        if each.decision.action is Action.SUSPEND and experimental(each.case.standing, given.policy)
    )


def ranked(steps: Sequence[PlanStep], order: Order) -> tuple[PlanStep, ...]:
    """Return *steps* with the ranks that *order* gives them."""
    saves = {name: rank for rank, name in enumerate(save_order(steps, order))}
    restores = {name: rank for rank, name in enumerate(restore_order(steps, order))}
    return tuple(
        replace(step, save_rank=saves[step.guest], restore_rank=restores[step.guest])
        if step.guest in restores
        else step
        for step in steps
    )


def _needs(given: PlanInput, decided: Sequence[Decided]) -> dict[str, tuple[str, ...]]:
    """Return what each guest waits for: what it needs of this run, but nobody in a circle."""
    moved = {d.case.facts.name for d in decided if d.decision.action is not Action.UNTOUCHED}
    circle = circles({name: guest.needs for name, guest in given.guests.items()})
    waits: dict[str, tuple[str, ...]] = {}
    for guest in (each.case.guest for each in decided):
        dropped = circle if guest.name in circle else frozenset()
        waits[guest.name] = tuple(n for n in guest.needs if n in moved and n not in dropped)
    return waits


def _step(given: PlanInput, decided: Decided, needs: tuple[str, ...]) -> PlanStep:
    case, decision = decided.case, decided.decision
    guest, facts = case.guest, case.facts
    usual = guest.shutdown_seconds
    return PlanStep(
        guest=facts.name,
        uuid=facts.uuid,
        action=decision.action,
        reason=decision.reason,
        fields=frozen(decision.fields),
        memory_mib=facts.memory_mib,
        family=case.family,
        kernel=case.kernel.release_text,
        infrastructure=guest.role is Role.INFRASTRUCTURE,
        pair=decision.pair,
        needs=needs,
        priority=guest.priority,
        address=guest.address,
        checks=given.answered.get(facts.name, ()),
        was=facts.state.value,
        shutdown_seconds=given.limits.shutdown if usual is None else usual,
    )
