"""The boot lock on Xen, read by bash as Xen's network scripts read it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.executors.host_helper import durable
from bot.executors.host_helper.dialects import xen_hook

#: What stands around a hook: xen-hotplug-common.sh and vif-common.sh.
_AROUND = """\
fatal() {{ echo "$*"; exit 1; }}
xenstore-read() {{ printf '%s\\n' "$NAME"; }}
trap 'echo trapped; exit 2' ERR
command={command}
XENBUS_PATH=backend/vif/14/0
. {hook}
"""


class Locked:
    """A folder of locks, and the hook that looks into it."""

    def __init__(self, folder: Path) -> None:
        self.locks = folder / "locks"
        self.locks.mkdir()
        self.hook = folder / "hook"
        self.hook.write_text(xen_hook.script(str(folder)))

    def lock(self, guest: str, pid: str = "") -> None:
        (self.locks / guest).touch()
        if pid:
            (self.locks / f"{guest}.pass").write_text(pid)

    def starts(self, guest: str, command: str = "online") -> subprocess.CompletedProcess[str]:
        around = _AROUND.format(command=command, hook=self.hook)
        return subprocess.run(
            ["/bin/bash", "-c", around],
            env={"NAME": guest, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


def test_a_guest_without_a_lock_starts(locked: Locked) -> None:
    locked.lock("g1")

    assert locked.starts("g2").returncode == 0


@pytest.mark.failure(6)
def test_who_boots_a_locked_guest_is_told_what_helps(locked: Locked) -> None:
    locked.lock("g1")

    refused = locked.starts("g1")

    assert refused.returncode == 1
    assert "maint-host restore g1." in refused.stdout
    assert "maint-host boot g1 --lose-memory" in refused.stdout


def test_what_the_helper_starts_is_let_through(locked: Locked) -> None:
    locked.lock("g1", "1\n")
    held = durable.locked(locked.locks / "g1.pass")
    assert held is not None

    started = locked.starts("g1")
    os.close(held)

    assert (started.returncode, started.stdout) == (0, "")


@pytest.mark.parametrize("pid", ["99999999\n", "\n", "x\n", "1\n"])
def test_a_pass_that_nobody_holds_any_more_lets_nobody_through(locked: Locked, pid: str) -> None:
    locked.lock("g1", pid)

    assert locked.starts("g1").returncode == 1


def test_a_guest_that_goes_away_is_never_stopped(locked: Locked) -> None:
    locked.lock("g1")

    assert locked.starts("g1", "offline").returncode == 0


@pytest.mark.parametrize("name", ["../x", "", ".", "-n", "a b", "$(touch x)", "x\ng1"])
def test_a_hostile_name_is_no_path_and_no_command(locked: Locked, name: str) -> None:
    (locked.locks.parent / "x").touch()
    locked.lock("g1")

    started = locked.starts(name)

    assert (started.returncode, started.stdout) == (0, "")
