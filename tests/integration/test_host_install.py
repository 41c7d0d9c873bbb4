"""A bare host is set up by the real ssh, through a real sshd, in a machine within this one.

Its own /etc, /usr/local, /var/lib and /root lie over the real ones for as long as it lasts; the
hypervisor is pretended.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.executors.host_helper.version import DIGITS
from tests.hypervisor.hypervisor import Hypervisor
from tests.integration.patience import free_port

pytestmark = pytest.mark.timeout(600)  # the program starts fifteen times, one after the other
ROOT = Path(__file__).resolve().parents[2]
_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
"""
_INVENTORY = """\
[hosts.imp]
executor = "ssh"
address = "127.0.0.1"
port = {port}
[guests]
g1 = {{ host = "imp", uuid = "{uuid}", role = "infrastructure", checks = [22] }}
"""
_MACHINE = """\
set -eu
umask 022
mount -t tmpfs tmpfs {folder}/over
for place in /etc /usr/local /var/lib /root; do
    over={folder}/over$place
    mkdir -p "$over/up" "$over/work"
    mount -t overlay overlay -o "lowerdir=$place,upperdir=$over/up,workdir=$over/work" "$place" ||
        exit 77
done
rm -f /root/.bashrc /root/.profile /root/.bash_profile
rm -rf /root/.ssh /etc/maint /var/lib/maint /etc/libvirt/hooks /usr/local/sbin/maint-host
mkdir -p -m 0700 /root/.ssh /run/sshd
cp {folder}/admin_key /root/.ssh/id_ed25519
cat {folder}/admin_key.pub >/root/.ssh/authorized_keys
echo "[127.0.0.1]:{port} $(cat {folder}/host_key.pub)" >/root/.ssh/known_hosts
mkdir -p /usr/local/bin
cp {virsh} /usr/local/bin/virsh
/usr/sbin/sshd -f {folder}/sshd_config -E {folder}/sshd.log
trap 'kill "$(cat {folder}/sshd.pid)"' EXIT
cd {folder}/source
set +e
maint() {{ {python} -m bot --config {folder} "$@" 2>&1; }}
step() {{ name=$1; shift; "$@" >{folder}/$name.out; echo $? >{folder}/$name.status; }}
bot_key() {{
    ssh -F none -i {folder}/data/id_ed25519 -o IdentitiesOnly=yes -o BatchMode=yes \\
        -o StrictHostKeyChecking=no -p {port} root@127.0.0.1 "$1" </dev/null 2>&1
}}
again() {{ echo yes | maint host install imp; }}
step build maint host build {folder}/built
step before maint host check imp
step install again
step check maint host check imp
step discover maint inventory discover imp
step again again
step shell bot_key id
step session bot_key 'maint-host session'
cp /etc/maint/host.conf {folder}/host.conf
sed -i s/imp/other/ /etc/maint/host.conf
step other maint host check imp
cp {folder}/host.conf /etc/maint/host.conf
cp {folder}/older /usr/local/sbin/maint-host
step older maint host check imp
step update again
step updated maint host check imp
rm /usr/local/sbin/maint-host
step missing maint host check imp
: >/root/.ssh/authorized_keys
step locked_out maint host check imp
"""


class Machine:
    """What each step in the machine has said, and how it ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def said(self, step: str) -> str:
        return (self._folder / f"{step}.out").read_text()

    def status(self, step: str) -> int:
        return int((self._folder / f"{step}.status").read_text())

    @property
    def version(self) -> str:
        """Return the version of the helper that the bot in the machine has."""
        return self.said("build").split(" is the helper ")[1][:DIGITS]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    for program in ("/usr/sbin/sshd", "ssh", "unshare"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if os.geteuid():
        pytest.skip("only root can make a machine within this one")
    folder = tmp_path_factory.mktemp("machine")
    _prepare(folder, free_port())
    done = subprocess.run(
        ["unshare", "--mount", "sh", str(folder / "machine.sh")],
        env={**os.environ, "HOME": "/root"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this kernel lays no file system over another here (overlay)")
    assert done.returncode == 0, done.stderr
    return Machine(folder)


def _prepare(folder: Path, port: int) -> None:
    for name in ("host_key", "admin_key"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    hypervisor = Hypervisor(folder / "libvirt")
    hypervisor.add("g1")
    hypervisor.add("g2")
    values = {
        "folder": shlex.quote(str(folder)),
        "port": port,
        "uuid": hypervisor.guest("g1").uuid,
        "virsh": shlex.quote(str(hypervisor.folder / "virsh")),
        "python": shlex.quote(sys.executable),
    }
    for part in ("bot", "notifications", "templates", "config"):  # as it is now, to the end
        shutil.copytree(ROOT / part, folder / "source" / part)
    (folder / "over").mkdir()
    (folder / "sshd_config").write_text(_SSHD.format(**values))
    (folder / "inventory.toml").write_text(_INVENTORY.format(**values))
    (folder / "maint.toml").write_text('[data]\ndirectory = "data"\n')
    (folder / "machine.sh").write_text(_MACHINE.format(**values))
    (folder / "older").write_text(
        """#!/bin/sh\necho '{"maint_host": "000000000000", "protocol": 1, "name": "imp"}'\n"""
    )
    (folder / "older").chmod(0o755)


def test_a_host_that_was_never_set_up_is_told_so(machine: Machine) -> None:
    assert machine.status("before") == 2
    assert "maint host install imp makes it" in machine.said("before")


def test_all_is_shown_then_done_and_told(machine: Machine) -> None:
    assert machine.status("install") == 0
    assert "wrote    /usr/local/sbin/maint-host" in machine.said("install")
    assert "the bot knows the host's key now" in machine.said("install")


def test_then_the_bot_gets_there_and_finds_its_own_helper(machine: Machine) -> None:
    lines = machine.said("check").splitlines()

    assert lines[:4] == [
        " ✓ it answers at 127.0.0.1",
        " ✓ its SSH host key is the one that the bot knows",
        " ✓ it admits the bot's key as root",
        f" ✓ maint-host {machine.version}, which is this bot's",
    ]
    assert " ✓ qemu-7.2.22 answers" in lines
    assert " ✗ inventory: lacks g2, which is there: maint inventory discover imp" in lines


def test_the_guests_that_the_inventory_lacks_are_proposed(machine: Machine) -> None:
    assert machine.status("discover") == 0
    assert 'g2 = { host = "imp", uuid = "' in machine.said("discover")
    assert "\ng1 = " not in machine.said("discover")


def test_a_second_time_nothing_is_written(machine: Machine) -> None:
    assert machine.status("again") == 0
    assert "wrote" not in machine.said("again")
    assert "the bot knows the host's key already" in machine.said("again")


def test_the_bots_key_opens_a_session_and_no_shell(machine: Machine) -> None:
    assert machine.said("session").startswith('{"maint_host": ')
    assert machine.status("shell") == 126
    assert "uid=" not in machine.said("shell")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("other", "the machine that answers calls itself other"),
        ("older", "its host helper is of another version than the bot (000000000000)"),
        ("missing", "it has no host helper that can be run"),
        ("locked_out", "it does not admit the bot's SSH key as root"),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_do(machine: Machine, step: str, said: str) -> None:
    wrong = [line for line in machine.said(step).splitlines() if "✗" in line]

    assert machine.status(step) == 2
    assert [line.startswith(f" ✗ {said}") for line in wrong] == [True]


def test_a_helper_of_another_version_is_updated_by_the_same_command(machine: Machine) -> None:
    assert "wrote    /usr/local/sbin/maint-host" in machine.said("update")
    assert f"maint-host {machine.version}, which is this bot's" in machine.said("updated")
