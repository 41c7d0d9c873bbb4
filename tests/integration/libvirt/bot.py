"""The program on a configuration with the libvirt host."""

from __future__ import annotations

from pathlib import Path

from tests.integration.libvirt import host, lab
from tests.integration.libvirt.host import NAME, RealHost
from tests.integration.program import Program

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
work = {{ manual = false, commands = ["{work}"], reboot = false }}
disk_mib_s = 500
stream_mib_s = 100
work_seconds = 1

[contacts]
anna = {{ name = "Anna Berg", address = "anna@example.org" }}

[guests]
"""


def bot(
    real: RealHost,
    folder: Path,
    opted_in: tuple[str, ...],
    *,
    pairs: str = "off",
    work: str = "upgrade",
) -> Program:
    """Configure the program; the guests *opted_in* are suspended."""
    known = {"key": real.key, "known_hosts": real.known_hosts}
    settings = _SETTINGS.format(folder=folder, pairs=pairs, **known)
    (folder / "maint.toml").write_text(settings, encoding="utf-8")
    guests = [host.guest_table(guest, opted_in=guest in opted_in) for guest in lab.GUESTS]
    inventory = _HOST.format(name=NAME, port=real.port, work=work) + "".join(guests)
    (folder / "inventory.toml").write_text(inventory, encoding="utf-8")
    return Program(folder=folder)
