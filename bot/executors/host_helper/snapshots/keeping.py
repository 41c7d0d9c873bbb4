"""All disks of a guest are kept, or none: taking and dropping, each safe to be killed in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.executors.host_helper.domain import OFF, PAUSED, SUSPENDED, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import manifest as records
from bot.executors.host_helper.snapshots.kinds import KINDS, part_of, plainly
from bot.executors.host_helper.snapshots.manifest import DROPPED, ROLLING, TAKING, WHOLE, Manifest
from bot.executors.host_helper.snapshots.parts import Part, key


def take(settings: Settings, domain: Domain, name: str) -> None:
    """Keep all disks of *domain* as they are now, under *name*."""
    if domain.state not in {OFF, PAUSED, SUSPENDED}:
        raise ToolFailed("wrong_state", f"state {domain.state}")
    place = records.folder(settings, domain.name, name)
    with plainly():
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
    with plainly():
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
            with suppress(ToolFailed):  # later, then
                _drop(place, found, domain)
