"""The files of a simulated world: one per host, replaced whole, so that death leaves no half.

Reads are answered from memory while a file is unchanged. A file's time carries its serial number,
since a file system's own clock is too coarse to tell two writes apart and inodes are used again.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.executors.simulator.course import advance
from bot.executors.simulator.world import HostWorld, dumps, loads
from bot.rules.errors import BadConfiguration, Code, TryAgain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NANOSECONDS = 1_000_000_000
_NEVER = 2**63
_AT_ONCE = 8  # hosts that are looked at in one turn of the event loop

_Key = tuple[int, int, int]  # inode, time, size


@dataclass(kw_only=True)
class _Cached:
    key: _Key
    world: HostWorld
    due: int  # of the next event


class HostFiles:
    """All hosts of one world's folder; any number of processes may use it."""

    def __init__(self, folder: Path) -> None:
        """Use the world in *folder*; the folders below it are made. Raises TryAgain(SIMULATOR)."""
        self._hosts, self._locks = folder / "hosts", folder / "locks"
        try:
            self._hosts.mkdir(parents=True, exist_ok=True)
            self._locks.mkdir(exist_ok=True)
        except OSError as error:
            raise _refused("", error) from error
        self._cache: dict[str, _Cached] = {}
        self.line = asyncio.Semaphore(_AT_ONCE)  # where those who look wait for each other

    def names(self) -> tuple[str, ...]:
        """Return the names of all hosts, sorted."""
        return tuple(sorted(path.stem for path in self._hosts.glob("*.json")))

    def path(self, name: str) -> Path:
        """Return where the file of host *name* is."""
        return self._hosts / f"{name}.json"

    def look(self, name: str, now: int) -> HostWorld:
        """Return the host at *now*, to be read only.

        Raises:
            BadConfiguration: SIMULATOR: there is no such host, or its file is damaged.
        """
        cached = self._fresh(name)
        if now >= cached.due:
            due = advance(cached.world, now)
            cached.due = _NEVER if due is None else due
        return cached.world

    @contextmanager
    def edit(self, name: str, now: int) -> Iterator[HostWorld]:
        """Give the host at *now* to be changed; it is written when the block ends, or not at all.

        Raises:
            BadConfiguration: as `look`.
            TryAgain: SIMULATOR: the file cannot be written; nothing was changed.
        """
        with self._locked(name):
            world = self.look(name, now)
            advance(world, now)
            try:
                yield world
                self.write(world)
            except BaseException:
                self._cache.pop(name, None)
                raise

    def write(self, world: HostWorld) -> None:
        """Replace the host's file. Raises TryAgain (SIMULATOR); the old file is there then."""
        world.serial += 1
        path = self.path(world.name)
        draft = path.with_name(f".{world.name}.{os.getpid()}.part")
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.write(dumps(world))
                file.flush()
                seconds = os.fstat(file.fileno()).st_mtime_ns // _NANOSECONDS
                stamp = seconds * _NANOSECONDS + world.serial % _NANOSECONDS
                os.utime(file.fileno(), ns=(stamp, stamp))
                key = _key(os.fstat(file.fileno()))
            draft.rename(path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise _refused(world.name, error) from error
        due = advance(world, world.seen)
        self._cache[world.name] = _Cached(key=key, world=world, due=_NEVER if due is None else due)

    def replace(self, name: str, text: str) -> None:
        """Put back what a host's file held before; readers notice, whatever its serial was."""
        with self._locked(name):
            world = loads(text)
            present = self._cache.get(name)
            if self.path(name).exists():
                present = self._fresh(name)
            world.serial = max(world.serial, present.world.serial if present else 0)
            self.write(world)

    def _fresh(self, name: str) -> _Cached:
        cached = self._cache.get(name)
        path = self.path(name)
        try:
            if cached and cached.key == _key(path.stat()):
                return cached
            with path.open(encoding="utf-8") as file:
                key, text = _key(os.fstat(file.fileno())), file.read()
            self._cache[name] = _Cached(key=key, world=loads(text), due=0)
        except FileNotFoundError as error:
            raise _broken(name, "there is no such host") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _broken(name, f"{path}: {error}") from error
        return self._cache[name]

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        try:
            lock = (self._locks / f"{name}.lock").open("w", encoding="utf-8")
        except OSError as error:
            raise _refused(name, error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _key(stat: os.stat_result) -> _Key:
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _refused(name: str, error: OSError) -> TryAgain:
    return TryAgain(Code.SIMULATOR, host=name, problem=str(error))


def _broken(name: str, problem: str) -> BadConfiguration:
    return BadConfiguration(Code.SIMULATOR, host=name, problem=problem)
