"""Snapshots of guests' disks: LVM, thin or thick, qcow2, or copies of plain files.

A snapshot has a name, and keeps all disks of one guest or none. What was kept and how far it got
stands in `manifest`; `keeping` and `rolling_back` are the order of things; each way of keeping a
disk (`kinds`) is one module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import manifest
from bot.executors.host_helper.snapshots.keeping import drop, take
from bot.executors.host_helper.snapshots.kinds import KINDS
from bot.executors.host_helper.snapshots.lvm import LVM
from bot.executors.host_helper.snapshots.manifest import ROLLING, WHOLE
from bot.executors.host_helper.snapshots.parts import MIB
from bot.executors.host_helper.snapshots.rolling_back import roll_back

__all__ = [
    "drop",
    "kind",
    "names",
    "older",
    "roll_back",
    "space_mib",
    "take",
    "unfinished",
    "volume_groups",
]


def names(settings: Settings, domain: Domain) -> list[str]:
    """Return the snapshots of *domain* that still hold: an overflowed one is left out."""
    found = manifest.of(settings, domain)
    return [one.name for place, one in found if one.state == ROLLING or _holds(place, one)]


def _holds(place: Path, one: manifest.Manifest) -> bool:
    try:
        return one.state == WHOLE and all(KINDS[p.kind].holds(place, p) for p in one.parts)
    except (ToolFailed, OSError):  # nobody promises what cannot be looked at
        return False


def unfinished(settings: Settings, domain: Domain) -> list[str]:
    """Return the snapshots whose rollback was interrupted: until it is done nobody boots."""
    return [one.name for _, one in manifest.of(settings, domain) if one.state == ROLLING]


def older(settings: Settings, domain: Domain, limit: float) -> list[str]:
    """Return the snapshots made before *limit*, in seconds since 1970, whether they hold or not."""
    return [one.name for _, one in manifest.of(settings, domain) if one.made < limit]


def kind(settings: Settings, domains: Sequence[Domain]) -> str:
    """Return "thick" if a snapshot of some disk can overflow, "none" if no disk can be kept."""
    found = {name for name, _, _ in _stores(settings, domains)}
    if not found:
        return "none"
    return "thick" if "thick" in found else "thin"


def space_mib(settings: Settings, domains: Sequence[Domain]) -> int:
    """Return the space for snapshots in MiB, of all the places where they would be."""
    places = {place: free for _, place, free in _stores(settings, domains)}
    return sum(places.values()) // MIB


def volume_groups() -> list[str]:
    """Return the names of LVM's volume groups; none on a host without LVM."""
    try:
        return [group.name for group in LVM.groups()]
    except ToolFailed as error:
        if error.fault == "tool_missing":
            return []
        raise


def _stores(settings: Settings, domains: Sequence[Domain]) -> list[tuple[str, str, int]]:
    """Return kind, place and free bytes there, of each disk that can be kept."""
    found = (_store(settings, disk) for domain in domains for disk in domain.disks)
    return [one for one in found if one is not None]


def _store(settings: Settings, disk: Disk) -> tuple[str, str, int] | None:
    for name, known in KINDS.items():
        try:
            place = known.store(settings, disk)
        except (ToolFailed, OSError):  # no such disk, no such tool: it cannot be kept
            continue
        if place is not None:
            return (name, *place)
    return None
