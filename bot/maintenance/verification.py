"""Verification: look at guests that came back, when their looks are due."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.errors import ContactLost
from bot.rules.run.journal import Draft, Event
from bot.rules.run.states import StepState
from bot.rules.run.verify import Look, judge_booted, judge_restored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.ports import HostExecutor, Prober
    from bot.rules.fleet import Check, GuestFacts
    from bot.rules.limits import Limits
    from bot.rules.run.sight import Sight
    from bot.rules.run.terms import Run, Step

_RESTORED = frozenset({StepState.WATCHED, StepState.DEAD})
_DEAD_LOOK = timedelta(seconds=30)  # a dead guest may only have been slow: it is looked at again


class Verifier:
    """Looks at the guests of one host through its executor and a prober."""

    def __init__(self, executor: HostExecutor, prober: Prober, limits: Limits) -> None:
        """Read consoles from *executor*, ask *prober* what answers, when *limits* say."""
        self._executor = executor
        self._prober = prober
        self._limits = limits

    async def look(self, run: Run, sight: Sight) -> list[Draft]:
        """Return a LOOKED row for every guest whose look is due; contact lost yields none."""
        known = ((step, sight.guests.get(step.guest)) for step in due(run, sight.now, self._limits))
        looks = [self._look(step, facts, sight.now) for step, facts in known if facts]
        seen = await asyncio.gather(*looks, return_exceptions=True)
        for failed in (one for one in seen if isinstance(one, BaseException)):
            if not isinstance(failed, ContactLost):
                raise failed
        return [one for one in seen if isinstance(one, Draft)]

    async def _look(self, step: Step, facts: GuestFacts, now: datetime) -> Draft:
        output = await self._executor.console(step.guest, step.mark)
        answers = await self._answers(step)
        number = step.looks + 1
        last = is_last(step, now, self._limits)
        look = Look(
            lines=output.lines,
            cpu_progress=facts.cpu_seconds - step.cpu_seconds,
            devices_connected=facts.devices_connected,
            answered=frozenset(step.plan.checks),
            answers=answers,
            number=number,
            last=last,
            age=age(step, now),
        )
        judge = judge_restored if step.state in _RESTORED else judge_booted
        judgement = judge(look)
        seen = {"look": number, "last": last, "age": round(look.age, 3), "cpu": facts.cpu_seconds}
        return Draft(
            event=Event.LOOKED,
            guest=step.guest,
            data={
                **seen,
                "verdict": str(judgement.verdict),
                "lines": list(judgement.lines),
                "answers": len(answers),
            },
        )

    async def _answers(self, step: Step) -> frozenset[Check]:
        """Ask all checks at once: one that is not answered takes its time to be sure of that."""
        plan = step.plan
        probes = (self._prober.answers(plan.guest, plan.address, check) for check in plan.checks)
        said = await asyncio.gather(*probes)
        return frozenset(check for check, yes in zip(plan.checks, said, strict=True) if yes)


def age(step: Step, now: datetime) -> float:
    """Return for how many seconds the guest has been running."""
    return (now - (step.let_go or step.since)).total_seconds()


def due(run: Run, now: datetime, limits: Limits) -> Iterator[Step]:
    """Yield the steps whose next look is due."""
    for step in run.steps.values():
        at = next_look(step, limits)
        if at is not None and now >= at and step.flight is None:
            yield step


def next_look(step: Step, limits: Limits) -> datetime | None:
    """Return when a guest is looked at next; None if it need not be."""
    let_go = step.let_go or step.since
    if step.state is StepState.WATCHED:
        number = min(step.looks, len(limits.looks) - 1)
        return let_go + timedelta(seconds=limits.looks[number])
    if step.state is StepState.DEAD:
        return (step.looked_at or let_go) + _DEAD_LOOK
    if step.state is StepState.STARTED:
        return (step.looked_at or let_go) + timedelta(seconds=limits.boot_look)
    return None


def is_last(step: Step, now: datetime, limits: Limits) -> bool:
    """Say whether the look that is due now is the one that decides."""
    if step.state is StepState.STARTED:
        return age(step, now) >= limits.boot
    return step.looks + 1 >= len(limits.looks)
