"""The decision on one guest: suspended, shut down or left untouched, and why."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.rules.fleet import GuestState, Role
from bot.rules.optin import still_wished
from bot.rules.policy import kernel as kernels
from bot.rules.policy.evidence import Standing
from bot.rules.policy.terms import Action, Decision, Reason

if TYPE_CHECKING:
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.policy.terms import Case, PolicySettings


def decide(case: Case) -> Decision:
    """Decide whether a guest is suspended, shut down or left untouched.

    No opt-in, a hold, a contradiction and a ban count under all settings. In a trial nothing is
    shut down: a guest that may not be suspended is left as it is.
    """
    decision = _decide(case)
    if case.ground.trial and decision.action is Action.SHUTDOWN:
        return replace(decision, action=Action.UNTOUCHED)
    return decision


def _decide(case: Case) -> Decision:
    untouched = _untouched(case)
    if untouched:
        return untouched
    against = next((no for obstacle in _OBSTACLES if (no := obstacle(case))), None)
    if case.facts.state is GuestState.PAUSED and (against or not case.ground.saves_paused):
        # It cannot be shut down either: it would have to run for that.
        why = against.reason.value if against else ""
        return _leave(Reason.PAUSED_CANNOT_BE_SAVED, why=why)
    return against or _suspend(case)


def decide_again(planned: Decision, case: Case) -> Decision:
    """Decide just before saving: as planned, unless that was to suspend and no longer may be.

    So late opt-outs are honoured, and late opt-ins are not.
    """
    if planned.action is not Action.SUSPEND:
        return planned
    now = decide(case)
    if now.reason is Reason.NOT_OPTED_IN:
        return replace(now, **_withdrawn(planned, case))
    return now


def _withdrawn(planned: Decision, case: Case) -> dict[str, Any]:
    """Return the reason and fields of a wish that was withdrawn after the plan."""
    said: OptIn | TrialWish | None = case.opt_in
    reason = Reason.OPTED_OUT_LATE
    voided = case.trial_wish is not None and case.trial_wish.wanted  # by an opt-out after it
    if planned.reason is Reason.TRIAL_WISHED and not voided:
        said, reason = case.trial_wish, Reason.TRIAL_WITHDRAWN
    if said is None:
        return {}
    return {"reason": reason, "fields": MappingProxyType({"since": said.at.isoformat()})}


def experimental(standing: Standing, settings: PolicySettings) -> bool:
    """Say whether restoring under this standing needs canaries, pairs and one host at a time."""
    return settings.canaries and standing is not Standing.TRUSTED


def _suspend(case: Case) -> Decision:
    customer = case.guest.role is Role.CUSTOMER
    reason = Reason.OPTED_IN if customer else Reason.INFRASTRUCTURE
    if customer and _wished(case):  # also if it is opted in: its customer has agreed to more
        reason = Reason.TRIAL_WISHED
    return Decision(action=Action.SUSPEND, reason=reason, pair=_pair_possible(case))


def _shut_down(reason: Reason, **fields: object) -> Decision:
    return Decision(action=Action.SHUTDOWN, reason=reason, fields=MappingProxyType(fields))


def _leave(reason: Reason, **fields: object) -> Decision:
    return Decision(action=Action.UNTOUCHED, reason=reason, fields=MappingProxyType(fields))


_HANGING = {
    GuestState.ZOMBIE: Reason.ZOMBIE,
    GuestState.SUSPENDED: Reason.HANGS_SUSPENDED,
}


def _untouched(case: Case) -> Decision | None:
    facts = case.facts
    if facts.instances > 1:
        return _leave(Reason.RUNS_TWICE, instances=facts.instances)
    if facts.state in _HANGING:
        return _leave(_HANGING[facts.state])
    if facts.state is GuestState.OFF:
        return _leave(Reason.BLOCKED if facts.blocked else Reason.WAS_OFF)
    return _leave(Reason.BLOCKED_BUT_RUNS) if facts.blocked else None


# The obstacles to suspending, in the order in which they are named to people. Each returns None
# where it is not in the way.


def _wish(case: Case) -> Decision | None:
    if case.guest.role is Role.INFRASTRUCTURE:
        return None if case.guest.suspend else _shut_down(Reason.INFRASTRUCTURE_NOT_SUSPENDED)
    if withdrawn := _unwished(case):
        return _shut_down(Reason.TRIAL_WITHDRAWN, since=withdrawn.at.isoformat())
    return None if _opted_in(case) or _wished(case) else _shut_down(Reason.NOT_OPTED_IN)


def _opted_in(case: Case) -> bool:
    return case.opt_in is not None and case.opt_in.wanted


def _wished(case: Case) -> bool:
    """Say whether its customer asked for a trial, and this is one: for nothing else it counts.

    Who opts out after that wants no trial either.
    """
    return case.ground.trial and still_wished(case.trial_wish, case.opt_in)


def _unwished(case: Case) -> TrialWish | None:
    """Return the word by which a trial was withdrawn after the guest was opted in, if this is one.

    Its customer still wants to be suspended in maintenance, but not tried.
    """
    wish, said = case.trial_wish, case.opt_in
    if not case.ground.trial or wish is None or wish.wanted or wish.how == CARRIED_OUT:
        return None
    return wish if said is not None and said.wanted and wish.at > said.at else None


CARRIED_OUT = "trial"  # how: of the word that a wish was carried out


def _option(case: Case) -> Decision | None:
    return _shut_down(Reason.NO_SUSPEND) if case.ground.no_suspend else None


def _hold(case: Case) -> Decision | None:
    hold = case.hold
    if hold is None:
        return None
    return _shut_down(
        Reason.HELD,
        scope=hold.scope.value,
        value=hold.value,
        why=hold.reason,
        who=hold.opened_by,
        since=hold.opened_at.isoformat(),
    )


def _machine(case: Case) -> Decision | None:
    facts = case.facts
    if facts.unsaveable:
        return _shut_down(Reason.DEVICE_CANNOT, devices=facts.unsaveable)
    if not kernels.guest_takes_part(case.ground.hypervisor) or not kernels.is_other(facts.system):
        return None
    able = facts.system.lower() in case.settings.systems
    return None if able else _shut_down(Reason.SYSTEM_CANNOT, system=facts.system)


def _kernel(case: Case) -> Decision | None:
    seen, settings = case.kernel, case.settings
    if seen.contradiction:
        return _shut_down(Reason.KERNEL_CONTRADICTS, claims=dict(seen.contradiction))
    safety = kernels.safety(seen, case.facts.system, case.ground.hypervisor, settings)
    if safety is kernels.Safety.OLD and settings.old_kernels == "shutdown":
        return _shut_down(Reason.KERNEL_OLD, kernel=seen.release_text, source=seen.source.value)
    if safety is kernels.Safety.UNKNOWN and settings.unknown_kernels == "shutdown":
        return _shut_down(Reason.KERNEL_UNKNOWN)
    return None


def _combination(case: Case) -> Decision | None:
    if case.standing is Standing.BANNED:
        return _shut_down(Reason.COMBINATION_BANNED, **_cell(case), **_banned_by(case))
    # A trial is how one learns: one guest at a time, with a pair, for its customer's or our own
    # wish. It waits for no other host, and others that need the guest do without for a minute.
    if case.ground.trial or not experimental(case.standing, case.settings):
        return None
    if case.ground.needed:
        return _shut_down(Reason.NEEDED_BY_OTHERS)
    if not case.ground.explore:
        waits = {**case.ground.waits, **_cell(case)}
        return _shut_down(Reason.COMBINATION_UNTRUSTED_ELSEWHERE, **waits)
    return None


def _cell(case: Case) -> dict[str, object]:
    named = {"cell": case.cell.name} if case.cell else {}
    return {"family": case.family, **named}


def _banned_by(case: Case) -> dict[str, object]:
    """Return who has banned the combination, and why; nothing if damage has."""
    said = case.cell.banned_by if case.cell else None
    return {"who": said.actor, "why": said.reason} if said else {}


def _pair(case: Case) -> Decision | None:
    if _pair_possible(case):
        return None
    if case.ground.trial:
        return _shut_down(Reason.TRIAL_UNPAIRED)
    if case.ground.guard:
        return _shut_down(Reason.GUARD_UNMET)
    needs = experimental(case.standing, case.settings)
    return _shut_down(Reason.PAIR_IMPOSSIBLE) if needs else None


def _pair_possible(case: Case) -> bool:
    ground = case.ground
    return ground.pair and (ground.guard or ground.trial or case.settings.pairs == "auto")


_OBSTACLES = (_wish, _option, _hold, _machine, _kernel, _combination, _pair)
