"""What the recorded outcomes of restores come to, as notices tell it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import is_customer
from bot.maintenance.notices.optins import too_old
from bot.rules.policy.evidence import RestoreOutcome, Standing, standing, successes
from bot.rules.policy.kernel import can_be_trusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.rules.fleet import Fleet
    from bot.rules.policy.evidence import Combination, Judgement, Trial
    from bot.rules.policy.terms import PolicySettings

_PROVED = frozenset({Standing.CANARY, Standing.TRUSTED})


def failures(fleet: Fleet, trials: Sequence[Trial], policy: PolicySettings) -> dict[str, Any]:
    """Count the customers' guests that were restored where some were damaged, and the damaged.

    Where: under the same host kernels and hypervisors, whatever the guests' own kernels. Without
    damage both are 0. `suspected`: every damaged guest ran a kernel that is known to be too old.
    """
    ours = [trial for trial in trials if is_customer(fleet, trial.guest)]
    damaged = [trial for trial in ours if trial.outcome == RestoreOutcome.DAMAGE]
    places = {_place(trial.combination) for trial in damaged}
    restored = {trial.guest for trial in ours if _place(trial.combination) in places}
    suspected = bool(damaged) and all(_old(trial.combination.family, policy) for trial in damaged)
    failed = len({trial.guest for trial in damaged})
    return {"restored": len(restored), "failed": failed, "suspected": suspected}


def _old(family: str, policy: PolicySettings) -> bool:
    _, linux, series = family.partition("/linux-")
    return bool(linux) and too_old(series, policy)


def tested(
    trials: Sequence[Trial],
    judgements: Sequence[Judgement],
    policy: PolicySettings,
    since: datetime,
) -> list[dict[str, Any]]:
    """Return the combinations that restores went well under after *since*, with how many did.

    Left out is what must not be recommended: what is banned, by damage or by staff, and kernels
    that are not known or known to be too old, however often they came back well.
    """
    known = dict.fromkeys(trial.combination for trial in trials)
    able = [each for each in known if can_be_trusted(each.family)]
    proved = [c for c in able if standing(trials, c, policy, judgements) in _PROVED]
    counts = {each: _since(successes(trials, each), since) for each in proved}
    rows = [_row(each, count) for each, count in counts.items() if count]
    return sorted(rows, key=_in_order)


def _since(trials: Iterable[Trial], since: datetime) -> int:
    return sum(trial.at > since for trial in trials)


def _in_order(row: dict[str, Any]) -> list[list[Any]]:
    """Sort versions as numbers: 5.4 comes before 5.10."""
    texts = (row["host_kernel"], row["hypervisor"], row["family"])
    return [[int(p) if p.isdecimal() else p for p in re.split(r"(\d+)", text)] for text in texts]


def _row(combination: Combination, count: int) -> dict[str, Any]:
    return {
        "host_kernel": _from_to(combination.saved_on, combination.restored_on),
        "hypervisor": _from_to(combination.saved_hypervisor, combination.restored_hypervisor),
        "family": combination.family,
        "count": count,
    }


def _from_to(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _place(combination: Combination) -> tuple[str, ...]:
    return (
        combination.saved_on,
        combination.saved_hypervisor,
        combination.restored_on,
        combination.restored_hypervisor,
    )
