"""What the recorded outcomes of restores come to, as notices tell it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.maintenance.notices.audiences import is_customer
from bot.rules.policy.evidence import RestoreOutcome, Standing, standing, successes
from bot.rules.policy.kernel import can_be_trusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.rules.fleet import Fleet
    from bot.rules.policy.evidence import Combination, Trial
    from bot.rules.policy.terms import PolicySettings

_PROVED = frozenset({Standing.CANARY, Standing.TRUSTED})


def failures(fleet: Fleet, trials: Sequence[Trial]) -> dict[str, int]:
    """Count the customers' guests that were restored where some were damaged, and the damaged.

    Where: under the same host kernels and hypervisors, whatever the guests' own kernels. Without
    damage both are 0.
    """
    ours = [trial for trial in trials if is_customer(fleet, trial.guest)]
    damaged = [trial for trial in ours if trial.outcome == RestoreOutcome.DAMAGE]
    places = {_place(trial.combination) for trial in damaged}
    restored = {trial.guest for trial in ours if _place(trial.combination) in places}
    return {"restored": len(restored), "failed": len({trial.guest for trial in damaged})}


def tested(trials: Sequence[Trial], policy: PolicySettings) -> list[dict[str, Any]]:
    """Return the combinations that restores went well under, with how many did.

    Left out is what must not be recommended: what has damaged a disk, and kernels that are not
    known or known to be too old, however often they came back well.
    """
    known = dict.fromkeys(trial.combination for trial in trials)
    proved = [c for c in known if can_be_trusted(c.family) and _proved(trials, c, policy)]
    rows = [_row(each, len(successes(trials, each))) for each in proved]
    return sorted(rows, key=lambda row: (row["host_kernel"], row["hypervisor"], row["family"]))


def _proved(trials: Iterable[Trial], combination: Combination, policy: PolicySettings) -> bool:
    return standing(trials, combination, policy) in _PROVED


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
