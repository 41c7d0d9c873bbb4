"""The machine with the guests as a host of the bot: its own sshd, the helper in one file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.executors import helper_file
from bot.executors.remote import Patience, RemoteHost, Way
from tests.integration.libvirt import lab
from tests.integration.patience import free_port, until_now

NAME = "virt"
_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/sshd.pid
PermitRootLogin forced-commands-only
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
AcceptEnv *
"""


@dataclass(frozen=True, kw_only=True)
class RealHost:
    """Where the host's files are, and how it is reached."""

    folder: Path
    port: int
    version: str  # of the helper that is there

    @property
    def helper(self) -> Path:
        return self.folder / "maint-host"

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def images(self) -> Path:
        return self.state / "images"

    @property
    def key(self) -> Path:
        return self.folder / "bot_key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def way(self) -> Way:
        return Way(
            host=NAME,
            address="127.0.0.1",
            port=self.port,
            user="root",
            key=self.key,
            known_hosts=self.known_hosts,
        )

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[RemoteHost]:
        executor = RemoteHost(self.way(), self.version, Patience())
        try:
            yield executor
        finally:
            await executor.close()

    @property
    def server(self) -> int:
        """Return the process id of its sshd."""
        return int((self.folder / "sshd.pid").read_text(encoding="ascii"))

    def by_hand(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command of root's at the host itself."""
        return subprocess.run(
            [str(self.helper), "--etc", str(self.etc), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    def cut(self) -> None:
        """End every connection as a pulled cable does: whoever serves it is gone."""
        for child in children(self.server):
            os.kill(child, signal.SIGKILL)


def children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text(encoding="ascii").split()]


@contextmanager
def real_host(folder: Path) -> Iterator[RealHost]:
    """Make the host in *folder*, and let it listen until the end of the block."""
    host = RealHost(folder=folder, port=free_port(), version=helper_file.version())
    helper_file.build(host.helper)
    _configure(host)
    _make_keys(host)
    config = folder / "sshd_config"
    config.write_text(_SSHD.format(port=host.port, folder=folder), encoding="ascii")
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen(
        _quiet_host(folder, ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)])
    )
    try:
        until_now((folder / "sshd.pid").exists)
        yield host
    finally:
        server.terminate()
        server.wait()


def _configure(host: RealHost) -> None:
    (host.etc / "work.d").mkdir(parents=True)
    text = f"[host]\nname = {NAME}\ndialect = libvirt\nstate = {host.state}\n"
    (host.etc / "host.conf").write_text(text, encoding="ascii")
    upgrade = host.etc / "work.d" / "upgrade"
    upgrade.write_text("#!/bin/sh\necho unpacking\necho done\n", encoding="ascii")
    upgrade.chmod(0o700)


def _make_keys(host: RealHost) -> None:
    for name in ("host_key", "bot_key"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host.folder / name)]
        subprocess.run(make, check=True)
    public = (host.folder / "bot_key.pub").read_text(encoding="ascii")
    forced = f'restrict,command="{host.helper} --etc {host.etc} ssh" {public}'
    (host.folder / "authorized_keys").write_text(forced, encoding="ascii")
    shown = (host.folder / "host_key.pub").read_text(encoding="ascii")
    host.known_hosts.write_text(f"[127.0.0.1]:{host.port} {shown}", encoding="ascii")


def _quiet_host(folder: Path, command: list[str]) -> list[str]:
    """Let *command* see a host whose libvirt-guests leaves the guests alone."""
    told = folder / "libvirt-guests"
    told.write_text("ON_BOOT=ignore\nON_SHUTDOWN=shutdown\n", encoding="ascii")
    script = f'mount --bind {told} /etc/default/libvirt-guests && exec "$@"'
    return ["unshare", "--mount", "--", "sh", "-c", script, "sh", *command]


def clear(host: RealHost) -> None:
    """Forget what the tests before have left on the host; its guests are up."""
    for place in ("images", "guests", "locks", "snapshots"):
        shutil.rmtree(host.state / place, ignore_errors=True)
    for left in ("released", "token"):
        (host.state / left).unlink(missing_ok=True)
    host.by_hand("list")


def guest_table(guest: str, *, opted_in: bool) -> str:
    wish = "true" if opted_in else "false"
    return (
        f'{guest} = {{ host = "{NAME}", uuid = "{lab.uuid(guest)}", contact = "anna",'
        f' address = "{lab.address(guest)}", checks = ["ping", 80], opted_in = {wish} }}\n'
    )
