"""The decision on one guest: suspended, shut down or left untouched, and why."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.fleet import GuestState, Role
from bot.rules.policy import kernel as kernels
from bot.rules.policy.evidence import Standing
from bot.rules.policy.terms import Action, Decision, Reason

if TYPE_CHECKING:
    from bot.rules.policy.terms import Case, PolicySettings


def decide(case: Case) -> Decision:
    """Decide whether a guest is suspended, shut down or left untouched.

    No opt-in, a hold, a contradiction and a ban count under all settings.
    """
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
    if now.reason is Reason.NOT_OPTED_IN and case.opt_in:
        return _shut_down(Reason.OPTED_OUT_LATE, since=case.opt_in.at.isoformat())
    return now


def experimental(standing: Standing, settings: PolicySettings) -> bool:
    """Say whether restoring under this standing needs canaries, pairs and one host at a time."""
    return settings.canaries and standing is not Standing.TRUSTED


def _suspend(case: Case) -> Decision:
    customer = case.guest.role is Role.CUSTOMER
    reason = Reason.OPTED_IN if customer else Reason.INFRASTRUCTURE
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
    wanted = case.opt_in is not None and case.opt_in.wanted
    return None if wanted else _shut_down(Reason.NOT_OPTED_IN)


def _option(case: Case) -> Decision | None:
    return _shut_down(Reason.NO_SUSPEND) if case.ground.no_suspend else None


def _hold(case: Case) -> Decision | None:
    hold = case.hold
    if hold is None:
        return None
    return _shut_down(Reason.HELD, scope=hold.scope.value, value=hold.value, why=hold.reason)


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
        return _shut_down(Reason.COMBINATION_BANNED, family=case.family)
    if not experimental(case.standing, case.settings):
        return None
    if case.ground.needed:
        return _shut_down(Reason.NEEDED_BY_OTHERS)
    if not case.ground.explore:
        return _shut_down(Reason.COMBINATION_UNTRUSTED_ELSEWHERE, **case.ground.waits)
    return None


def _pair(case: Case) -> Decision | None:
    if _pair_possible(case):
        return None
    if case.ground.guard:
        return _shut_down(Reason.GUARD_UNMET)
    needs = experimental(case.standing, case.settings)
    return _shut_down(Reason.PAIR_IMPOSSIBLE) if needs else None


def _pair_possible(case: Case) -> bool:
    return case.ground.pair and (case.ground.guard or case.settings.pairs == "auto")


_OBSTACLES = (_wish, _option, _hold, _machine, _kernel, _combination, _pair)
