"""All disks of a guest get their earlier state, or none; what was interrupted is done again.

First everything that can fail and touches no disk, then the disks, then what they were before.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.executors.host_helper.domain import OFF, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots import manifest as records
from bot.executors.host_helper.snapshots.kinds import KINDS, plainly
from bot.executors.host_helper.snapshots.manifest import GONE, ROLLING, WHOLE, Manifest


def roll_back(settings: Settings, domain: Domain, name: str) -> None:
    """Give all disks of *domain* the state they had; the snapshot stays, where it can."""
    if domain.state != OFF:
        raise ToolFailed("wrong_state", f"state {domain.state}")
    place = records.folder(settings, domain.name, name)
    with plainly():
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
