"""A Maildir as files: what is new in it, and where it goes once it has been read."""

from __future__ import annotations

import heapq
import os
import stat
from pathlib import Path

#: Bytes of one file that are read. A report says what it has to say long before.
MOST = 1024 * 1024


def arrived(folder: Path, most: int) -> list[Path]:
    """Return at most *most* new files, the oldest names first.

    Raises OSError when the Maildir cannot be listed.
    """
    with os.scandir(folder / "new") as entries:
        names = (each.name for each in entries if _is_mail(each))
        return [folder / "new" / name for name in heapq.nsmallest(most, names)]


def _is_mail(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    try:
        return stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
    except OSError:  # another worker has moved it
        return False


def content(path: Path) -> bytes | None:
    """Return the beginning of a file, at most `MOST` bytes; None: it is not there any more.

    Raises OSError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST)
    except FileNotFoundError:
        return None


def put_away(path: Path) -> None:
    """Move a file from new/ to cur/, marked as seen; one that is not there is done with.

    Raises OSError when it cannot be moved.
    """
    name = path.name.partition(":")[0]
    folder = path.parents[1] / "cur"
    folder.mkdir(exist_ok=True)
    try:
        path.rename(folder / f"{name}:2,S")
    except FileNotFoundError:
        return
