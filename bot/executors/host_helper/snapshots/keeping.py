"""All disks of a guest, or none: taking, rolling back and dropping, each safe to be killed in."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from bot.executors.host_helper.domain import OFF, PAUSED, SUSPENDED, Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import manifest as records
from bot.executors.host_helper.snapshots.files import Files
from bot.executors.host_helper.snapshots.manifest import (
    DROPPED,
    GONE,
    ROLLING,
    TAKING,
    WHOLE,
    Manifest,
)
from bot.executors.host_helper.snapshots.parts import Kind, Part, key
from bot.executors.host_helper.snapshots.qcow2 import Qcow2
from bot.executors.host_helper.snapshots.thick import Thick
from bot.executors.host_helper.snapshots.thin import Thin

#: In the order in which they are asked whether a disk is theirs.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (Qcow2(), Files(), Thin(), Thick())}


def take(settings: Settings, domain: Domain, name: str) -> None:
    """Keep all disks of *domain* as they are now, under *name*."""
    if domain.state not in {OFF, PAUSED, SUSPENDED}:
        raise ToolFailed("wrong_state", f"state {domain.state}")
    place = records.folder(settings, domain.name, name)
    with _plainly():
        _finish_drops(settings, domain)
        found = records.read(place)
        if found is not None:
            raise ToolFailed("wrong_state", f"snapshot {name} exists")
        parts = tuple(
            part_of(domain, disk, key(domain.name, name, n)) for n, disk in enumerate(domain.disks)
        )
        if not parts:
            raise ToolFailed("no_disk", "it has no disk that could be kept")
        records.make_folder(place)
        made = Manifest(domain.name, domain.uuid, name, TAKING, parts)
        _make(place, records.write(place, made))


def part_of(domain: Domain, disk: Disk, name: str) -> Part:
    """Return how *disk* is kept. Raises ToolFailed if no way is known."""
    for kind in KINDS.values():
        with suppress_missing():
            part = kind.plan(domain, disk, name)
            if part is not None:
                return part
    raise ToolFailed("tool_failed", f"{disk.path} is neither a file nor a volume of LVM")


@contextmanager
def suppress_missing() -> Iterator[None]:
    """Let a kind whose tool this host does not have say no."""
    try:
        yield
    except ToolFailed as error:
        if error.fault != "tool_missing":
            raise


def _make(place: Path, made: Manifest) -> None:
    try:
        for part in made.parts:
            KINDS[part.kind].make(place, part)
    except BaseException:
        with suppress(ToolFailed, OSError):  # what stays is removed by the next one
            _unmake(place, made.parts)
        raise
    records.write(place, replace(made, state=WHOLE))


def _unmake(place: Path, parts: tuple[Part, ...]) -> None:
    for part in parts:
        KINDS[part.kind].unmake(place, part)
    records.remove(place)


def drop(settings: Settings, domain: Domain, name: str) -> None:
    """Remove a snapshot; what has to wait until the guest is off is removed then."""
    place = records.folder(settings, domain.name, name)
    with _plainly():
        found = records.read(place)
        if found is None:
            records.remove(place)
            return
        if found.state == ROLLING and _torn(found):
            raise ToolFailed("wrong_state", f"the rollback to {name} has not ended: repeat it")
        _drop(place, records.write(place, replace(found, state=DROPPED)), domain)


def _drop(place: Path, found: Manifest, domain: Domain) -> None:
    off = domain.state == OFF
    now = tuple(part for part in found.parts if off or not KINDS[part.kind].only_off)
    for part in now:
        KINDS[part.kind].unmake(place, part)
    if now == found.parts:
        records.remove(place)


def _torn(found: Manifest) -> bool:
    """Say whether a rollback that was interrupted may have left no disk, or disks of two times."""
    return len(found.parts) > 1 or not all(Path(part.path).exists() for part in found.parts)


def _finish_drops(settings: Settings, domain: Domain) -> None:
    """Remove what a killed `take` and a `drop` beside a running guest have left."""
    for place, found in records.of(settings, domain):
        if found.state in {TAKING, DROPPED}:
            _drop(place, found, domain)


def roll_back(settings: Settings, domain: Domain, name: str) -> None:
    """Give all disks of *domain* the state they had; the snapshot stays, where it can."""
    if domain.state != OFF:
        raise ToolFailed("wrong_state", f"state {domain.state}")
    place = records.folder(settings, domain.name, name)
    with _plainly():
        found = records.read(place)
        if found is None or found.state not in {WHOLE, ROLLING}:
            raise ToolFailed("no_snapshot", name)
        _same_guest(found, domain)
        for part in found.parts:
            KINDS[part.kind].check(place, part, again=found.state == ROLLING)
        records.write(place, replace(found, state=ROLLING))
        _prepare(place, found)
        _commit(place, found)


def _same_guest(found: Manifest, domain: Domain) -> None:
    if found.uuid and domain.uuid and found.uuid != domain.uuid:
        raise ToolFailed("no_snapshot", f"it is of the guest {found.uuid}")
    if {part.path for part in found.parts} != {disk.path for disk in domain.disks}:
        raise ToolFailed("no_snapshot", "the guest has other disks now")


def _prepare(place: Path, found: Manifest) -> None:
    try:
        for part in found.parts:
            KINDS[part.kind].prepare(place, part)
    except BaseException:
        with suppress(ToolFailed, OSError):
            for part in found.parts:
                KINDS[part.kind].abandon(place, part)
            records.write(place, found)
        raise


def _commit(place: Path, found: Manifest) -> None:
    kept = [KINDS[part.kind].commit(place, part) for part in found.parts]
    for part in found.parts:
        KINDS[part.kind].tidy(place, part)
    records.write(place, replace(found, state=WHOLE if all(kept) else GONE))
    if found.state == ROLLING and not all(kept):
        # The merge had ended before; whether somebody has started the guest since, nobody knows.
        raise ToolFailed("no_snapshot", "an interrupted merge has used it up; the disk is whole")


@contextmanager
def _plainly() -> Iterator[None]:
    """Tell what the file system says as every tool's failure is told."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise ToolFailed("no_space" if full else "tool_failed", str(error)) from error
