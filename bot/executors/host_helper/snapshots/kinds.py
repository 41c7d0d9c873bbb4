"""The ways of keeping a disk, and which of them fits one."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from bot.executors.host_helper.domain import Disk, Domain, ToolFailed
from bot.executors.host_helper.snapshots.files import Files
from bot.executors.host_helper.snapshots.parts import Kind, Part
from bot.executors.host_helper.snapshots.qcow2 import Qcow2
from bot.executors.host_helper.snapshots.thick import Thick
from bot.executors.host_helper.snapshots.thin import Thin

#: In the order in which they are asked whether a disk is theirs.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (Qcow2(), Files(), Thin(), Thick())}


def part_of(domain: Domain, disk: Disk, name: str) -> Part:
    """Return how *disk* is kept. Raises ToolFailed if no way is known."""
    for kind in KINDS.values():
        with _without_its_tool():
            part = kind.plan(domain, disk, name)
            if part is not None:
                return part
    raise ToolFailed("tool_failed", f"{disk.path} is neither a file nor a volume of LVM")


@contextmanager
def _without_its_tool() -> Iterator[None]:
    """Let a kind whose tool this host does not have say no."""
    try:
        yield
    except ToolFailed as error:
        if error.fault != "tool_missing":
            raise


@contextmanager
def plainly() -> Iterator[None]:
    """Tell what the file system says as every tool's failure is told."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise ToolFailed("no_space" if full else "tool_failed", str(error)) from error
