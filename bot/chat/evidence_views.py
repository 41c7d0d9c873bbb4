"""How evidence looks: the matrix, one cell of it, and what staff say of a cell."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from bot.maintenance.formats import moment
from bot.ports import Message
from bot.rules.policy.evidence import RestoreOutcome, Standing, Verdict, heeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.maintenance.words import Words
    from bot.rules.policy.evidence import Combination, Judgement
    from bot.rules.policy.matrix import Cell

MANY = 20  # cells; more are counted where the matrix is not what was asked for


class EvidenceViews:
    """Answers about evidence, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words

    def matrix(self, cells: Sequence[Cell]) -> Message:
        """Show the matrix, a cell on a line, those of the same host kernels together."""
        groups = [
            {"place": self._place(place), "rows": [_row(cell) for cell in group]}
            for place, group in groupby(cells, key=lambda cell: _place(cell.combination))
        ]
        judged = [self._word(cell) for cell in cells if cell.judgement]
        return self._say("matrix", groups=groups, judged=judged)

    def in_short(self, cells: Sequence[Cell]) -> Message:
        """Show the matrix if it is short, else how many cells there are of each standing."""
        if len(cells) <= MANY:
            return self.matrix(cells)
        counts = Counter(cell.standing for cell in cells)
        known = {standing.value: counts[standing] for standing in Standing}
        damage = sum(cell.outcomes[RestoreOutcome.DAMAGE] for cell in cells)
        return self._say("summary", cells=len(cells), counts=known, damage=damage)

    def cell(self, cell: Cell) -> Message:
        """Show one cell whole: what the policy makes of it and why, all that came and was said."""
        return self._say(
            "cell",
            cell=cell.name,
            family=cell.combination.family,
            place=self._place(_place(cell.combination)),
            standing=cell.standing.value,
            why=self._why(cell),
            never=cell.never is not None,
            trials=[
                [_at(t.at), t.run, t.host, t.guest, RestoreOutcome(t.outcome).value]
                for t in cell.trials
            ],
            said=[
                [_at(each.at), each.actor, Verdict(each.verdict).value, each.reason]
                for each in cell.judgements
            ],
        )

    def question(self, cell: Cell) -> Message:
        """Ask whether *cell* is to be trusted."""
        family, trials = cell.combination.family, len(cell.trials)
        return self._say("question", cell=cell.name, family=family, trials=trials)

    def judged(self, cell: Cell, judgement: Judgement, saved: Sequence[str] = ()) -> Message:
        """Say what the policy makes of *cell* after *judgement*, with guests *saved* under it."""
        return self._say(
            "judged",
            cell=cell.name,
            family=cell.combination.family,
            place=self._place(_place(cell.combination)),
            verdict=Verdict(judgement.verdict).value,
            standing=cell.standing.value,
            why=self._why(cell),
            saved=saved,
        )

    def _why(self, cell: Cell) -> str:
        said = cell.judgement
        trusts = said is not None and heeded(said, cell.trials)
        return self._words.code(
            "lacking",
            cell.lacking.value,
            {
                "good": cell.good,
                "hosts": cell.good_hosts,
                "more": cell.more,
                "more_hosts": cell.more_hosts,
                "who": said.actor if said else "",
                "reason": said.reason if said else "",
                "trusts": trusts,
            },
        )

    def _word(self, cell: Cell) -> dict[str, object]:
        said = cell.judgement
        assert said is not None  # noqa: S101 - only cells with one are asked about
        stands = said.verdict == Verdict.BAN or heeded(said, cell.trials)
        verdict = Verdict(said.verdict).value
        return {**vars(said), "cell": cell.name, "verdict": verdict, "stands": stands}

    def _place(self, place: tuple[str, ...]) -> str:
        saved, restored = " ".join(place[:2]), " ".join(place[2:])
        return self._words.say("evidence", "place", saved=saved, restored=restored)

    def _say(self, macro: str, **known: object) -> Message:
        return Message(text=self._words.say("evidence", macro, **known))


def _place(combination: Combination) -> tuple[str, ...]:
    return (
        combination.saved_on,
        combination.saved_hypervisor,
        combination.restored_on,
        combination.restored_hypervisor,
    )


def _row(cell: Cell) -> list[object]:
    counts = [cell.outcomes[outcome] for outcome in RestoreOutcome]
    last = f"{cell.last:%Y-%m-%d}" if cell.last else "-"
    stands = f"{cell.standing.value}, {cell.combination.family}"
    return [cell.name, *counts, cell.hosts, last, stands]


def _at(at: object) -> str:
    return moment(at).removesuffix(" UTC")  # type: ignore[arg-type]
