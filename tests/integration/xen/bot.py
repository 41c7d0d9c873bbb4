"""The program on a configuration with the Xen host."""

from __future__ import annotations

from pathlib import Path

from tests.integration.program import Program
from tests.integration.xen import lab
from tests.integration.xen.host import NAME, XenHost

_SETTINGS = """\
[data]
directory = "{folder}/data"

[policy]
canaries = false
pairs = "auto"

[limits]
shutdown = 40
shutdown_warning = 5
looks = [5, 10, 20]
boot_look = 10
contact = 300
turn = 5
starts_at_once = 1
streams = 1

[chat]
require_reason = false

[ssh]
key = "{key}"
known_hosts = "{known_hosts}"
connect_seconds = 30

[roles]
operate = ["os:*"]
approve = ["os:*"]
"""
_HOST = """\
[hosts.{name}]
executor = "ssh"
address = "127.0.0.1"
port = {port}
work = {{ manual = false, commands = ["upgrade"], reboot = true }}
disk_mib_s = 20
stream_mib_s = 5
verify_mib_s = 20
work_seconds = 60

[contacts]
anna = {{ name = "Anna Berg", address = "anna@example.org" }}

[guests]
"""
#: From here none of them can be reached: no address.
_GUEST = """\
{name} = {{ host = "{host}", uuid = "{uuid}", contact = "anna", opted_in = {wish} }}
"""


def bot(real: XenHost, folder: Path, opted_in: tuple[str, ...]) -> Program:
    """Configure the program; the guests *opted_in* are suspended."""
    known = {"key": real.key, "known_hosts": real.known_hosts}
    settings = _SETTINGS.format(folder=folder, **known)
    (folder / "maint.toml").write_text(settings, encoding="utf-8")
    guests = [_guest(guest, opted_in=guest in opted_in) for guest in lab.GUESTS]
    inventory = _HOST.format(name=NAME, port=lab.PORT) + "".join(guests)
    (folder / "inventory.toml").write_text(inventory, encoding="utf-8")
    return Program(folder=folder)


def _guest(name: str, *, opted_in: bool) -> str:
    wish = "true" if opted_in else "false"
    return _GUEST.format(name=name, host=NAME, uuid=lab.uuid(name), wish=wish)
