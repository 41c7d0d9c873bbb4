"""Whether the owner of a lease lives: by a lock on a file, or by the database's clock."""

from __future__ import annotations

import fcntl
import os
import re
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, func, null, text, true

from bot.storage.tables import LEASE

if TYPE_CHECKING:
    from pathlib import Path

# How long PostgreSQL believes in an owner that says nothing: a few missed renewals.
LEASE_SECONDS = 15

# An owner is also a file's name.
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:-]{0,199}")


class Liveness(Protocol):
    """How owners of one database prove that they live."""

    standing: ColumnElement[bool]  # of a lease row: its time is not over
    until: ColumnElement[Any]  # what claiming and renewing write
    expires: bool  # whether a lease must be renewed

    def prove(self, owner: str) -> None:
        """Let others see from now on that *owner* lives; repeating it changes nothing."""

    def lives(self, owner: str) -> bool:
        """Say whether *owner*, whose lease is standing, is alive."""

    def close(self) -> None:
        """Stop proving anything."""


class ByLock:
    """One machine: an owner holds the lock of a file, which the kernel frees at its death."""

    standing: ColumnElement[bool] = true()
    until: ColumnElement[Any] = null()
    expires = False

    def __init__(self, folder: Path) -> None:
        """Keep the files in *folder*, which is made when the first owner proves itself."""
        self._folder = folder
        self._locks: dict[str, int] = {}

    def prove(self, owner: str) -> None:
        """Lock the owner's file until `close` or death.

        Raises:
            ValueError: the name cannot be a file's; a defect.
            OSError: the file cannot be made, or another process has this owner's name.
        """
        if owner in self._locks:
            return
        if not _OWNER.fullmatch(owner):
            raise ValueError(owner)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = os.open(self._folder / owner, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise
        self._locks[owner] = file

    def lives(self, owner: str) -> bool:
        """Say whether somebody holds the owner's lock; clear away what a dead one left."""
        if not owner or owner in self._locks:
            return owner != ""
        path = self._folder / owner
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def close(self) -> None:
        """Remove and unlock the files; leases that were not freed are then a dead owner's."""
        for owner, file in self._locks.items():
            (self._folder / owner).unlink(missing_ok=True)
            os.close(file)
        self._locks.clear()


class ByClock:
    """Many machines: an owner renews its lease in time, by the database's clock."""

    # Not now(): that is when the transaction began, and it may have waited for a lock since.
    standing: ColumnElement[bool] = LEASE.c.until > func.clock_timestamp()
    until: ColumnElement[Any] = func.clock_timestamp() + text(f"interval '{LEASE_SECONDS} seconds'")
    expires = True

    def prove(self, owner: str) -> None:
        """Do nothing: claiming writes the time."""

    def lives(self, owner: str) -> bool:
        """Say yes to every owner: its lease is standing, and that is the proof."""
        return owner != ""

    def close(self) -> None:
        """Do nothing: leases that were not freed end by themselves."""
