"""Services of a host that could act on guests by themselves."""

from __future__ import annotations

import os
from pathlib import Path

from bot.executors.host_helper import tools

_QUICK = 20.0  # seconds
_ETC = Path("/etc")


def starts_by_itself(service: str, etc: Path = _ETC) -> bool:
    """Say whether the host starts *service*: by systemd, or by the links of SysV's init."""
    if etc == _ETC and os.path.isdir("/run/systemd/system"):
        said = tools.run(["systemctl", "is-enabled", service], seconds=_QUICK)
        return said.out.strip() == "enabled"
    return any(etc.glob(f"rc[2-5].d/S[0-9][0-9]{service}"))
