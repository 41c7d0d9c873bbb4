"""Which cells of the matrix of evidence decided on the guests of a plan."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.rules.plan.terms import PlanCell
from bot.rules.policy.evidence import Verdict
from bot.rules.policy.terms import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.plan.cases import Decided
    from bot.rules.plan.given import PlanInput
    from bot.rules.policy.matrix import Cell

#: Why a guest is shut down that would be suspended if its combination was trusted.
BY_COMBINATION = frozenset(
    {
        Reason.COMBINATION_BANNED,
        Reason.COMBINATION_UNTRUSTED_ELSEWHERE,
        Reason.NEEDED_BY_OTHERS,
        Reason.PAIR_IMPOSSIBLE,
    }
)


def cells_of(given: PlanInput, decided: Iterable[Decided]) -> tuple[PlanCell, ...]:
    """Return the cells of the families that are suspended, or shut down because of theirs."""
    suspended: Counter[str] = Counter()
    shut: Counter[str] = Counter()
    for each in decided:
        suspended[each.case.family] += each.decision.action is Action.SUSPEND
        shut[each.case.family] += each.decision.reason in BY_COMBINATION
    families = sorted(name for name in suspended if suspended[name] or shut[name])
    return tuple(_told(given, given.cell(f), suspended[f], shut[f]) for f in families)


def _told(given: PlanInput, cell: Cell, suspended: int, shut: int) -> PlanCell:
    said = cell.judgement
    enough = cell.good >= given.policy.trust_count and cell.good_hosts >= given.policy.trust_hosts
    word = said is not None and said.verdict == Verdict.TRUST and cell.standing == "trusted"
    return PlanCell(
        family=cell.combination.family,
        cell=cell.name,
        standing=cell.standing.value,
        good=cell.good,
        wanted=given.policy.trust_count,
        hosts=cell.good_hosts,
        trusted_by=said.actor if said and word and not enough else "",
        suspended=suspended,
        shut=shut,
    )
