"""Each claim was seen on libvirt 9 with QEMU 7.2 first."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.hypervisor.hypervisor import Hypervisor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def host(tmp_path: Path) -> Hypervisor:
    made = Hypervisor(tmp_path / "bin")
    made.contract_guests()
    return made


def virsh(host: Hypervisor, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(host.folder / "virsh"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def begun(host: Hypervisor, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([str(host.folder / "virsh"), *words], stderr=subprocess.PIPE, text=True)


def test_the_table_has_the_columns_of_virsh(host: Hypervisor) -> None:
    assert virsh(host, "list", "--all").stdout.splitlines() == [
        " Id   Name   State",
        "-----------------------",
        " 1    g1     running",
        " 2    g2     running",
        " -    off    shut off",
        "",
    ]


def test_several_commands_in_one_argument_go_on_after_a_failure(host: Hypervisor) -> None:
    done = virsh(host, "domstate nope; domstate 'g2' --reason")
    assert (done.stdout, done.returncode) == ("\nrunning (booted)\n\n", 0)
    assert done.stderr == "error: failed to get domain 'nope'\n"


def test_a_guest_is_named_by_its_uuid_too(host: Hypervisor) -> None:
    uuid = host.guest("g2").uuid
    assert virsh(host, "-q", "domstate", "--domain", uuid).stdout == "running\n"


def test_a_restored_guest_goes_on_counting(host: Hypervisor, tmp_path: Path) -> None:
    host.change("g1", counter=1000.0)
    virsh(host, "save", "g1", str(tmp_path / "image"))
    virsh(host, "restore", str(tmp_path / "image"), "--paused")
    assert virsh(host, "domstate", "g1", "--reason").stdout == "paused (migrating)\n\n"
    virsh(host, "resume", "g1")
    assert host.counter("g1") >= 1000
    assert (host.guest("g1").boot, host.violations()) == (1, [])


def test_a_started_guest_counts_anew_and_writes_to_its_disk(host: Hypervisor) -> None:
    host.change("g1", counter=1000.0)
    before = host.writes("g1")
    virsh(host, "destroy", "g1")
    virsh(host, "start", "g1")
    assert host.counter("g1") < 1000
    assert (host.guest("g1").boot, host.writes("g1")) == (2, before + 1)


def test_a_stale_image_is_taken_and_told(host: Hypervisor, tmp_path: Path) -> None:
    virsh(host, "save", "g1", str(tmp_path / "image"))
    virsh(host, "start", "g1")
    virsh(host, "destroy", "g1")
    assert virsh(host, "restore", str(tmp_path / "image")).returncode == 0
    assert host.violations() == ["g1: resumed from a stale image"]


def test_a_disk_put_back_fits_its_image_again(host: Hypervisor, tmp_path: Path) -> None:
    image, disk = tmp_path / "image", host.disk("g1")
    virsh(host, "save", "g1", str(image))
    before = disk.read_bytes()
    virsh(host, "restore", str(image))
    virsh(host, "destroy", "g1")
    disk.write_bytes(before)
    virsh(host, "restore", str(image))
    assert host.violations() == []


def test_a_short_image_is_taken_all_the_same(host: Hypervisor, tmp_path: Path) -> None:
    image = tmp_path / "image"
    virsh(host, "save", "g1", str(image))
    image.write_bytes(image.read_bytes()[:-100])
    assert virsh(host, "restore", str(image)).returncode == 0


def test_a_save_goes_on_without_its_client(host: Hypervisor, tmp_path: Path) -> None:
    with host.held("save", "g1"):
        client = begun(host, "save", "g1", str(tmp_path / "image"))
        host.wait_for_save("g1")
        client.kill()
        client.communicate()
        assert (tmp_path / "image").read_bytes().startswith(b"LibvirtQemudPart")
    host.wait_for(lambda now: not now.guest("g1").active)
    assert (tmp_path / "image").read_bytes().startswith(b"LibvirtQemudSave")


def test_an_aborted_save_lets_the_guest_go_on(host: Hypervisor, tmp_path: Path) -> None:
    with host.held("save", "g1"):
        client = begun(host, "save", "g1", str(tmp_path / "image"))
        host.wait_for_save("g1")
        assert virsh(host, "domjobabort", "g1").returncode == 0
        _, said = client.communicate()
    assert "canceled by client" in said
    assert virsh(host, "domstate", "g1", "--reason").stdout == "running (save canceled)\n\n"
    assert not (tmp_path / "image").exists()


def test_a_daemon_killed_in_a_save_leaves_no_image(host: Hypervisor, tmp_path: Path) -> None:
    with host.held("save", "g1"):
        client = begun(host, "save", "g1", str(tmp_path / "image"))
        host.wait_for_save("g1")
        host.kill_daemon()
        _, said = client.communicate()
    assert "End of file" in said
    assert virsh(host, "list").returncode == 1
    host.start_daemon()
    assert virsh(host, "domstate", "g1").stdout == "running\n\n"
    assert virsh(host, "restore", str(tmp_path / "image")).returncode == 1


def test_a_deaf_guest_keeps_running(host: Hypervisor) -> None:
    host.change("g1", deaf=True)
    for name in ("g1", "g2"):
        assert virsh(host, "shutdown", name).returncode == 0
    assert virsh(host, "-q", "list", "--name").stdout == "g1\n"


def test_a_planned_failure_says_what_it_was_told_once(host: Hypervisor) -> None:
    host.fail("start", "internal error: no", guest="off")
    said = virsh(host, "start", "off").stderr
    assert said == "error: Failed to start domain 'off'\nerror: internal error: no\n"
    assert virsh(host, "start", "off").returncode == 0


def test_the_hook_can_forbid_a_start(host: Hypervisor) -> None:
    host.hook.write_text('#!/bin/sh\n[ $3 = end ] || { echo "$1 is locked" >&2; exit 1; }\n')
    host.hook.chmod(0o755)
    done = virsh(host, "start", "off")
    assert done.returncode == 1
    assert "off is locked" in done.stderr


def test_too_little_memory_refuses_a_start(host: Hypervisor) -> None:
    host.configure(memory_mib=128)
    assert "Cannot allocate memory" in virsh(host, "start", "off").stderr
