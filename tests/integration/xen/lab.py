"""A Xen host in an emulator, with real paravirtual guests, reached over SSH on this machine.

`$XENLAB_SCRIPTS` is the folder of the bed's scripts: `start.sh`, `stop.sh`. Nothing of it runs
fast: a command in dom0 takes a second, the start of a guest ten.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.integration.patience import until_now

SCRIPTS = Path(os.environ.get("XENLAB_SCRIPTS", ""))
STATE = Path(os.environ.get("XENLAB", "/var/lib/xenlab/lab"))
PORT = int(os.environ.get("PORT", "2222"))
GUESTS = ("g1", "g2", "g3", "deaf")
DEAF = "deaf"  # acknowledges that it is asked to shut down, and runs on
MEMORY_MIB = 32
SECONDS = 180.0  # nothing that is waited for here takes longer on a busy machine
_BEAT = re.compile(r"HB name=(\S+) n=(\d+) up=([\d.]+) boot=([0-9a-f]+)\r?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A guest's heart: `boot` is another at each cold boot, `n` its seconds in memory."""

    boot: str
    n: int

    def goes_on_from(self, before: Beat) -> bool:
        """Say whether the guest has kept its memory since *before*."""
        return self.boot == before.boot and self.n > before.n


def uuid(guest: str) -> str:
    return f"00000000-0000-4000-8000-0000000000{GUESTS.index(guest) + 1:02d}"


def console(guest: str) -> str:
    return f"/var/log/xen/console/guest-{guest}.log"


def script(name: str, *words: str, **environment: str) -> None:
    """Run a script of the bed's."""
    command = [str(SCRIPTS / name), *words]
    subprocess.run(command, check=True, env={**os.environ, **environment}, timeout=400)


def ssh(*options: str) -> list[str]:
    """Return the command that enters dom0; one connection serves many."""
    known = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes")
    shared = ("ControlMaster=auto", f"ControlPath={STATE}/ssh-%C", "ControlPersist=300")
    alive = ("ServerAliveInterval=5", "ServerAliveCountMax=3", "ConnectTimeout=10")
    settings = [word for option in (*known, *shared, *alive) for word in ("-o", option)]
    way = ["-p", str(PORT), "-i", str(STATE / "id_ed25519")]
    return ["ssh", "-q", *way, *settings, *options, "root@127.0.0.1"]


def said(command: str, *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of dom0's shell as root; its status is not judged."""
    return subprocess.run(
        [*ssh(), command], input=stdin, capture_output=True, text=True, check=False, timeout=300
    )


def dom0(command: str, *, stdin: str = "") -> str:
    """Run a command of dom0's shell as root, and return what it printed."""
    done = said(command, stdin=stdin)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def define(guest: str) -> None:
    """Write the guest's file, with a UUID, and let its kernel say on the console which it is."""
    mode = "deaf" if guest == DEAF else "normal"
    number = GUESTS.index(guest) + 1
    dom0(
        f"mkguest {guest} {number} {MEMORY_MIB} {mode} && cd /etc/xen &&"
        f" sed -i 's/ quiet / /' {guest}.cfg && echo 'uuid = \"{uuid(guest)}\"' >> {guest}.cfg"
    )


def flags(guest: str) -> str:
    """Return the state column of a guest in memory; nothing of one that is off."""
    lines = dom0("xl list").splitlines()
    return next((line.split()[4] for line in lines if line.split()[0] == guest), "")


def beats_anew(guest: str) -> Beat:
    """Wait for the guest's next beat, and return it. dom0 waits: each question costs it much."""
    log, seconds = console(guest), round(SECONDS)
    found = _BEAT.findall(
        dom0(
            f"s=$(stat -c %s {log}); for i in $(seq {seconds}); do"
            f" tail -c +$((s + 1)) {log} | grep -q 'HB .*boot=.*' && break; sleep 1; done;"
            f" tail -c +$((s + 1)) {log} | tail -c 4096"
        )
    )
    assert found, f"{guest} does not beat"
    return Beat(boot=found[-1][3], n=int(found[-1][1]))


def written(guest: str) -> Beat:
    """Return the beat that stands on the guest's disk."""
    found = _BEAT.findall(dom0(f"head -c 512 /srv/guests/{guest}.img").rstrip("\0\n "))
    return Beat(boot=found[-1][3], n=int(found[-1][1]))


def all_up(guests: Iterable[str] = GUESTS) -> None:
    """Bring every guest up, however the test before has left it, and wait until it beats."""
    for guest in guests:
        until_now(lambda guest=guest: _is_up(guest), seconds=SECONDS)  # type: ignore[misc]
    for guest in guests:
        beats_anew(guest)


def _is_up(guest: str) -> bool:
    """Start the guest if it does not run; on a busy machine Xen's own scripts may take too long."""
    if flags(guest) in {"-b----", "r-----", "------"}:
        return True
    said(f"xl destroy {guest}; xl create -q /etc/xen/{guest}.cfg")
    return False


def boot_id() -> str:
    """Return what names this start of the host."""
    return dom0("cat /proc/sys/kernel/random/boot_id").strip()


def write(path: str, text: str, mode: str = "0644") -> None:
    """Put a file into dom0."""
    place = shlex.quote(path)
    dom0(f"mkdir -p $(dirname {place}) && cat > {place} && chmod {mode} {place}", stdin=text)
