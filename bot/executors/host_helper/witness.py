"""Whether anybody has written to a guest's disks since they were looked at last.

A plain file tells by its time of modification, a block device by the sectors that were written to
it, which its kernel counts until the host is started anew. Where neither tells, on a disk over the
network or after a reboot, the logs decide that every start of the guest writes to.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import Dialect, Domain

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_WRITTEN = 6  # place of the sectors written in a block device's `stat`

Mark = list[Any]  # [path, kind, …]
Witness = dict[str, list[Mark]]  # "disks", "starts"


def boot_id() -> str:
    """Return what names this start of the host."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


def of(domain: Domain, dialect: Dialect) -> Witness:
    """Return what the guest's disks are now, and the logs of its starts."""
    return {
        "disks": [_disk(disk.path) for disk in domain.disks],
        "starts": [_file(path) for path in dialect.start_marks(domain)],
    }


def changed(before: Witness, now: Witness) -> bool:
    """Say whether the disks may have been written to between two looks."""
    return disks_changed(before, now) or (
        not _tells(before, now) and before["starts"] != now["starts"]
    )


def disks_changed(before: Witness, now: Witness) -> bool:
    """Say whether a disk itself shows that it was written to; one that is away shows nothing."""
    if len(before["disks"]) != len(now["disks"]):
        return True
    pairs = zip(before["disks"], now["disks"])
    return any(_comparable(one, other) and one != other for one, other in pairs)


def untouched(before: Witness, now: Witness) -> bool:
    """Say whether every disk shows by itself that nobody has written to it."""
    return _tells(before, now) and not disks_changed(before, now)


def can_tell(found: Witness) -> bool:
    """Say whether a start of the guest by somebody else could be noticed at all."""
    return _tells(found, found) or any(mark[1] != "missing" for mark in found["starts"])


def missing(found: Witness) -> list[str]:
    """Return the disks that should be on this host and are not there now."""
    return [str(mark[0]) for mark in found["disks"] if mark[1] == "missing"]


def sync_disks(domain: Domain) -> None:
    """Bring what was written to disks that are plain files to stable storage."""
    for disk in domain.disks:
        if disk.path.startswith("/") and Path(disk.path).is_file():
            durable.sync(Path(disk.path), flags=0)  # a disk may be named by a link


def _tells(before: Witness, now: Witness) -> bool:
    """Say whether every disk tells by itself whether it was written to."""
    pairs = list(zip(before["disks"], now["disks"]))
    return bool(pairs) and all(_comparable(one, other) for one, other in pairs)


def _comparable(one: Mark, other: Mark) -> bool:
    if "missing" in (one[1], other[1]) or one[0] != other[0]:
        return bool(one[0] != other[0])
    if one[1] == "device" and other[1] == "device":
        return str(one[2]) == str(other[2])  # counted since the same start of the host
    return "elsewhere" not in (one[1], other[1])


def _disk(path: str) -> Mark:
    if not path.startswith("/"):
        return [path, "elsewhere"]
    try:
        found = os.stat(path)
    except OSError:
        return [path, "missing"]
    if not stat.S_ISBLK(found.st_mode):
        return _file(path)
    number = f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}"
    try:
        counted = Path(f"/sys/dev/block/{number}/stat").read_text(encoding="ascii").split()
    except OSError:
        return [path, "elsewhere"]
    return [path, "device", boot_id(), int(counted[_WRITTEN])]


def _file(path: str) -> Mark:
    try:
        found = os.stat(path)
    except OSError:
        return [path, "missing"]
    return [path, "file", found.st_size, found.st_mtime_ns]
