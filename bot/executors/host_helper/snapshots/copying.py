"""Copies of files: shared blocks where the file system can, holes kept, on stable storage."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.executors.host_helper import durable
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.snapshots.parts import MIB, demand, free

_CLONE = 0x40049409  # FICLONE
_BLOCK = MIB
_EMPTY = bytes(_BLOCK)
_SPARE = 64 * MIB  # that a copy leaves free


def copy(source: Path, target: Path) -> None:
    """Make the new file *target* a copy of *source*, synced; a file of that name is replaced.

    Raises ToolFailed: "no_disk" for what is no file, "no_space" before anything is written.
    """
    with suppress(FileNotFoundError):
        os.unlink(target)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with _opened(source) as reader:
        writer = os.open(str(target), flags, 0o600)
        try:
            _fill(reader, writer, target)
            os.fsync(writer)
        except BaseException:
            os.unlink(target)
            raise
        finally:
            os.close(writer)
    durable.sync_folder(target.parent)


@contextmanager
def _opened(source: Path) -> Iterator[int]:
    """Open a file; afterwards see that nobody has written to it meanwhile."""
    try:
        reader = os.open(str(source), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ToolFailed("no_disk", f"{source}: {error.strerror}") from error
    try:
        before = os.fstat(reader)
        if not stat.S_ISREG(before.st_mode):
            raise ToolFailed("no_disk", f"{source} is not a file")
        yield reader
        after = os.fstat(reader)
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise ToolFailed("wrong_state", f"{source} was written to while it was copied")
    finally:
        os.close(reader)


def _fill(reader: int, writer: int, target: Path) -> None:
    try:
        fcntl.ioctl(writer, _CLONE, reader)
    except OSError:  # another file system, or one that cannot share blocks
        found = os.fstat(reader)
        demand(found.st_blocks * 512 + _SPARE, free(target.parent), str(target.parent))
        os.ftruncate(writer, found.st_size)
        for begins, ends in _extents(reader, found.st_size):
            _pour(reader, writer, begins, ends)


def _extents(reader: int, size: int) -> Iterator[tuple[int, int]]:
    """Give what is not a hole: from, to."""
    at = 0
    while at < size:
        try:
            begins = os.lseek(reader, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole follows
                return
            raise
        at = os.lseek(reader, begins, os.SEEK_HOLE)
        yield begins, at


def _pour(reader: int, writer: int, begins: int, ends: int) -> None:
    while begins < ends:
        block = os.pread(reader, min(_BLOCK, ends - begins), begins)
        if not block:
            return
        if block != _EMPTY[: len(block)]:
            os.pwrite(writer, block, begins)
        begins += len(block)


def resemble(path: Path, other: Path) -> None:
    """Give *path* the owner, mode and labels of *other*."""
    found = os.stat(other)
    os.chown(path, found.st_uid, found.st_gid)
    shutil.copymode(other, path)
    with suppress(OSError):
        for name in os.listxattr(other):
            os.setxattr(path, name, os.getxattr(other, name))
