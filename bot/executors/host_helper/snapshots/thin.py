"""Thin LVM volumes: a snapshot costs nothing at first, and lasts through any number of rollbacks.

A rollback makes a new volume from the snapshot, gives it the disk's name, and removes the disk's
former volume last. Killed between the two renames, the disk has no volume: nobody can boot it.
"""

from __future__ import annotations

from pathlib import Path

from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots.lvm import LVM
from bot.executors.host_helper.snapshots.lvm_parsing import Volume
from bot.executors.host_helper.snapshots.parts import Kind, Part

_FULLEST = 95.0  # percent of a pool's data or metadata beyond which nothing new is begun


class Thin(Kind):
    """Snapshots in the pool of the volume itself."""

    name = "thin"

    def plan(self, domain: Domain, disk: Disk, key: str) -> Part | None:
        """Return it for a disk that is a thin volume."""
        del domain
        found = LVM.behind(disk.path)
        if found is None or not found.thin:
            return None
        return Part(self.name, disk.path, key, found.group, found.name)

    def store(self, settings: Settings, disk: Disk) -> tuple[str, int] | None:
        """Return the pool."""
        del settings
        found = LVM.behind(disk.path)
        if found is None or not found.thin:
            return None
        pool = LVM.volume(found.group, found.pool)
        share = 0.0 if pool is None else max(0.0, _FULLEST - pool.data_percent) / 100
        return f"{found.group}/{found.pool}", int(share * (pool.size if pool else 0))

    def make(self, folder: Path, part: Part) -> None:
        """Snapshot; it is not activated, so that nobody mistakes it for the disk."""
        self.unmake(folder, part)
        _room(_there(part, part.volume))
        tag = f"maint:{folder.parent.name}:{folder.name}"
        source = f"{part.group}/{part.volume}"
        LVM.change("lvcreate", "--snapshot", "--addtag", tag, "--name", part.key, source)

    def unmake(self, folder: Path, part: Part) -> None:
        """Remove the snapshot, and what is left of a rollback that has ended."""
        del folder
        if LVM.volume(part.group, part.volume) is not None:
            LVM.remove(part.group, _old(part))
            LVM.remove(part.group, _new(part))
        LVM.remove(part.group, part.key)

    def check(self, folder: Path, part: Part, *, again: bool) -> None:
        """See that the snapshot and the disk are there, and that nobody has the disk open."""
        del again
        if not self.holds(folder, part):
            raise ToolFailed("no_snapshot", f"{part.group}/{part.key}")
        disk = LVM.volume(part.group, part.volume, fresh=True)
        if disk is None and LVM.volume(part.group, _old(part)) is None:
            raise ToolFailed("no_disk", part.path)
        if disk is not None and disk.is_open:
            raise ToolFailed("wrong_state", f"{part.path} is open")

    def holds(self, folder: Path, part: Part) -> bool:
        """Look for the snapshot."""
        del folder
        return LVM.volume(part.group, part.key) is not None

    def prepare(self, folder: Path, part: Part) -> None:
        """Make the volume that will be the disk; it keeps the disk's tags."""
        disk = LVM.volume(part.group, part.volume)
        if disk is not None:
            LVM.remove(part.group, _old(part))
            LVM.remove(part.group, _new(part))
        if LVM.volume(part.group, _new(part)) is None:
            former = disk or _there(part, _old(part))
            tags = [word for tag in former.tags for word in ("--addtag", tag)]
            flags = ("--snapshot", "--setactivationskip", "n", "--activate", "y")
            new, source = ("--name", _new(part)), f"{part.group}/{part.key}"
            LVM.change("lvcreate", *flags, *tags, *new, source)
        del folder

    def abandon(self, folder: Path, part: Part) -> None:
        """Remove the new volume, unless the disk has lost its own."""
        del folder
        if LVM.volume(part.group, part.volume) is not None:
            LVM.remove(part.group, _new(part))

    def commit(self, folder: Path, part: Part) -> bool:
        """Put the new volume in the place of the disk's."""
        del folder
        if LVM.volume(part.group, part.volume) is not None:
            LVM.change("lvrename", part.group, part.volume, _old(part))
        LVM.change("lvrename", part.group, _new(part), part.volume)
        return True

    def tidy(self, folder: Path, part: Part) -> None:
        """Remove the disk's former volume."""
        del folder
        LVM.remove(part.group, _old(part))


def _old(part: Part) -> str:
    return f"{part.key}.old"


def _new(part: Part) -> str:
    return f"{part.key}.new"


def _there(part: Part, name: str) -> Volume:
    found = LVM.volume(part.group, name)
    if found is None:
        raise ToolFailed("no_disk", part.path)
    return found


def _room(disk: Volume) -> None:
    pool = LVM.volume(disk.group, disk.pool)
    if pool is not None and max(pool.data_percent, pool.metadata_percent) >= _FULLEST:
        full = f"data {pool.data_percent:g} %, metadata {pool.metadata_percent:g} %"
        raise ToolFailed("no_space", f"thin pool {pool.group}/{pool.name}: {full}")
