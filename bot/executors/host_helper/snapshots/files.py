"""Disks that are plain files: a copy beside the manifest, and a copy back."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import copying
from bot.executors.host_helper.snapshots.parts import Kind, Part, free, real


class Files(Kind):
    """Copies of whole disks; where blocks can be shared they cost nothing at first."""

    name = "file"

    def plan(self, domain: Domain, disk: Disk, key: str) -> Part | None:
        """Return it for a disk that is a file."""
        del domain
        is_file = stat.S_ISREG(os.stat(real(disk.path)).st_mode)
        return Part(self.name, disk.path, key) if is_file else None

    def store(self, settings: Settings, disk: Disk) -> tuple[str, int] | None:
        """Return the folder of the copies."""
        if not stat.S_ISREG(os.stat(real(disk.path)).st_mode):
            return None
        return str(settings.snapshots), free(settings.snapshots)

    def make(self, folder: Path, part: Part) -> None:
        """Copy; the name is given when the copy is whole."""
        partial = folder / f"{part.key}.part"
        copying.copy(real(part.path), partial)
        durable.rename(partial, folder / part.key)

    def unmake(self, folder: Path, part: Part) -> None:
        """Remove the copy, and the one beside the disk."""
        for path in (folder / f"{part.key}.part", folder / part.key):
            durable.remove(path)
        with suppress(ToolFailed):
            durable.remove(_beside(part))

    def check(self, folder: Path, part: Part, *, again: bool) -> None:
        """See that copy and disk are there."""
        del again
        real(part.path)
        if not self.holds(folder, part):
            raise ToolFailed("no_snapshot", str(folder / part.key))

    def holds(self, folder: Path, part: Part) -> bool:
        """Say whether the copy is a file."""
        try:
            return stat.S_ISREG(os.lstat(folder / part.key).st_mode)
        except OSError:
            return False

    def prepare(self, folder: Path, part: Part) -> None:
        """Copy back to a new file beside the disk, with the disk's owner and mode."""
        copying.copy(folder / part.key, _beside(part))
        copying.resemble(_beside(part), real(part.path))
        durable.sync(_beside(part))

    def abandon(self, folder: Path, part: Part) -> None:
        """Remove that file."""
        del folder
        durable.remove(_beside(part))

    def commit(self, folder: Path, part: Part) -> bool:
        """Rename it over the disk."""
        del folder
        durable.rename(_beside(part), real(part.path))
        return True


def _beside(part: Part) -> Path:
    disk = real(part.path)
    return disk.with_name(f".{disk.name}.{part.key}")
