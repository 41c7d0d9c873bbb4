"""A guest's disk: a small real file that tells which state it is in.

Its first block says how often a guest has begun to write to it, and a word that no other state of
any disk has. The rest is the test's own.
"""

# ruff: noqa: PTH110 - pathlib takes long to import

from __future__ import annotations

import os

from tests.hypervisor.says import NO_DISK, Refused
from tests.hypervisor.state import Guest, World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 128
SIZE = 64 * 1024


def create(path: str) -> None:
    """Make a disk, unless there is one."""
    if not os.path.exists(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.truncate(descriptor, SIZE)
        _write(descriptor, 0)


def stamp(path: str) -> str:
    """Return the state of the disk; raise Refused as libvirt does where it is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise Refused(NO_DISK, path, error.strerror) from error
    try:
        return os.read(descriptor, BLOCK).decode("ascii", "replace").strip()
    finally:
        os.close(descriptor)


def stamps(guest: Guest) -> str:
    """Return the state of all disks of a guest."""
    return "; ".join(stamp(path) for path in _raw(guest))


def writes(path: str) -> int:
    """Return how often a guest has begun to write to the disk."""
    return int(stamp(path).split()[1])


def write(world: World, guest: Guest) -> None:
    """Let the guest write to its disks from now on; remember if that destroys them."""
    if guest.fits and guest.fits != stamps(guest):
        world.violated(f"{guest.name}: resumed from a stale image")
    guest.fits = ""
    for path in _raw(guest):
        others = (o for o in world.guests.values() if o is not guest and o.active)
        if any(path in _raw(other) for other in others):
            world.violated(f"{guest.name}: {path} is used twice")
        number = writes(path)
        _write(os.open(path, os.O_RDWR), number + 1)


def _raw(guest: Guest) -> Iterator[str]:
    return (disk["path"] for disk in guest.disks if disk["format"] == "raw")


def _write(descriptor: int, number: int) -> None:
    text = f"writes {number} state {os.urandom(8).hex()}"
    os.pwrite(descriptor, text.encode().ljust(BLOCK - 1) + b"\n", 0)
    os.close(descriptor)
