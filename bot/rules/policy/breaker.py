"""The breaker: which holds the bad restores of a run open by themselves.

Failed saves and unreachable guests never count: they say nothing of restoring.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.rules.policy.terms import PolicySettings


class Opened(StrEnum):
    """Why the breaker opened a hold; the reason of the Hold, its words are in the templates."""

    DAMAGE = "breaker_damage"  # disks were damaged: nothing is suspended anywhere
    DEAD_GUEST = "breaker_dead_guest"  # this guest did not survive its restore
    DEAD_FAMILY = "breaker_dead_family"  # several of this kernel family did not
    DEAD_HOST = "breaker_dead_host"  # nor is what the host runs trusted


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One restore of the run that ended badly; `standing` is its combination's at the plan."""

    host: str
    guest: str
    family: str
    outcome: RestoreOutcome
    standing: Standing

    def __str__(self) -> str:
        """Return `host/guest: outcome`, as holds keep it."""
        return f"{self.host}/{self.guest}: {self.outcome}"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One hold to open, and the outcomes that open it."""

    scope: Scope
    value: str
    code: Opened
    because: tuple[str, ...]


def openings(bads: Sequence[Bad], settings: PolicySettings) -> tuple[Opening, ...]:
    """Return the holds that the bad restores of one run open, the widest first.

    Asked again with more of the same run it returns those before and more; opening an equal hold
    twice is harmless. A guest counts once, however often it was looked at.
    """
    damaged = _by_guest(bads, RestoreOutcome.DAMAGE)
    dead = _by_guest(bads, RestoreOutcome.DEAD)
    return (
        *_for_damage(damaged, settings),
        *_for_families(dead, settings),
        *(_open(Scope.GUEST, bad.guest, Opened.DEAD_GUEST, [bad]) for bad in dead),
    )


def _by_guest(bads: Sequence[Bad], outcome: RestoreOutcome) -> tuple[Bad, ...]:
    return tuple({bad.guest: bad for bad in bads if bad.outcome == outcome}.values())


def _for_damage(damaged: Sequence[Bad], settings: PolicySettings) -> tuple[Opening, ...]:
    if not damaged or len(damaged) < settings.breaker_damage:
        return ()
    return (_open(Scope.GLOBAL, "", Opened.DAMAGE, damaged),)


def _for_families(dead: Sequence[Bad], settings: PolicySettings) -> tuple[Opening, ...]:
    enough = {
        family: bads
        for family, bads in _families(dead).items()
        if len(bads) >= settings.breaker_dead
    }
    hosts = {
        bad.host: bads
        for bads in enough.values()
        for bad in bads
        if bad.standing != Standing.TRUSTED
    }
    return (
        *(_open(Scope.HOST, host, Opened.DEAD_HOST, bads) for host, bads in hosts.items()),
        *(_open(Scope.KERNEL, name, Opened.DEAD_FAMILY, bads) for name, bads in enough.items()),
    )


def _families(bads: Sequence[Bad]) -> Mapping[str, Sequence[Bad]]:
    families = defaultdict(list)
    for bad in bads:
        families[bad.family].append(bad)
    return families


def _open(scope: Scope, value: str, code: Opened, bads: Iterable[Bad]) -> Opening:
    return Opening(scope=scope, value=value, code=code, because=tuple(str(bad) for bad in bads))
