"""What is written down of a snapshot: SNAPSHOTS/GUEST/NAME/manifest.json; links are not followed.

Its state says what a crash has left: `taking` is removed, `whole` can be used, `rolling` has to be
rolled back again, `gone` is used up, `dropped` waits until its guest is off.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import Domain, ToolFailed
from bot.executors.host_helper.names import is_name
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots.parts import Part

TAKING, WHOLE, ROLLING, GONE, DROPPED = "taking", "whole", "rolling", "gone", "dropped"
_FILE = "manifest.json"
_PRIVATE = 0o700
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")


@dataclass(frozen=True)
class Manifest:
    """One snapshot of one guest."""

    guest: str
    uuid: str
    name: str
    state: str
    parts: tuple[Part, ...]
    made: float = field(default_factory=time.time)  # seconds since 1970


def folder(settings: Settings, guest: str, name: str) -> Path:
    """Return where a snapshot is, whether it is there or not. Raises ToolFailed for a link."""
    if not is_name(guest) or not _NAME.match(name):
        raise ToolFailed("no_snapshot", "not a name")
    place = settings.snapshots / guest
    for path in (place, place / name):
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise ToolFailed("tool_failed", f"{path} is not a folder")
    return place / name


def make_folder(place: Path) -> None:
    """Make the folder of a snapshot and those above it, durably."""
    for path in (place.parent.parent, place.parent, place):
        try:
            os.makedirs(path, mode=_PRIVATE)
        except FileExistsError:
            continue
        durable.sync_folder(path.parent)


def write(place: Path, manifest: Manifest) -> Manifest:
    """Write it, durably, and return it."""
    data: dict[str, Any] = asdict(manifest)
    durable.write_json(place / _FILE, data)
    return manifest


def read(place: Path) -> Manifest | None:
    """Return what is written at *place*; None if nothing is. Raises ToolFailed."""
    try:
        data = durable.read_json(place / _FILE)
        if data is None:
            return None
        parts = tuple(Part(**one) for one in data.pop("parts"))
        return Manifest(**data, parts=parts)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ToolFailed("tool_failed", f"{place / _FILE}: {error}") from error


def of(settings: Settings, domain: Domain) -> list[tuple[Path, Manifest]]:
    """Return the snapshots of a guest, in order of name; what cannot be read is left out."""
    place = settings.snapshots / domain.name
    if not is_name(domain.name) or place.is_symlink() or not place.is_dir():
        return []
    found = []
    for name in sorted(os.listdir(place)):
        try:
            manifest = read(folder(settings, domain.name, name))
        except ToolFailed:
            continue
        if manifest is not None and manifest.guest == domain.name and manifest.name == name:
            found.append((place / name, manifest))
    return found


def remove(place: Path) -> None:
    """Remove the folder of a snapshot, the manifest last."""
    if not place.is_dir():
        return
    for name in sorted(os.listdir(place), key=lambda one: one == _FILE):
        if stat.S_ISREG(os.lstat(place / name).st_mode):
            os.unlink(place / name)
    try:
        os.rmdir(place)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
    durable.sync_folder(place.parent)
