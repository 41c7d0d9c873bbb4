"""Takes a guest away that has shut down and that nobody watches over.

`xl create` leaves a process that does so. It ends when its guest is suspended, and is not there
any more for a guest that goes on because its save has failed: shut down, such a guest would stay
in memory for ever.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from bot.executors.host_helper import tools
from bot.executors.host_helper.detaching import detached
from bot.executors.host_helper.dialects import xen_parsing as parsing
from bot.executors.host_helper.dialects.xen_looking import QUICK, Looking
from bot.executors.host_helper.domain import Domain, ToolFailed

_LONGEST = 7200.0  # seconds
_EVERY = 1.0
_NEWEST = 64 * 1024  # bytes of a log


def is_watched(domain: Domain, log: str) -> bool:
    """Say whether the process that the file *log* names still watches over *domain*."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _NEWEST))
            text = file.read().decode("utf-8", "replace")
        pid = parsing.watcher(text, domain.domid)
        return pid > 0 and Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "xl"
    except OSError:
        return False


def watch(domain: Domain, looking: Looking) -> None:
    """Let a process of its own take *domain* away when it has shut down."""
    detached(lambda: _watch(domain.domid, looking))


def _watch(domid: int, looking: Looking) -> None:
    for descriptor in tools.HELD:  # it works for nobody's operation
        os.close(descriptor)
    tools.HELD.clear()
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        try:
            row = looking.rows().get(domid)
        except ToolFailed:
            row = None
        else:
            if row is None:
                return
        if row is not None and row.shut:
            tools.run(["xl", "destroy", str(domid)], seconds=QUICK)
            return
        time.sleep(_EVERY)
