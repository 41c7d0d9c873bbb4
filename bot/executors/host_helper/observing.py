"""What can be seen on this host now: itself, its guests, their consoles. Changes nothing."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from bot.executors.host_helper import boot_lock, guests, images, snapshots, witness
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, Dialect, Domain
from bot.executors.host_helper.images import MIB, Image
from bot.executors.host_helper.names import is_name
from bot.executors.host_helper.settings import Settings

_TAIL = 256 * 1024  # bytes of a console that are read at once, at most
_KERNEL = re.compile(rb"Linux version [^\r\n]{1,300}")
_BRIDGES = Path("/sys/class/net")
_CPU = Path("/proc/cpuinfo")

_SOME_SECONDS = 10.0
_seen: list[tuple[float, list[Domain]]] = []  # the newest look at all guests, and when it was
_kernel_lines: dict[str, tuple[int, int, str]] = {}  # of consoles that have not grown


def facts(settings: Settings, dialect: Dialect) -> dict[str, Any]:
    """Describe the host: the keys of `HostFacts`."""
    memory, free = dialect.memory()
    domains = _defined(dialect)
    return {
        "name": settings.name,
        "boot_id": witness.boot_id(),
        "kernel": os.uname().release,
        "hypervisor": dialect.version(),
        "memory_mib": memory,
        "memory_free_mib": free,
        "image_space_mib": images.free_mib(settings),
        "snapshot_space_mib": snapshots.space_mib(settings, domains),
        "snapshots": snapshots.kind(settings, domains),
        "bridges": _bridges(),
        "volume_groups": snapshots.volume_groups(),
        "autostart": dialect.autostart_services(),
        "saves_paused": dialect.saves_paused,
        "cpu_features": _cpu_features(),
    }


def _defined(dialect: Dialect) -> list[Domain]:
    """Return the guests as they were some seconds ago at most: of use for their disks alone."""
    now = time.monotonic()
    if not _seen or now - _seen[0][0] > _SOME_SECONDS:
        _seen[:] = [(now, dialect.domains())]
    return _seen[0][1]


def all_guests(settings: Settings, dialect: Dialect) -> list[dict[str, Any]]:
    """Describe every guest whose name can be one: the keys of `GuestFacts`."""
    found = dialect.domains()
    _seen[:] = [(time.monotonic(), found)]
    domains = [domain for domain in found if is_name(domain.name)]
    shared = _shared_disks(domains)
    return [_guest(settings, dialect, domain, shared) for domain in domains]


def _guest(
    settings: Settings, dialect: Dialect, domain: Domain, shared: set[str]
) -> dict[str, Any]:
    record = guests.as_it_is(guests.read(settings, domain.name), domain, dialect)
    inside = domain.state != OFF
    twice = inside and any(disk.path in shared for disk in domain.disks)
    return {
        "name": domain.name,
        "uuid": record.uuid,
        "state": domain.state,
        "domid": domain.domid,
        "memory_mib": domain.memory_mib,
        "mode": domain.mode,
        "system": domain.system,
        "generation": record.generation,
        "unsaveable": list(domain.unsaveable),
        "feature_suspend": domain.feature_suspend,
        "kernel_line": _kernel_line(domain.console) if inside else "",
        "cpu_seconds": domain.cpu_seconds,
        "devices_connected": domain.devices_connected,
        "console_end": _size(domain.console),
        "blocked": (settings.blocked / domain.name).exists(),
        "instances": 2 if twice else int(inside),
        "autostart": domain.autostart,
        "lock": boot_lock.holder(settings, domain.name),
        "images": [_image(image) for image in images.of(settings, domain.name)],
        "snapshots": snapshots.names(settings, domain),
    }


def _shared_disks(domains: list[Domain]) -> set[str]:
    """Return the disks that more than one guest in memory writes to: it runs twice."""
    used = [d.path for one in domains if one.state in {RUNNING, PAUSED} for d in one.disks]
    return {path for path in used if used.count(path) > 1}


def _image(image: Image) -> dict[str, Any]:
    manifest = image.manifest
    return {
        "name": image.name,
        "generation": manifest.generation if manifest else 0,
        "size_mib": -(-_size(str(image.path)) // MIB),
        "complete": image.state != "part",
        "verified": bool(manifest and manifest.sha256),
        "spent": image.state == "spent",
    }


def console(path: str, after: int) -> dict[str, Any]:
    """Return the whole lines of the file *path* behind the byte *after*, and where they end.

    A file that is shorter than *after* was begun anew, and is read from its beginning.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            begins = max(after if after <= size else 0, size - _TAIL)
            file.seek(begins)
            read = file.read(_TAIL)
    except OSError:
        return {"lines": [], "end": after}
    whole = read[: read.rfind(b"\n") + 1]
    lines = [line.decode("utf-8", "backslashreplace").rstrip("\r") for line in whole.split(b"\n")]
    return {"lines": lines[:-1], "end": begins + len(whole)}


def _kernel_line(path: str) -> str:
    """Return what the newest kernel that booted on this console said of itself."""
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            known = _kernel_lines.get(path)
            if known and known[:2] == (found.st_ino, found.st_size):
                return known[2]
            file.seek(max(0, found.st_size - _TAIL))
            lines = _KERNEL.findall(file.read(_TAIL))
    except OSError:
        return ""
    line = lines[-1].decode("utf-8", "backslashreplace") if lines else ""
    _kernel_lines[path] = (found.st_ino, found.st_size, line)
    return line


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if path else 0
    except OSError:
        return 0


def _bridges() -> list[str]:
    try:
        return sorted(one.name for one in _BRIDGES.iterdir() if (one / "bridge").is_dir())
    except OSError:
        return []


def _cpu_features() -> list[str]:
    found: str | None = None
    for line in _CPU.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(("flags", "Features")):
            found = line.partition(":")[2]
            break
    return sorted((found or "").split())
