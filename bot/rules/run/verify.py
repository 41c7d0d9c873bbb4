"""Verification: what one look at a guest says, after a restore and after a boot.

Three ways to come back wrong (design, section 5.5). *Damage* shows on the console and counts at
any look. *Dead* and *unreachable* are judged at the last look only: after a jump of its clock a
guest may be unusable for minutes and is well afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.run import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.fleet import Check

#: A booted guest that was never seen to answer and shows no console is up after so many seconds
#: of work: as long as a restored one is watched.
SETTLED = 120.0

#: Lines kept with a judgement; a damaged guest may print thousands.
KEPT = 10


class Verdict(StrEnum):
    """What a look says; the `looked …` triggers of `rules.run.states`."""

    FINE = "fine"  # nothing is wrong; not yet verified
    SILENT = "silent"  # does not answer yet, or nothing moves yet
    UP = "up"  # verified
    DAMAGE = "damage"  # restored: its disk is being damaged
    BROKEN = "broken"  # booted: into a shell, or onto a damaged root file system
    DEAD = "dead"  # does nothing, or its disks are not connected; or a boot never ended
    UNREACHABLE = "unreachable"  # runs, but does not answer what it answered before


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is seen of a guest at one moment after it was unpaused or booted."""

    lines: tuple[str, ...] = ()  # of its console, all since then
    cpu_progress: float = 0.0  # seconds of CPU used since the look before
    devices_connected: bool = True
    answered: frozenset[Check] = frozenset()  # the checks that were answered at plan time
    answers: frozenset[Check] = frozenset()  # those that are answered now
    number: int = 1
    last: bool = False  # after a restore the last look, after a boot past its deadline
    age: float = 0.0  # seconds since it was unpaused or booted

    @property
    def missing(self) -> frozenset[Check]:
        """The checks that were answered before and are not now."""
        return self.answered - self.answers


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict and the console lines it rests on, fit to be shown."""

    verdict: Verdict
    lines: tuple[str, ...] = ()


def judge_restored(look: Look) -> Judgement:
    """Judge a guest that was restored from its image."""
    damage = console.matching(map(console.clean, look.lines), console.DAMAGE)
    if damage:
        return _judgement(Verdict.DAMAGE, damage)
    if not look.last:
        quiet = look.missing or not _alive(look)
        return _judgement(Verdict.SILENT if quiet else Verdict.FINE)
    if not _alive(look):
        return _judgement(Verdict.DEAD)
    return _judgement(Verdict.UNREACHABLE if look.missing else Verdict.UP)


def judge_booted(look: Look) -> Judgement:
    """Judge a guest that was booted.

    Past its deadline it is still fine while a fsck runs and its CPU goes on.
    """
    lines = tuple(map(console.clean, look.lines))
    broken = _broken(lines)
    if broken:
        return _judgement(Verdict.BROKEN, broken)
    if _booted(look, lines):
        return _judgement(Verdict.UP)
    if _alive(look) and console.checks_disk(lines):
        return _judgement(Verdict.FINE)
    if not look.last:
        return _judgement(Verdict.FINE if _alive(look) else Verdict.SILENT)
    return _judgement(_overdue(look, lines))


def _alive(look: Look) -> bool:
    """Say whether it does anything: an idle guest may use no CPU to speak of, and still answer."""
    return look.devices_connected and (look.cpu_progress > 0 or bool(look.answers))


def _broken(lines: Sequence[str]) -> tuple[str, ...]:
    for_good = (*console.matching(lines, console.DAMAGE), *console.matching(lines, console.FAILED))
    return for_good or console.matching(console.after_login(lines), console.STOPPED)


def _booted(look: Look, lines: Sequence[str]) -> bool:
    if look.missing or not look.devices_connected:
        return False
    if look.answered or console.has_login(lines):
        return True
    return _alive(look) and look.age >= SETTLED and not console.checks_disk(lines)


def _overdue(look: Look, lines: Sequence[str]) -> Verdict:
    """Tell a boot that never ended from one that ended and does not answer.

    A console that shows nothing tells neither; then a CPU that goes on decides.
    """
    tells_nothing = not any(line.strip() for line in lines)
    ended = console.has_login(lines) or (tells_nothing and _alive(look))
    return Verdict.UNREACHABLE if ended else Verdict.DEAD


def _judgement(verdict: Verdict, lines: Sequence[str] = ()) -> Judgement:
    return Judgement(verdict=verdict, lines=tuple(line[: console.SHOWN] for line in lines[:KEPT]))
