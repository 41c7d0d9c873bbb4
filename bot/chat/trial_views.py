"""How answers about trials look, in the words of `templates/chat/trials.jinja`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.maintenance.telling import acts, trial_deed
from bot.maintenance.windows.times import clocks, stamp
from bot.ports import Message
from bot.rules.plan.prerequisites import suspended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.maintenance.trials import Tried, Wished
    from bot.maintenance.words import Words
    from bot.rules.optin import TrialWish
    from bot.rules.plan.terms import Plan


class TrialViews:
    """Answers about trials, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def plan(self, plan: Plan) -> str:
        """Return the words of a trial's plan: who, in which order, with what before and after."""
        steps = sorted(plan.steps, key=lambda step: step.save_rank)
        return self._words.say(
            "trials",
            "plan",
            host=plan.host,
            hash=plan.hash,
            guests=steps,
            problems=plan.problems,
            warnings=plan.warnings,
            kernel=plan.before.kernel,
            hypervisor=plan.before.hypervisor,
            cells=plan.cells,
            memory=sum(step.memory_mib for step in suspended(steps)),
            seconds=plan.drain_seconds + plan.restore_seconds,
        )

    def trials(self, wished: Sequence[Wished], tried: Sequence[Tried]) -> Message:
        """List the trials that are asked for, with what carries each out, and those that were."""
        wishes = [vars(each.wish) | {"host": each.host} for each in wished]
        rows = [vars(each) for each in tried]
        deeds = [trial_deed((each.wish.guest,)) for each in wished if each.host]
        text = self._words.say("trials", "trials", wishes=wishes, rows=rows)
        return Message(text=text, acts=acts(self._words, deeds))

    def asked_for(self, wish: TrialWish, host: str) -> Message:
        """Say that a customer's wish for a trial is recorded, and what carries it out."""
        known = {"guest": wish.guest, "host": host, "note": wish.note}
        deed = trial_deed((wish.guest,))
        text = self._words.say("trials", "asked_for", **known)
        return Message(text=text, acts=acts(self._words, [deed]))

    def agreed(self, wish: TrialWish, zone: str) -> Message:
        """Say when a trial is to be, in *zone* and in UTC."""
        at = wish.agreed
        clock = stamp(clocks(at, zone)[0].at) if at else ""
        known = {"guest": wish.guest, "at": at, "clock": clock, "zone": zone}
        return Message(text=self._words.say("trials", "agreed", **known))

    def withdrawn(self, guest: str) -> Message:
        """Say that nobody asks for the trial of *guest* any more."""
        return Message(text=self._words.say("trials", "withdrawn", guest=guest))
