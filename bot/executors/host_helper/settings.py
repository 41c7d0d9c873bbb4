"""What root has configured on this host: `/etc/maint/host.conf`.

```ini
[host]
name = hobgoblin            ; as in the bot's inventory
dialect = libvirt           ; or xen
images = /var/lib/maint/images
snapshots = /var/lib/maint/snapshots   ; copies of disks that are plain files
keep_days = 7               ; spent images and old snapshots are removed after so long
save_seconds = 0            ; longest that a save may take; 0: 180 s and 1 s for each 10 MiB
reboot = /sbin/reboot       ; what restarts the host
path = /usr/sbin:/usr/bin   ; where tools are; this and /usr/local, /sbin and /bin by default
```
"""

from __future__ import annotations

import configparser
import shlex
from dataclasses import dataclass
from pathlib import Path

ETC = Path("/etc/maint")
STATE = Path("/var/lib/maint")
DIALECTS = ("libvirt", "xen")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class BadSettings(Exception):
    """The file cannot be used; says why."""


@dataclass(frozen=True)
class Settings:
    """Where things are on this host."""

    name: str
    dialect: str
    etc: Path = ETC
    state: Path = STATE
    images: Path = STATE / "images"
    snapshots: Path = STATE / "snapshots"
    keep_days: float = 7.0
    save_seconds: float = 0.0
    xen_etc: Path = Path("/etc/xen")
    reboot: tuple[str, ...] = ("/sbin/reboot",)
    path: str = PATH

    @property
    def work(self) -> Path:
        """Return the folder of the commands that root allows."""
        return self.etc / "work.d"

    @property
    def blocked(self) -> Path:
        """Return the folder with one empty file for each guest that nobody may start."""
        return self.etc / "blocked"


def read(etc: Path = ETC) -> Settings:
    """Read `host.conf` in *etc*. Raises BadSettings."""
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None)
    path = etc / "host.conf"
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
        host = parser["host"]
        state = Path(host.get("state", str(STATE)))
        found = Settings(
            name=host["name"],
            dialect=host["dialect"],
            etc=etc,
            state=state,
            images=Path(host.get("images", str(state / "images"))),
            snapshots=Path(host.get("snapshots", str(state / "snapshots"))),
            keep_days=host.getfloat("keep_days", 7.0),
            save_seconds=host.getfloat("save_seconds", 0.0),
            xen_etc=Path(host.get("xen_etc", "/etc/xen")),
            path=host.get("path", PATH),
            reboot=tuple(shlex.split(host.get("reboot", "/sbin/reboot"))),
        )
    except (OSError, KeyError, ValueError, configparser.Error) as error:
        raise BadSettings(f"{path}: {_said(error)}") from error
    if found.dialect not in DIALECTS:
        raise BadSettings(f"{path}: dialect {found.dialect!r}: use one of {', '.join(DIALECTS)}")
    return found


def _said(error: Exception) -> str:
    missing: str | None = None
    if isinstance(error, KeyError):
        missing = f"{error.args[0]!r} is missing"
    if isinstance(error, OSError):
        missing = error.strerror
    return missing or str(error).replace("\n", " ")
