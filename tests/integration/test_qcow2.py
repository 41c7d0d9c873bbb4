"""Snapshots inside real qcow2 files, by the real qemu-img."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.executors.host_helper import snapshots, tools
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, Disk, Domain
from tests.unit.executors.host_helper.keeper import Keeper, killed

pytestmark = pytest.mark.skipif(
    not shutil.which("qemu-img"), reason="no qemu-img is installed (the package `qemu-utils`)"
)


class Qcow2Keeper(Keeper):
    """A host whose guest has a qcow2 disk."""

    @property
    def domain(self) -> Domain:
        disks = tuple(Disk(path, "qcow2") for path in self.disks)
        return replace(super().domain, disks=disks)

    def write(self, letter: str) -> None:
        io = ["qemu-io", "-f", "qcow2", "-c", f"write -P {ord(letter)} 0 64k", self.disks[0]]
        subprocess.run(io, check=True, capture_output=True)

    def read(self) -> str:
        raw = self.folder / "raw"
        command = ["qemu-img", "convert", "-O", "raw", self.disks[0], str(raw)]
        subprocess.run(command, check=True)
        return raw.read_bytes()[:1].decode()

    def inside(self) -> str:
        command = ["qemu-img", "snapshot", "-l", self.disks[0]]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def host(tmp_path: Path) -> Qcow2Keeper:
    made = Qcow2Keeper(tmp_path)
    made.disks.append(str(tmp_path / "g1.qcow2"))
    command = ["qemu-img", "create", "-q", "-f", "qcow2", made.disks[0], "4M"]
    subprocess.run(command, check=True)
    made.write("b")
    return made


def test_a_disk_is_rolled_back_as_often_as_wanted(host: Qcow2Keeper) -> None:
    host.take()
    for _ in range(2):
        host.write("a")
        host.roll_back()
        assert host.read() == "b"
    assert host.names() == ["s1"]


@pytest.mark.parametrize("state", [PAUSED, RUNNING])
def test_a_guest_in_memory_is_not_touched(host: Qcow2Keeper, state: str) -> None:
    host.take()
    host.state = state
    host.fails("wrong_state", lambda: host.take("s2"))
    host.fails("wrong_state", host.roll_back)
    assert host.names() == ["s1"]


def test_a_drop_beside_a_running_guest_is_done_when_it_is_off(host: Qcow2Keeper) -> None:
    host.take()
    host.state = RUNNING
    host.drop()
    assert (host.names(), "maint." in host.inside()) == ([], True)
    host.state = OFF
    host.take("s2")
    assert (host.names(), host.inside().count("maint.")) == (["s2"], 1)


def test_a_dropped_snapshot_leaves_nothing_in_the_file(host: Qcow2Keeper) -> None:
    host.take()
    host.drop()
    assert "maint." not in host.inside()


def test_a_snapshot_is_dropped_when_its_disk_is_gone(host: Qcow2Keeper) -> None:
    host.take()
    Path(host.disks[0]).unlink()
    host.drop()
    assert not list(host.folder.glob("snapshots/g1/*"))


def test_a_snapshot_that_somebody_removed_touches_nothing(host: Qcow2Keeper) -> None:
    host.take()
    name = next(word for word in host.inside().split() if word.startswith("maint."))
    subprocess.run(["qemu-img", "snapshot", "-d", name, host.disks[0]], check=True)
    host.write("a")
    host.fails("no_snapshot", host.roll_back)
    assert (host.read(), host.unfinished()) == ("a", [])


def test_a_killed_rollback_is_finished_by_the_next(host: Qcow2Keeper) -> None:
    host.take()
    count = 1
    while killed(host.roll_back, ((tools, "run"),), count):
        host.roll_back()
        assert host.read() == "b"
        host.write("a")
        count += 1
    check = subprocess.run(["qemu-img", "check", host.disks[0]], capture_output=True, check=False)
    assert check.returncode == 0


def test_its_kind_is_told_while_it_runs(host: Qcow2Keeper) -> None:
    host.state = RUNNING
    assert snapshots.kind(host.settings, [host.domain]) == "thin"
