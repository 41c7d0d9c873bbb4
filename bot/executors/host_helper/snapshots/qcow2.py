"""Disks in qcow2 files: a snapshot inside the file, made, applied and removed by `qemu-img`.

Only while the guest is off: QEMU does not know of what somebody else changes in its file. It
holds a lock on it, too, which `qemu-img` respects.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.executors.host_helper import durable, tools
from bot.executors.host_helper.domain import OFF, Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots.lvm_parsing import inner_snapshots
from bot.executors.host_helper.snapshots.parts import MIB, Kind, Part, demand, free, real

_SECONDS = 600.0
_SHARE = 0.2  # of the file that may change, and needs space then
_SPARE = 64 * MIB


class Qcow2(Kind):
    """Snapshots inside the disk's own file."""

    name = "qcow2"
    only_off = True

    def plan(self, domain: Domain, disk: Disk, key: str) -> Part | None:
        """Return it for a qcow2 file. Raises ToolFailed("wrong_state") unless its guest is off."""
        if not _is_ours(disk):
            return None
        if domain.state != OFF:
            raise ToolFailed("wrong_state", f"{disk.path} is qcow2: only while its guest is off")
        return Part(self.name, disk.path, key)

    def store(self, settings: Settings, disk: Disk) -> tuple[str, int] | None:
        """Return the disk's own folder."""
        del settings
        folder = real(disk.path).parent
        return (str(folder), free(folder)) if _is_ours(disk) else None

    def make(self, folder: Path, part: Part) -> None:
        """Snapshot, if the file has room to grow."""
        self.unmake(folder, part)
        path = real(part.path)
        grows = int(os.stat(path).st_blocks * 512 * _SHARE)
        demand(grows + _SPARE, free(path.parent), str(path.parent))
        _change("-c", part)

    def unmake(self, folder: Path, part: Part) -> None:
        """Remove the snapshot, however often it is there."""
        del folder
        for name in _inside(part) if os.path.exists(part.path) else []:
            if name == part.key:
                _change("-d", part)

    def check(self, folder: Path, part: Part, *, again: bool) -> None:
        """Look for the snapshot in the file."""
        del folder, again
        if part.key not in _inside(part):
            raise ToolFailed("no_snapshot", part.path)

    def holds(self, folder: Path, part: Part) -> bool:
        """Say whether the file is there; a running guest's is not looked into."""
        del folder
        return os.path.isfile(part.path)

    def commit(self, folder: Path, part: Part) -> bool:
        """Apply it."""
        del folder
        _change("-a", part)
        return True


def _is_ours(disk: Disk) -> bool:
    return disk.format == "qcow2" and stat.S_ISREG(os.stat(real(disk.path)).st_mode)


def _inside(part: Part) -> list[str]:
    command = ["qemu-img", "info", "--output=json", str(real(part.path))]
    try:
        return inner_snapshots(tools.answer(command, seconds=_SECONDS))
    except ValueError as error:
        raise ToolFailed("tool_failed", f"qemu-img: {error}") from error


def _change(what: str, part: Part) -> None:
    path = real(part.path)
    said = tools.run(["qemu-img", "snapshot", what, part.key, str(path)], seconds=_SECONDS)
    if said.status != 0:
        full = "no space left" in said.words.lower()
        raise ToolFailed("no_space" if full else "tool_failed", said.words)
    durable.sync(path)
