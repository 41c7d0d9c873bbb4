"""The Xen host as a host of the bot: set up by the bot's own script, with a key of its own."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.executors import helper_file
from bot.executors.host_helper.dialects import xen_hook
from bot.executors.remote import Patience, RemoteHost, Way
from tests.integration.xen import lab

NAME = "xenhost"
HELPER = "/usr/local/sbin/maint-host"
STATE = "/var/lib/maint"
#: Without its sources compiled the helper starts in 15 s here, and a connection is given up.
_COMPILE = """
import importlib.util, io, marshal, os, struct, zipfile
helper, out = "/usr/local/sbin/maint-host", io.BytesIO()
begins = open(helper, "rb").readline()
with zipfile.ZipFile(helper) as old, zipfile.ZipFile(out, "w") as new:
    for name in old.namelist():
        text = old.read(name)
        new.writestr(name, text)
        if name.endswith(".py") and name != "__main__.py":
            head = importlib.util.MAGIC_NUMBER + struct.pack("<I", 1)
            code = marshal.dumps(compile(text, name, "exec"))
            new.writestr(name + "c", head + importlib.util.source_hash(text) + code)
with open(helper, "wb") as file:
    file.write(begins + out.getvalue())
"""
_KEPT = ("images", "guests", "locks", "snapshots", "operations")


@dataclass(frozen=True, kw_only=True)
class XenHost:
    """How the host is reached, and what the bot is given for it."""

    folder: Path
    version: str  # of the helper that is there

    @property
    def key(self) -> Path:
        return self.folder / "bot_key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[RemoteHost]:
        way = Way(
            host=NAME,
            address="127.0.0.1",
            port=lab.PORT,
            key=self.key,
            known_hosts=self.known_hosts,
        )
        patient = Patience(connect=60, greeting=120, answer=180)
        executor = RemoteHost(way, self.version, patient)
        try:
            yield executor
        finally:
            await executor.close()

    def by_hand(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command of root's at the host itself."""
        return lab.said(" ".join([HELPER, *words]))


def set_up(folder: Path) -> XenHost:
    """Set the host up in a fresh bed whose guests do not run yet."""
    host = XenHost(folder=folder, version=helper_file.version())
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host.key)]
    subprocess.run(make, check=True)
    shown = lab.dom0("cat /etc/ssh/ssh_host_ed25519_key.pub")
    host.known_hosts.write_text(f"[127.0.0.1]:{lab.PORT} {shown}", encoding="ascii")
    _install(host)
    return host


def _install(host: XenHost) -> None:
    public = host.key.with_suffix(".pub").read_text(encoding="ascii").strip()
    lab.write("/etc/maint/host.conf", f"[host]\nname = {NAME}\ndialect = xen\n")
    lab.write("/etc/maint/work.d/upgrade", "#!/bin/sh\necho unpacking\n", "0755")
    lab.write(xen_hook.PLACE, xen_hook.script(STATE), "0755")
    carried = host.folder / "maint-host"
    helper_file.build(carried)
    with carried.open("rb") as file:
        place = f"cat > {HELPER} && chmod 0755 {HELPER}"
        subprocess.run([*lab.ssh(), place], stdin=file, check=True, timeout=60)
    lab.dom0("python3 -", stdin=_COMPILE)
    forced = f'restrict,command="{HELPER} ssh" {public}'
    lab.dom0("cat >> /root/.ssh/authorized_keys", stdin=f"{forced}\n")


def clear(host: XenHost) -> None:
    """Forget what the tests before have left on the host; its guests are up."""
    lab.dom0("; ".join(f"rm -rf {STATE}/{place}" for place in (*_KEPT, "token", "released")))
    listed = host.by_hand("list")
    assert listed.returncode == 0, listed.stderr
