"""One disk's share of a snapshot, and what every way of keeping it can do.

A guest may have several disks kept in several ways; `keeping` lets all of them happen, or none.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings

MIB = 1 << 20


@dataclass(frozen=True)
class Part:
    """Where one disk's earlier state is. What a kind does not use stays empty."""

    kind: str
    path: str  # of the disk, as the guest's configuration has it
    key: str  # the name under which it is kept: a volume, a file, a snapshot inside the disk
    group: str = ""  # LVM: the volume group
    volume: str = ""  # LVM: the disk's own volume


class Kind:
    """One way of keeping a disk. Everything may raise ToolFailed; nothing minds a repeat."""

    name = ""
    only_off = False  # the disk must not be touched while its guest is in memory

    def plan(self, domain: Domain, disk: Disk, key: str) -> Part | None:
        """Return how *disk* would be kept, or None if it is not of this kind."""
        raise NotImplementedError

    def store(self, settings: Settings, disk: Disk) -> tuple[str, int] | None:
        """Return where *disk* would be kept, and the bytes free there; None as for `plan`."""
        raise NotImplementedError

    def make(self, folder: Path, part: Part) -> None:
        """Keep the disk as it is now; raise ToolFailed("no_space") before anything else."""
        raise NotImplementedError

    def unmake(self, folder: Path, part: Part) -> None:
        """Remove what `make` and a killed rollback have left, all or some of it."""
        raise NotImplementedError

    def check(self, folder: Path, part: Part, *, again: bool) -> None:
        """Raise ToolFailed unless the disk could be rolled back now.

        *again*: a rollback was begun before and has not ended.
        """
        raise NotImplementedError

    def holds(self, folder: Path, part: Part) -> bool:
        """Say whether what was kept is still good."""
        raise NotImplementedError

    def prepare(self, folder: Path, part: Part) -> None:
        """Do what can fail of a rollback, and does not touch the disk."""

    def abandon(self, folder: Path, part: Part) -> None:
        """Undo `prepare`."""

    def commit(self, folder: Path, part: Part) -> bool:
        """Give the disk its earlier state; False: it has it, but what was kept is used up."""
        raise NotImplementedError

    def tidy(self, folder: Path, part: Part) -> None:
        """Remove the state that the disk had before it was rolled back."""


def key(guest: str, name: str, number: int) -> str:
    """Return a name that no other disk's snapshot has, fit for a volume and for a file."""
    hashed = hashlib.sha256(f"{guest}/{name}/{number}".encode()).hexdigest()
    return f"maint.{hashed[:24]}"


def real(path: str) -> Path:
    """Return the file or device behind a disk's path. Raises ToolFailed("no_disk")."""
    try:
        return Path(path).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ToolFailed("no_disk", path) from error


def free(place: Path) -> int:
    """Return the bytes that are free in the file system at *place*, or at what is above it."""
    while not place.exists() and place != place.parent:
        place = place.parent
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def demand(need: int, there: int, where: str) -> None:
    """Raise ToolFailed("no_space") if *need* bytes are more than *there* are."""
    if need > there:
        raise ToolFailed("no_space", f"{need // MIB} MiB needed, {there // MIB} MiB free: {where}")
