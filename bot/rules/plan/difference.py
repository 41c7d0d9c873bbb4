"""What a new plan of a host does differently from the one that staff have seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.plan.fingerprint import orders, treatment, work

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.rules.fleet import HostWork
    from bot.rules.plan.terms import Plan, PlanStep


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference alone; empty if both plans have the same hash."""

    added: tuple[PlanStep, ...] = ()
    gone: tuple[PlanStep, ...] = ()
    changed: tuple[tuple[PlanStep, PlanStep], ...] = ()  # another uuid, action, pair or canary
    saves: tuple[str, ...] = ()  # the new order of saves and shutdowns, if it changed
    restores: tuple[str, ...] = ()  # the new order of restores and boots, if it changed
    work: tuple[HostWork, HostWork] | None = None

    def __bool__(self) -> bool:
        return any((self.added, self.gone, self.changed, self.saves, self.restores, self.work))


def difference(old: Plan, new: Plan) -> Difference:
    """Return what differs between two plans of one host, guests in order of name.

    An order has changed when guests that are in both plans have changed places.
    """
    then = {step.guest: step for step in old.steps}
    now = {step.guest: step for step in new.steps}
    both = sorted(then.keys() & now.keys())
    saves, restores = _moved(old, new, both)
    return Difference(
        added=tuple(now[name] for name in sorted(now.keys() - then.keys())),
        gone=tuple(then[name] for name in sorted(then.keys() - now.keys())),
        changed=tuple(
            (then[name], now[name])
            for name in both
            if treatment(then[name]) != treatment(now[name])
        ),
        saves=saves,
        restores=restores,
        work=(old.work, new.work) if work(old) != work(new) else None,
    )


def _moved(old: Plan, new: Plan, both: Collection[str]) -> list[tuple[str, ...]]:
    """Return the new order of saves and that of restores, each empty if it did not change."""
    kept = frozenset(both)
    return [
        now if [n for n in then if n in kept] != [n for n in now if n in kept] else ()
        for then, now in zip(orders(old), orders(new), strict=True)
    ]
