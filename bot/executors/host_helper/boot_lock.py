"""The boot lock: the file that stops others from booting a guest whose image lives.

The hypervisor's own hook looks for it (`dialects/libvirt_hook.py`, `dialects/xen_hook.py`). What
this helper itself starts is let through by a pass: a file that a living process of ours holds
locked, with its id in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.executors.host_helper import durable, images
from bot.executors.host_helper.domain import ToolFailed
from bot.executors.host_helper.settings import Settings


def holder(settings: Settings, guest: str) -> str:
    """Return the operation that holds the lock of *guest*; empty if there is none."""
    found = durable.read_json(_path(settings, guest))
    return str(found.get("operation", "?")) if found else ""


def take(settings: Settings, guest: str, operation: str) -> None:
    """Take it, or keep it under another operation."""
    durable.write_json(_path(settings, guest), {"operation": operation, "guest": guest})


def let_go(settings: Settings, guest: str) -> None:
    """Give it up, unless an image is left that it protects."""
    if not any(image.live for image in images.of(settings, guest)):
        durable.remove(_path(settings, guest))


@contextmanager
def passing(settings: Settings, guest: str) -> Iterator[None]:
    """Let what this process starts through."""
    path = _path(settings, guest).with_name(f"{guest}.pass")
    descriptor = durable.locked(path)
    if descriptor is None:  # it waits, so it has the lock
        raise ToolFailed("tool_failed", str(path))
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        path.unlink()
        os.close(descriptor)


def _path(settings: Settings, guest: str) -> Path:
    return settings.state / "locks" / guest
