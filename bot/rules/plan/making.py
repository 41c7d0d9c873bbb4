"""Make the plan of a run: decide, order, predict, and look for what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.plan.cases import decide_all
from bot.rules.plan.cautions import warnings
from bot.rules.plan.cells import cells_of
from bot.rules.plan.disk import Disk
from bot.rules.plan.fingerprint import plan_hash
from bot.rules.plan.prediction import Timing, predict
from bot.rules.plan.prerequisites import problems
from bot.rules.plan.situation import Situation
from bot.rules.plan.steps import ranked, steps_of, untrusted_families
from bot.rules.plan.terms import Before, Order, Plan
from bot.rules.plan.trying import beside, predicted_in_turn, trial_problems, trial_warnings
from bot.rules.policy.terms import Action

if TYPE_CHECKING:
    from bot.rules.fleet import HostFacts
    from bot.rules.plan.given import PlanInput
    from bot.rules.plan.prediction import Prediction
    from bot.rules.plan.terms import PlanStep


def make_plan(given: PlanInput) -> Plan:
    """Plan the run of one host; nothing is touched, and equal input gives an equal plan.

    A plan with `problems` may be shown, not started.
    """
    decided = decide_all(given)
    exploring = bool(untrusted_families(given, decided))
    steps = steps_of(given, decided)
    prediction = _predicted(given, steps)
    plan = _plan(given, steps, prediction, trusted=not exploring)
    plan = replace(plan, cells=cells_of(given, decided))
    situation = _situation(given, steps, prediction, exploring=exploring)
    judged = _judged(plan, situation, given.options.trial)
    return replace(judged, hash=plan_hash(plan, given.host))


def _situation(
    given: PlanInput, steps: tuple[PlanStep, ...], prediction: Prediction, *, exploring: bool
) -> Situation:
    """Return what the checks look at: the whole host, or of a trial only what is tried."""
    tried = given.options.trial
    seen = given.observation.guests
    concerned = {name: facts for name, facts in seen.items() if not tried or name in tried}
    return Situation(
        host=given.host,
        recorded=tuple(given.guests.values()),
        elsewhere=given.elsewhere,
        observation=replace(given.observation, guests=concerned),
        steps=steps,
        surroundings=given.surroundings,
        exploring=exploring,
        wants_pairs=given.policy.pairs == "auto",
        prediction=prediction,
        reboot=prediction if tried else _predicted(given, _all_shut_down(steps)),
    )


def _judged(plan: Plan, situation: Situation, tried: tuple[str, ...]) -> Plan:
    if not tried:
        return replace(plan, problems=problems(situation), warnings=warnings(situation))
    known = trial_problems(situation, tried)
    return replace(plan, problems=known, warnings=trial_warnings(situation, tried))


def timing(given: PlanInput) -> Timing:
    """Return what a run on this host takes beside the transfers of images."""
    limits, work = given.limits, given.work
    return Timing(
        work=given.host.work_seconds if work.reboot or work.manual else 0.0,
        last_look=limits.looks[-1],
        boot=limits.boot_usual,
        start=limits.start_usual,
        starts_at_once=limits.starts_at_once,
    )


def _predicted(given: PlanInput, steps: tuple[PlanStep, ...]) -> Prediction:
    disk = Disk.of(given.host, given.limits.streams)
    if given.options.trial:
        return predicted_in_turn(steps, disk, timing(given))
    return predict(steps, disk, timing(given))


def _all_shut_down(steps: tuple[PlanStep, ...]) -> tuple[PlanStep, ...]:
    """Return the steps of a plain reboot, to compare with."""
    shut = tuple(
        replace(step, action=Action.SHUTDOWN) if step.action is Action.SUSPEND else step
        for step in steps
    )
    return ranked(shut, Order.SUM)


def _plan(
    given: PlanInput, steps: tuple[PlanStep, ...], prediction: Prediction, *, trusted: bool
) -> Plan:
    disk = Disk.of(given.host, given.limits.streams)
    return Plan(
        host=given.host.name,
        at=given.at,
        steps=tuple(_timed(step, prediction) for step in steps),
        order=Order(given.limits.order),
        work=given.work,
        before=_before(given.observation.facts),
        beside=beside(given.observation.guests, given.options.trial),
        streams=disk.streams,
        disk_mib_s=disk.mib_s,
        verify_mib_s=disk.verify_mib_s,
        trusted=trusted,
        save_seconds=prediction.save_seconds,
        drain_seconds=prediction.drain_seconds,
        work_seconds=timing(given).work,
        restore_seconds=prediction.restore_seconds,
        sum_downtime=prediction.total,
        worst_downtime=prediction.worst,
    )


def _timed(step: PlanStep, prediction: Prediction) -> PlanStep:
    if step.guest not in prediction.downtimes:
        return step
    downtime = prediction.downtimes[step.guest]
    return replace(step, begins=prediction.begins[step.guest], expected_downtime=downtime)


def _before(facts: HostFacts) -> Before:
    return Before(
        boot_id=facts.boot_id,
        kernel=facts.kernel,
        hypervisor=facts.hypervisor,
        memory_mib=facts.memory_mib,
        bridges=facts.bridges,
        volume_groups=facts.volume_groups,
        cpu_features=facts.cpu_features,
    )
