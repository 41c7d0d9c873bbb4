"""The real program, as its user starts it, on a configuration with the libvirt host."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.integration.libvirt import host, lab
from tests.integration.libvirt.host import NAME, RealHost

ROOT = Path(__file__).parents[3]
_SETTINGS = """\
[data]
directory = "{folder}/data"

[policy]
canaries = false
pairs = "{pairs}"

[limits]
shutdown = 25
shutdown_warning = 5
looks = [2, 4, 8]
boot_look = 2
turn = 0.25
attempts = 2

[chat]
confirm_start = "name"
require_reason = false

[ssh]
key = "{key}"
known_hosts = "{known_hosts}"

[roles]
operate = ["os:*"]
approve = ["os:*"]
"""
_HOST = """\
[hosts.{name}]
executor = "ssh"
address = "127.0.0.1"
port = {port}
work = {{ manual = false, commands = ["upgrade"], reboot = false }}
disk_mib_s = 500
stream_mib_s = 100
work_seconds = 1

[contacts]
anna = {{ name = "Anna Berg", address = "anna@example.org" }}

[guests]
"""


@dataclass(frozen=True, kw_only=True)
class Bot:
    """The program over one folder of configuration and data."""

    folder: Path

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "bot", "--config", str(self.folder)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*self.command, *words],
            cwd=ROOT,
            env={**os.environ, "USER": "anna"},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the program and return it."""
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            return subprocess.Popen([*self.command, *words], cwd=ROOT, stdout=log, stderr=log)

    def rows(self) -> list[tuple[str, str, str]]:
        """Return event, guest and data of the journal's rows."""
        path = self.folder / "data" / "maint.sqlite"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
            try:
                found = database.execute("select event, guest, data from journal order by number")
            except sqlite3.OperationalError:
                return []  # the first process has not made its tables yet
            return [(str(event), str(guest), str(data)) for event, guest, data in found]

    @property
    def ended(self) -> bool:
        """Say whether the run has ended."""
        return any(event == "ended" for event, _, _ in self.rows())


def bot(real: RealHost, folder: Path, opted_in: tuple[str, ...], *, pairs: str = "off") -> Bot:
    """Configure the program; the guests *opted_in* are suspended."""
    known = {"key": real.key, "known_hosts": real.known_hosts}
    settings = _SETTINGS.format(folder=folder, pairs=pairs, **known)
    (folder / "maint.toml").write_text(settings, encoding="utf-8")
    guests = [host.guest_table(guest, opted_in=guest in opted_in) for guest in lab.GUESTS]
    inventory = _HOST.format(name=NAME, port=real.port) + "".join(guests)
    (folder / "inventory.toml").write_text(inventory, encoding="utf-8")
    return Bot(folder=folder)
