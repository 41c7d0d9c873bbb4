"""Whether the hypervisor asks our hook, the boot lock, before it starts a guest."""

from __future__ import annotations

import os
from pathlib import Path

from bot.executors.host_helper.dialects import libvirt_hook, xen_hook

#: libvirt runs the scripts in the folder beside the one script that it knows of old.
PLACES = {
    "libvirt": (libvirt_hook.PLACE, f"{libvirt_hook.PLACE}.d/maint-host"),
    "xen": (xen_hook.PLACE,),
}
MARKS = {"libvirt": libvirt_hook.MARK, "xen": xen_hook.MARK}
PIDS = ("/run/libvirtd.pid", "/run/virtqemud.pid", "/run/libvirt/libvirtd.pid")


def look(dialect: str, daemon: float | None = None) -> tuple[str, str]:
    """Return where the hook is, or should be, and what is wrong with it: "", or a code.

    *daemon* is when libvirt's began, in seconds since 1970; it looks for hooks only then.
    """
    ours = [place for place in PLACES[dialect] if _is_ours(Path(place), MARKS[dialect])]
    if not ours:
        return PLACES[dialect][0], "missing"
    if dialect != "libvirt":
        return ours[0], ""
    began = daemon if daemon is not None else _daemon_began()
    noticed = began is None or os.stat(ours[0]).st_ctime < began
    return ours[0], "" if noticed else "not_noticed"


def _is_ours(hook: Path, mark: str) -> bool:
    try:
        text = hook.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return mark in text and os.access(hook, os.X_OK)


def _daemon_began() -> float | None:
    """Return when libvirt's daemon was started; None: it is not known."""
    for place in PIDS:
        try:
            pid = int(Path(place).read_text(encoding="ascii"))
            ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        except (OSError, ValueError, IndexError):
            continue
        return _booted() + ticks / os.sysconf("SC_CLK_TCK")
    return None


def _booted() -> float:
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0
