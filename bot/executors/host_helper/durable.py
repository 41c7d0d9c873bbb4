"""Files that survive a power cut: written beside, synced, renamed, and the folder synced too."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Replace the file at *path* by *data*, or leave it as it is."""
    beside = path.with_name(f"{path.name}.new{os.getpid()}")
    descriptor = os.open(
        str(beside), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(data, file, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what `write_json` wrote, or None if there is no such file.

    Raises ValueError for a file that is no such thing.
    """
    try:
        descriptor = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        found = json.load(file)
    if not isinstance(found, dict):
        message = f"{path} is not a record"
        raise ValueError(message)  # noqa: TRY004 - one kind of error for a broken file
    return found


def rename(before: Path, after: Path) -> None:
    """Rename, and return when that is on stable storage."""
    os.rename(before, after)
    sync_folder(after.parent)


def remove(path: Path) -> bool:
    """Remove a file, durably; False if there was none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def sync(path: Path, flags: int = os.O_NOFOLLOW) -> None:
    """Return when the file's content is on stable storage."""
    descriptor = os.open(str(path), os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Return when the folder's entries are on stable storage."""
    sync(path, os.O_DIRECTORY)


def locked(path: Path, *, wait: bool = True) -> int | None:
    """Take the lock at *path*; return its descriptor, or None if another holds it.

    The lock lasts until every copy of the descriptor is closed, also those of child processes.
    """
    descriptor = os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock at *path* for as long as the block lasts."""
    descriptor = locked(path)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Say whether somebody holds the lock at *path*."""
    if not path.exists():
        return False
    descriptor = locked(path, wait=False)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
