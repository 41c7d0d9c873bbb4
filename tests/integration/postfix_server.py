"""A private Postfix on loopback: own configuration, queue, log and ports, and no DNS."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.patience import free_port

PROGRAM = "/usr/sbin/postfix"
DAEMONS = "/usr/lib/postfix/sbin"
LIST_DOMAIN = "lists.example.net"

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
multi_instance_directories =
myhostname = relay.example.net
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{ nobody@example.org=REJECT }}
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
relayhost = [127.0.0.1]:{sink}
transport_maps = inline:{{ {{ {lists} = lmtp:[127.0.0.1]:{lmtp} }} }}
"""
# The daemons of the shipped master.cf that such a relay uses, none of them in a chroot.
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A relay that runs."""

    port: int
    sink: int  # the port to which it delivers everything but what is for lists
    lmtp: int  # the port to which it delivers what is for `LIST_DOMAIN`
    log: Path


@contextmanager
def running() -> Iterator[Postfix]:
    """Run Postfix until the end of the block; skip where that is not possible."""
    if not Path(PROGRAM).exists():
        pytest.skip("no Postfix is installed (the package `postfix`)")
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root only")
    folder = Path(tempfile.mkdtemp(prefix="postfix"))
    folder.chmod(0o755)  # its daemons are another user
    try:
        postfix = _configured(folder)
        _control(folder, "start")
        try:
            yield postfix
        finally:
            _control(folder, "stop")
    finally:
        shutil.rmtree(folder)


def _configured(folder: Path) -> Postfix:
    port, sink, lmtp = free_port(), free_port(), free_port()
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    main = MAIN.format(folder=folder, daemons=DAEMONS, sink=sink, lmtp=lmtp, lists=LIST_DOMAIN)
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
    return Postfix(port=port, sink=sink, lmtp=lmtp, log=folder / "log")


def _control(folder: Path, verb: str) -> None:
    outcome = subprocess.run(
        [PROGRAM, "-c", str(folder / "etc"), verb],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the daemons keep what they inherit
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert outcome.returncode == 0, (folder / "log").read_text()
