"""Evidence: what came of restores, by combination, and how far a combination is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.rules.policy import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.rules.policy.terms import PolicySettings


class RestoreOutcome(StrEnum):
    """What came of one restore."""

    RESTORED = "restored"  # up and verified at its last look
    DAMAGE = "damage"  # its disk was or may have been damaged
    DEAD = "dead"  # ran without doing anything
    UNREACHABLE = "unreachable"  # ran, but did not answer; says nothing of restoring


class Standing(StrEnum):
    """How far restores under a combination are trusted."""

    UNTRUSTED = "untrusted"  # nothing has succeeded (since the last failure)
    CANARY = "canary"  # something has, but not enough; or it can never be enough
    TRUSTED = "trusted"  # enough successes on enough hosts, and no failure since
    # It has damaged a disk, which is for ever, or staff say so: nothing is suspended under it.
    BANNED = "banned"


class Verdict(StrEnum):
    """What a person has said of a combination, with a reason."""

    BAN = "ban"  # nothing is suspended under it
    TRUST = "trust"  # it counts as trusted until a guest fails under it
    WITHDRAW = "withdraw"  # what was said before counts no more


class Explore(StrEnum):
    """Whether a host may suspend under combinations not trusted; fields (ISO times) beside each."""

    FREE = "free"  # it may
    ELSEWHERE = "elsewhere"  # host, since: another host does so now
    NOT_CLEAN = "not_clean"  # host: the host before had a failure; it goes first again
    COOLING = "cooling"  # host, until: the host before ended too short a time ago


@dataclass(frozen=True, kw_only=True)
class Combination:
    """Under what a guest was saved and restored: host kernels, hypervisors, kernel family."""

    saved_on: str  # host kernel, "4.19.181"
    saved_hypervisor: str  # "xen-4.14.2"
    restored_on: str
    restored_hypervisor: str
    family: str  # as `kernel.family` prints it


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The recorded outcome of one restore."""

    at: datetime
    run: str
    host: str
    guest: str
    combination: Combination
    outcome: RestoreOutcome


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a person has said of a combination; `word_on` says which counts."""

    at: datetime
    actor: str
    combination: Combination
    verdict: Verdict
    reason: str
    number: int = 0  # order of arrival, given by the store


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """One run of a host that suspended guests under combinations not trusted."""

    host: str
    started: datetime
    ended: datetime | None = None
    clean: bool = False  # every restore was verified: none damaged, dead or left open
    combinations: frozenset[Combination] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Permit:
    """The answer of `may_explore`."""

    code: Explore
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def allowed(self) -> bool:
        """Say whether the host may go ahead."""
        return self.code is Explore.FREE


def standing(
    trials: Iterable[Trial],
    combination: Combination,
    settings: PolicySettings,
    judgements: Iterable[Judgement] = (),
) -> Standing:
    """Return how far *combination* is trusted after *trials* and *judgements*, in any order.

    A dead guest is a failure: successes count from then on anew. An unreachable one says nothing.
    No judgement lifts the ban that damage is; and what can never be trusted, no judgement trusts.
    """
    ours = [trial for trial in trials if trial.combination == combination]
    if damaged(ours):
        return Standing.BANNED
    said = word_on(judgements, combination)
    if said and said.verdict == Verdict.BAN:
        return Standing.BANNED
    if said and heeded(said, ours):
        return Standing.TRUSTED
    return _computed(ours, combination, settings)


def damaged(trials: Iterable[Trial]) -> bool:
    """Say whether any of *trials* has damaged a disk."""
    return any(trial.outcome == RestoreOutcome.DAMAGE for trial in trials)


def word_on(judgements: Iterable[Judgement], combination: Combination) -> Judgement | None:
    """Return what was said of *combination* and counts; None: nothing, or it was withdrawn.

    Who withdraws trust need not be allowed to lift a ban: one beneath it counts again. Trust
    beneath a ban never does, for the ban has ended it.
    """
    ours = (each for each in judgements if each.combination == combination)
    ban: Judgement | None = None
    trust: Judgement | None = None
    for said in sorted(ours, key=lambda each: (each.number, each.at)):
        if said.verdict == Verdict.TRUST:
            trust = said
        elif said.verdict == Verdict.BAN:
            ban, trust = said, None
        else:
            ban, trust = (ban if trust else None), None
    return trust or ban


def heeded(judgement: Judgement, trials: Iterable[Trial]) -> bool:
    """Say whether the trust that *judgement* may speak counts: no guest was dead since.

    *trials* are those of its combination.
    """
    if judgement.verdict != Verdict.TRUST or not kernel.can_be_trusted(
        judgement.combination.family
    ):
        return False
    dead = (trial.at for trial in trials if trial.outcome == RestoreOutcome.DEAD)
    return not any(at >= judgement.at for at in dead)


def _computed(
    ours: Sequence[Trial], combination: Combination, settings: PolicySettings
) -> Standing:
    """Return what the outcomes alone make of a combination that has damaged nothing."""
    good = successes(ours, combination)
    if not good:
        return Standing.UNTRUSTED
    enough = len(good) >= settings.trust_count
    spread = len({trial.host for trial in good}) >= settings.trust_hosts
    if enough and spread and kernel.can_be_trusted(combination.family):
        return Standing.TRUSTED
    return Standing.CANARY


def successes(trials: Iterable[Trial], combination: Combination) -> tuple[Trial, ...]:
    """Return the restores under *combination* that went well since one ended in a dead guest."""
    ours = [trial for trial in trials if trial.combination == combination]
    failures = [trial.at for trial in ours if trial.outcome == RestoreOutcome.DEAD]
    good = [trial for trial in ours if trial.outcome == RestoreOutcome.RESTORED]
    return tuple(trial for trial in good if not failures or trial.at > max(failures))


def under(explorations: Iterable[Exploration], combination: Combination) -> tuple[Exploration, ...]:
    """Return the explorations that suspended guests under *combination*."""
    return tuple(each for each in explorations if combination in each.combinations)


def may_explore(
    host: str, now: datetime, explorations: Sequence[Exploration], settings: PolicySettings
) -> Permit:
    """Say whether *host* may suspend under combinations that are not trusted.

    One host at a time does, and the next only after the one before ended clean and has cooled
    down. A host may follow on itself at once: what it shows, it shows on the same machine.
    Pass `under(explorations, combination)` to ask for one combination; all of them is stricter.
    """
    for other in explorations:
        if other.ended is None and other.host != host:
            return Permit(
                code=Explore.ELSEWHERE,
                fields={"host": other.host, "since": other.started.isoformat()},
            )
    last = max(explorations, key=_started, default=None)
    if last is None or last.ended is None or last.host == host:
        return Permit(code=Explore.FREE)
    if not last.clean:
        return Permit(code=Explore.NOT_CLEAN, fields={"host": last.host})
    until = last.ended + timedelta(hours=settings.cool_down_hours)
    if now < until:
        return Permit(code=Explore.COOLING, fields={"host": last.host, "until": until.isoformat()})
    return Permit(code=Explore.FREE)


def _started(exploration: Exploration) -> datetime:
    return exploration.started
