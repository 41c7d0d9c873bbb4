"""Five real guests of libvirt and QEMU, in a network of their own.

`$VIRTLAB` is the folder of the bed's scripts: `build.sh`, `start.sh`, `stop.sh`, `exec.sh`. The
tests run inside its network namespace, so that they and the bot reach the guests.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.integration.patience import until_now

SCRIPTS = Path(os.environ.get("VIRTLAB", ""))
STATE = Path(os.environ.get("VL", "/var/lib/virtlab"))
INSIDE = "VIRTLAB_INSIDE"
GUESTS = ("vg1", "vg2", "vg3", "vg4", "vg5")
DEAF = "vg5"  # ignores its power button
_DAEMON = Path("/run/libvirtd.pid")
_BEAT = re.compile(rb"(?m)^HB (\S+) boot=(\d+) n=(\d+) up=([\d.]+) wall=(\d+)\r?\n")


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A guest's heart: `boot` counts its cold boots on its disk, `n` its seconds in memory."""

    boot: int
    n: int

    def goes_on_from(self, before: Beat) -> bool:
        """Say whether the guest has kept its memory since *before*."""
        return self.boot == before.boot and self.n > before.n


def uuid(guest: str) -> str:
    return f"00000000-0000-4000-8000-0000000000{int(guest[2:]):02d}"


def address(guest: str) -> str:
    return f"10.77.0.{10 + int(guest[2:])}"


def console(guest: str) -> Path:
    return STATE / "con" / f"{guest}.log"


def disk(guest: str) -> Path:
    return STATE / "img" / f"{guest}.raw"


def virsh(*words: str, check: bool = True) -> str:
    environment = {**os.environ, "LC_ALL": "C", "LIBVIRT_DEFAULT_URI": "qemu:///system"}
    done = subprocess.run(
        ["virsh", "-q", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    if check and done.returncode:
        raise AssertionError(done.stderr)
    return (done.stdout + done.stderr).strip()


def state(guest: str) -> str:
    return virsh("domstate", guest, check=False)


def last_beat(guest: str, after: int = 0) -> Beat | None:
    """Return the newest beat behind the byte *after* of the guest's console."""
    with console(guest).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(after, size - 4096))
        found = _BEAT.findall(file.read())
    return Beat(boot=int(found[-1][1]), n=int(found[-1][2])) if found else None


def beats_anew(guest: str) -> Beat:
    """Wait for the guest's next beat, and return it."""
    mark, seen = console(guest).stat().st_size, list[Beat]()

    def beat() -> bool:
        seen.extend(found for found in [last_beat(guest, mark)] if found)
        return bool(seen)

    until_now(beat)
    return seen[-1]


def written(guest: str, folder: Path) -> str:
    """Return the heartbeats on the guest's disk, which is at rest, once its journal is replayed."""
    copy = folder / f"{guest}.copy"
    shutil.copyfile(disk(guest), copy)
    subprocess.run(["/sbin/e2fsck", "-fp", str(copy)], capture_output=True, check=False)
    read = ["/sbin/debugfs", "-R", "cat /hb.log", str(copy)]
    return subprocess.run(read, capture_output=True, text=True, check=True).stdout


def answers(guest: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address(guest)}/hb", timeout=2) as page:
            return bool(page.read())
    except OSError:
        return False


def is_clean(guest: str, folder: Path) -> bool:
    """Say whether the guest's file system is whole: a copy, once its journal is replayed."""
    running = state(guest) == "running"
    if running:
        virsh("suspend", guest)
    try:
        copy = folder / f"{guest}.copy"
        shutil.copyfile(disk(guest), copy)
    finally:
        if running:
            virsh("resume", guest)
    check = subprocess.run(["/sbin/e2fsck", "-fp", str(copy)], capture_output=True, check=False)
    copy.unlink()
    return check.returncode in {0, 1}


def all_up(guests: Iterable[str] = GUESTS) -> None:
    """Bring every guest up, however the test before has left it, and wait until it answers."""
    for guest in guests:
        if state(guest) != "running":
            virsh("destroy", guest, check=False)
            virsh("start", guest)
    for guest in guests:
        until_now(lambda guest=guest: answers(guest))  # type: ignore[misc]


def daemon(name: str) -> int:
    """Return the process id of libvirtd or virtlogd."""
    return int(Path(f"/run/{name}.pid").read_text(encoding="ascii"))


def revive_libvirtd() -> None:
    """Start the daemon that was ended, and wait until it answers."""
    _DAEMON.unlink(missing_ok=True)
    start = ["libvirtd", "-d", "-f", str(STATE / "etc" / "libvirtd.conf")]
    subprocess.run(start, check=True)
    until_now(lambda: "vg1" in virsh("list", "--all", "--name", check=False))


def restart_libvirtd() -> None:
    """Let the daemon see what it only looks for when it starts; guests run on."""
    os.kill(daemon("libvirtd"), signal.SIGTERM)
    until_now(lambda: not _DAEMON.exists())
    revive_libvirtd()
