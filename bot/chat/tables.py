"""What lists show, as plain data: rows and counts, not yet words."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bot.rules.fleet import Role
from bot.rules.policy.evidence import RestoreOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.maintenance.shapes import GuestView
    from bot.rules.plan.terms import PlanStep
    from bot.rules.policy.evidence import Combination, Trial


def of_trials(trials: Iterable[Trial]) -> list[list[object]]:
    """Return one row for each combination, the most used first."""
    found: dict[Combination, list[Trial]] = defaultdict(list)
    for trial in trials:
        found[trial.combination].append(trial)
    return [_of_combination(c, each) for c, each in sorted(found.items(), key=_most)]


def _most(item: tuple[Combination, Sequence[Trial]]) -> tuple[int, str]:
    return -len(item[1]), item[0].family


def _of_combination(combination: Combination, trials: Sequence[Trial]) -> list[object]:
    outcomes = Counter(trial.outcome for trial in trials)
    saved = f"{combination.saved_on} {combination.saved_hypervisor}"
    restored = f"{combination.restored_on} {combination.restored_hypervisor}"
    hosts = len({trial.host for trial in trials})
    numbers = (outcomes[outcome] for outcome in RestoreOutcome)
    return [*numbers, hosts, f"{combination.family}; {saved}, {restored}"]


def name_of(view: GuestView) -> str:
    """Return the guest's name, from wherever it is known."""
    known = view.facts or view.guest
    return known.name if known else "-"


def is_infrastructure(view: GuestView) -> bool:
    """Say whether it is one of our own guests."""
    return view.guest is not None and view.guest.role is Role.INFRASTRUCTURE


def version(step: PlanStep | None) -> str:
    """Return the version of the kernel a guest is planned with, without its distributor's part."""
    return step.kernel.partition("-")[0] if step else ""
