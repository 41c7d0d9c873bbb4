"""What this host remembers of a guest beside what its hypervisor shows: above all, generations.

A guest's *generation* numbers the states of its disk that an image can fit: it grows whenever the
disk may be written anew (booted, unpaused), and a rollback gives the old one back. A number that
was used once is never given to another state. So that a start by somebody else is noticed too,
the disks are *witnessed* when a save has ended: if they have changed since, the number grows.
"""

from __future__ import annotations

import os
import stat
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import OFF, RUNNING, Dialect, Domain
from bot.executors.host_helper.settings import Settings

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Record:
    """What is remembered of one guest."""

    uuid: str = ""
    generation: int = 1  # of the disk
    last_generation: int = 1  # the highest that was ever given
    memory_generation: int = 1  # of the disk that its memory knows
    came_from: str = ""  # image it was restored from, until it has left memory
    witness: list[list[Any]] | None = None  # of its disks while nobody may write them
    snapshots: dict[str, int] = field(default_factory=dict)  # generation of each

    def written(self) -> Record:
        """Return it with the number of a disk that nobody has seen before."""
        number = self.last_generation + 1
        return replace(self, generation=number, last_generation=number, witness=None)


def boot_id() -> str:
    """Return what names this start of the host."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


def read(settings: Settings, guest: str) -> Record:
    """Return what is remembered of *guest*; of one never seen, a new record."""
    found = durable.read_json(_path(settings, guest))
    return Record(**found) if found else Record()


def write(settings: Settings, guest: str, record: Record) -> None:
    """Remember it, durably."""
    durable.write_json(_path(settings, guest), asdict(record))


def lock_path(settings: Settings, guest: str) -> Path:
    """Return the lock that whoever acts on *guest* holds."""
    return settings.state / "guests" / f"{guest}.lock"


def as_it_is(record: Record, domain: Domain, dialect: Dialect) -> Record:
    """Return *record* after what others have done to the guest since it was written."""
    now = replace(record, uuid=domain.uuid or record.uuid)
    if now.uuid != record.uuid and record.uuid:
        return Record(uuid=now.uuid).written()  # another guest under the same name
    if now.witness is None:
        return now
    if domain.state == OFF:
        gone = replace(now, came_from="")
        return gone.written() if witness(domain, dialect) != now.witness else gone
    if domain.state == RUNNING or not now.came_from:
        return replace(now.written(), came_from="")
    return now


def witness(domain: Domain, dialect: Dialect) -> list[list[Any]]:
    """Return what changes when anybody writes to the guest's disks.

    A file tells by its time of modification. A block device only counts writes until the host is
    restarted, so beside it stands the log that every start of the guest writes to.
    """
    marks = [_mark(disk.path) for disk in domain.disks]
    if any(mark[1] == "device" for mark in marks):
        marks += [_mark(path) for path in dialect.start_marks(domain)]
    return marks


def _mark(path: str) -> list[Any]:
    try:
        found = os.stat(path)
    except OSError:
        return [path, "missing"]
    if stat.S_ISBLK(found.st_mode):
        return [path, "device"]
    return [path, "file", found.st_size, found.st_mtime_ns]


def _path(settings: Settings, guest: str) -> Path:
    return settings.state / "guests" / f"{guest}.json"
