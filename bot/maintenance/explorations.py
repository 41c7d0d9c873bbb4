"""Which runs have suspended guests under combinations that were not trusted then."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.plan.combinations import explored
from bot.rules.policy.evidence import Exploration, RestoreOutcome, Standing, standing
from bot.rules.run.replay import begun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.ports import RunRecord, Store
    from bot.rules.policy.evidence import Combination, Judgement, Trial
    from bot.rules.policy.terms import PolicySettings

TRIAL = "trial"  # RunRecord.kind
_FAILURES = frozenset({RestoreOutcome.DAMAGE, RestoreOutcome.DEAD})


async def explorations(
    store: Store,
    trials: Sequence[Trial],
    judgements: Sequence[Judgement],
    policy: PolicySettings,
    planned: dict[str, frozenset[Combination]],
) -> tuple[Exploration, ...]:
    """Return every open exploration, and the newest that ended for each change of a host.

    What an open run explores stands in its plan, which never changes and is kept in *planned*;
    what an ended one explored, in its *trials*, under what staff had said by then. A trial of
    single guests is none: it neither keeps another host waiting nor waits for one, and counts as
    evidence only.

    Raises:
        TryAgain: the store is unreachable.
        BadConfiguration: the journal of an open run is corrupt.
    """
    if not policy.canaries:  # every combination is taken as trusted: nothing is explored
        return ()
    runs = [run for run in await store.runs() if run.kind != TRIAL]
    opened = [await _open(store, run, planned) for run in runs if run.ended is None]
    ended = newest_ended([run for run in runs if run.ended], trials, policy, judgements)
    return tuple(each for each in [*opened, *ended] if each.combinations)


async def _open(
    store: Store, run: RunRecord, planned: dict[str, frozenset[Combination]]
) -> Exploration:
    if run.id not in planned:
        rows = await store.rows(run.id)
        planned[run.id] = explored(begun(run.id, rows[0]).plan) if rows else frozenset()
    return Exploration(host=run.host, started=run.started, combinations=planned[run.id])


def newest_ended(
    runs: Iterable[RunRecord],
    trials: Sequence[Trial],
    policy: PolicySettings,
    judgements: Sequence[Judgement] = (),
) -> Iterator[Exploration]:
    """Yield the newest exploration of each change of a host; older ones decide nothing any more.

    *runs* have ended. One is clean if it ended so and none of its restores failed.
    """
    seen: set[Combination] = set()
    of_run, of_combination = _grouped(trials)
    for run in sorted(runs, key=lambda run: run.started, reverse=True):
        ours = [t for t in of_run[run.id] if replace(t.combination, family="") not in seen]
        tried = frozenset(t.combination for t in ours)
        said = [each for each in judgements if each.at < run.started]
        new = frozenset(c for c in tried if not _trusted(of_combination[c], c, run, policy, said))
        seen.update(replace(c, family="") for c in new)
        clean = run.exit_status == 0 and not any(t.outcome in _FAILURES for t in of_run[run.id])
        yield Exploration(
            host=run.host, started=run.started, ended=run.ended, clean=clean, combinations=new
        )


def _grouped(
    trials: Iterable[Trial],
) -> tuple[defaultdict[str, list[Trial]], defaultdict[Combination, list[Trial]]]:
    of_run: defaultdict[str, list[Trial]] = defaultdict(list)
    of_combination: defaultdict[Combination, list[Trial]] = defaultdict(list)
    for trial in trials:
        of_run[trial.run].append(trial)
        of_combination[trial.combination].append(trial)
    return of_run, of_combination


def _trusted(
    trials: Iterable[Trial],
    combination: Combination,
    run: RunRecord,
    policy: PolicySettings,
    said: Sequence[Judgement],
) -> bool:
    """Say whether *combination* was trusted when *run* started."""
    before = [trial for trial in trials if trial.at < run.started]
    return standing(before, combination, policy, said) is Standing.TRUSTED
