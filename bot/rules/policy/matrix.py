"""The matrix of evidence: a cell for each combination, its name, and what the policy makes of it.

Staff speak of a cell by its name, the beginning of a digest of the combination: it stays the same
whatever is recorded, in every process and on every day.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from operator import eq
from typing import TYPE_CHECKING

from bot.rules.errors import BadRequest, Code
from bot.rules.policy import kernel
from bot.rules.policy.evidence import (
    RestoreOutcome,
    Standing,
    Verdict,
    damaged,
    standing,
    successes,
    word_on,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.rules.policy.evidence import Combination, Judgement, Trial
    from bot.rules.policy.terms import PolicySettings

DIGITS = 6  # hexadecimal, of a name, if no other cell begins with the same


class Lacking(StrEnum):
    """What a combination lacks to be trusted; each has words in `templates/chat/lacking.jinja`."""

    NOTHING = "nothing"  # it is trusted
    PROOF = "proof"  # more: so many restores; hosts: on at least so many others
    KERNEL = "kernel"  # its kernel cannot be trusted, whatever its restores
    DAMAGE = "damage"  # it has damaged a disk, which nothing undoes
    BAN = "ban"  # staff have banned it


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination: all that came of restores under it, and all that was said of it."""

    name: str
    combination: Combination
    trials: tuple[Trial, ...]  # in order of time
    judgements: tuple[Judgement, ...]  # as they came
    standing: Standing
    good: int  # restores that count towards trust
    good_hosts: int  # on so many hosts
    lacking: Lacking
    more: int = 0  # restores that it lacks
    more_hosts: int = 0  # other hosts that it lacks

    @property
    def outcomes(self) -> Mapping[RestoreOutcome, int]:
        """How often each outcome came; 0 of what never did."""
        return Counter(trial.outcome for trial in self.trials)

    @property
    def hosts(self) -> int:
        """On how many hosts it was tried."""
        return len({trial.host for trial in self.trials})

    @property
    def last(self) -> datetime | None:
        """When the newest outcome was recorded."""
        return self.trials[-1].at if self.trials else None

    @property
    def judgement(self) -> Judgement | None:
        """What staff say of it and have not withdrawn; whether it is heeded is in `standing`."""
        return word_on(self.judgements, self.combination)

    @property
    def never(self) -> Lacking | None:
        """Why nobody can trust it, whatever comes of restores; None: it can be trusted."""
        if damaged(self.trials):
            return Lacking.DAMAGE
        able = kernel.can_be_trusted(self.combination.family)
        return None if able else Lacking.KERNEL

    @property
    def banned_by(self) -> Judgement | None:
        """The ban of staff, where it is not damage that bans it."""
        said = self.judgement
        return said if said and self.lacking is Lacking.BAN else None


def matrix(
    trials: Iterable[Trial],
    judgements: Sequence[Judgement],
    settings: PolicySettings,
    also: Iterable[Combination] = (),
) -> tuple[Cell, ...]:
    """Return a cell for each combination that was tried or judged, and for *also*.

    Those of the same host kernels and hypervisors stand together, the most tried first.
    """
    tried: defaultdict[Combination, list[Trial]] = defaultdict(list)
    for trial in trials:
        tried[trial.combination].append(trial)
    said: defaultdict[Combination, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        said[judgement.combination].append(judgement)
    known = {*tried, *said, *also}
    cells = (
        cell_of(each, name, tried.get(each, ()), said.get(each, ()), settings)
        for each, name in _names(known)
    )
    return tuple(sorted(cells, key=_in_order))


def cell_of(
    combination: Combination,
    name: str,
    trials: Iterable[Trial],
    judgements: Iterable[Judgement],
    settings: PolicySettings,
) -> Cell:
    """Return the cell of *combination*; what concerns others is left aside."""
    ours = sorted((t for t in trials if t.combination == combination), key=lambda trial: trial.at)
    said = tuple(each for each in judgements if each.combination == combination)
    good = successes(ours, combination)
    cell = Cell(
        name=name,
        combination=combination,
        trials=tuple(ours),
        judgements=said,
        standing=standing(ours, combination, settings, said),
        good=len(good),
        good_hosts=len({trial.host for trial in good}),
        lacking=Lacking.NOTHING,
    )
    return replace(
        cell,
        lacking=_lacking(cell),
        more=max(settings.trust_count - cell.good, 0),
        more_hosts=max(settings.trust_hosts - cell.good_hosts, 0),
    )


def _lacking(cell: Cell) -> Lacking:
    banned = cell.judgement is not None and cell.judgement.verdict == Verdict.BAN
    if banned and cell.never is not Lacking.DAMAGE:
        return Lacking.BAN
    if cell.never:
        return cell.never
    return Lacking.NOTHING if cell.standing is Standing.TRUSTED else Lacking.PROOF


def _in_order(cell: Cell) -> tuple[object, ...]:
    *place, family = astuple(cell.combination)
    return (*place, -len(cell.trials), family)


def name_of(combination: Combination, among: Iterable[Combination]) -> str:
    """Return the name of *combination*: as short as can be told from those of *among*."""
    return dict(_names({combination, *among}))[combination]


def _names(combinations: Iterable[Combination]) -> Iterator[tuple[Combination, str]]:
    """Name each; in order of their digests the nearest are beside each other."""
    known = {_digest(each): each for each in combinations}
    digests = ["", *sorted(known), ""]
    for before, digest, after in zip(digests, digests[1:], digests[2:], strict=False):
        shared = max(_alike(digest, before), _alike(digest, after))
        yield known[digest], digest[: max(DIGITS, shared + 1)]


def _alike(one: str, other: str) -> int:
    """Return how many digits two digests share at their beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def found(cells: Iterable[Cell], typed: str) -> Cell:
    """Return the cell whose name begins with *typed*, or is the beginning of it.

    Raises:
        BadRequest: UNKNOWN_CELL, AMBIGUOUS_CELL.
    """
    known, word = tuple(cells), typed.casefold()
    meant = [cell for cell in known if word and _digest(cell.combination).startswith(word)]
    if len(meant) == 1:
        return meant[0]
    names = sorted(cell.name for cell in meant or known)
    if meant:
        raise BadRequest(Code.AMBIGUOUS_CELL, cell=typed, names=tuple(names))
    raise BadRequest(Code.UNKNOWN_CELL, cell=typed, nearest=_nearest(word, names))


def _nearest(word: str, names: Iterable[str]) -> str:
    """Return the name that has most digits of *word* in their places; empty: less than half."""
    equal = {name: sum(map(eq, name, word)) for name in names}
    best = max(equal, key=lambda name: equal[name], default="")
    return best if best and equal[best] * 2 >= DIGITS else ""


@lru_cache(maxsize=4096)
def _digest(combination: Combination) -> str:
    text = json.dumps(astuple(combination), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
