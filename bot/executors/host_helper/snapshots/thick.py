"""LVM volumes that are not thin: a snapshot has a size, and is lost when more than that changes.

A rollback merges the snapshot into the disk, which uses it up; while the guest is still off, the
disk is exactly what the snapshot was, so a new one under the same name replaces it.
"""

from __future__ import annotations

import time
from pathlib import Path

from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots.lvm import LVM
from bot.executors.host_helper.snapshots.parts import MIB, Kind, Part, demand

_SHARE = 0.2  # of the disk that may change before the snapshot overflows
_LEAST = 1024 * MIB
_EXTRA = 1.02  # a snapshot of a whole disk needs some more than its size
_MERGE_SECONDS = 3600.0
_LOOKS_EVERY = 1.0
_TRIES = 3


class Thick(Kind):
    """Snapshots with a size, watched."""

    name = "thick"

    def plan(self, domain: Domain, disk: Disk, key: str) -> Part | None:
        """Return it for a disk that is any volume of LVM; thin ones are asked for first."""
        del domain
        found = LVM.behind(disk.path)
        if found is None or found.thin:
            return None
        return Part(self.name, disk.path, key, found.group, found.name)

    def store(self, settings: Settings, disk: Disk) -> tuple[str, int] | None:
        """Return the volume group."""
        del settings
        found = LVM.behind(disk.path)
        if found is None or found.thin:
            return None
        return found.group, LVM.free(found.group)

    def make(self, folder: Path, part: Part) -> None:
        """Snapshot, with room for what will change."""
        self.unmake(folder, part)
        _snapshot(folder, part)

    def unmake(self, folder: Path, part: Part) -> None:
        """Remove the snapshot; one that is being merged goes by itself."""
        del folder
        if not _leaving(part):
            LVM.remove(part.group, part.key)

    def check(self, folder: Path, part: Part, *, again: bool) -> None:
        """See that the snapshot is good; a rollback that was begun may have merged it already."""
        del folder
        disk = LVM.volume(part.group, part.volume, fresh=True)
        kept = LVM.volume(part.group, part.key)
        if disk is None:
            raise ToolFailed("no_disk", part.path)
        if again and (kept is None or kept.leaving):
            return
        if disk.merging or disk.is_open:
            raise ToolFailed("wrong_state", f"{part.path} is in use ({disk.attributes})")
        if kept is None:
            raise ToolFailed("no_snapshot", f"{part.group}/{part.key}")
        if kept.overflowed:
            raise ToolFailed("snapshot_full", f"{part.group}/{part.key}")

    def holds(self, folder: Path, part: Part) -> bool:
        """Say whether the snapshot is there and has not overflowed."""
        del folder
        kept = LVM.volume(part.group, part.key)
        return kept is not None and not kept.overflowed and not kept.leaving

    def commit(self, folder: Path, part: Part) -> bool:
        """Merge; a merge that was begun is waited for, one that has ended is done."""
        if _leaving(part):
            _wait(part)
            return False
        if LVM.volume(part.group, part.key) is None:
            return False
        merge = ("lvconvert", "--merge", "--yes", "--interval", "1")
        LVM.change(*merge, f"{part.group}/{part.key}", seconds=_MERGE_SECONDS)
        _wait(part)
        try:
            _snapshot(folder, part)
        except ToolFailed:
            return False
        return True


def _snapshot(folder: Path, part: Part) -> None:
    disk = LVM.volume(part.group, part.volume)
    if disk is None:
        raise ToolFailed("no_disk", part.path)
    size = int(min(max(disk.size * _SHARE, _LEAST), disk.size * _EXTRA + 4 * MIB))
    demand(size, LVM.free(part.group), f"volume group {part.group}")
    tag = f"maint:{folder.parent.name}:{folder.name}"
    named = ("--addtag", tag, "--name", part.key, "--size", f"{size // MIB + 1}m")
    LVM.change("lvcreate", "--snapshot", *named, f"{part.group}/{part.volume}")


def _leaving(part: Part) -> bool:
    kept = LVM.volume(part.group, part.key, fresh=True)
    return kept is not None and kept.leaving


def _wait(part: Part) -> None:
    """Return when the snapshot has been merged into the disk."""
    until, left = time.monotonic() + _MERGE_SECONDS, _TRIES
    while time.monotonic() < until:
        try:
            if not _leaving(part):
                return
            # Whoever waited for it may be dead: the volume is looked after again.
            LVM.change("lvchange", "--poll", "y", f"{part.group}/{part.volume}")
        except ToolFailed:  # the merge may just have ended
            left -= 1
            if not left:
                raise
        time.sleep(_LOOKS_EVERY)
    raise ToolFailed("timed_out", f"the merge into {part.path}")
