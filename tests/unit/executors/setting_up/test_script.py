"""The script that sets a host up, run for real in a folder of its own."""

import stat
import subprocess
from pathlib import Path

import pytest

from bot.executors.host_helper import settings
from bot.executors.host_helper.dialects import libvirt_hook, xen_hook
from bot.executors.setting_up import render
from tests.unit.executors.setting_up.place import BODY, FORCED, KEY, SETUP, Place

KEYS = "/root/.ssh/authorized_keys"
HOOK = libvirt_hook.PLACE
OLDER = f"{FORCED} ssh-ed25519 AAAAolder maintbot"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(root=tmp_path / "root", tools=tmp_path / "tools")
    made.root.mkdir()
    made.tool("virsh")
    return made


def test_a_bare_host_gets_all_that_the_bot_needs(place: Place) -> None:
    done = place.run()

    assert (done.returncode, done.stderr) == (0, "")
    assert place.at("/usr/local/sbin/maint-host").read_bytes() == SETUP.helper
    assert place.at(KEYS).read_text() == f"{FORCED} {KEY}\n"
    assert place.at(HOOK).read_text() == libvirt_hook.script("/var/lib/maint")
    assert {"work.d", "blocked", "host.conf"} == {
        path.name for path in place.at("/etc/maint").iterdir()
    }


def test_its_settings_can_be_read_by_the_helper(place: Place) -> None:
    place.run()

    read = settings.read(place.at("/etc/maint"))

    assert (read.name, read.dialect) == ("hobgoblin", "libvirt")


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/usr/local/sbin/maint-host", 0o755),
        ("/etc/maint", 0o755),
        ("/etc/maint/work.d", 0o755),
        ("/var/lib/maint", 0o700),
        ("/var/lib/maint/images", 0o700),
        ("/root/.ssh", 0o700),
        (KEYS, 0o600),
        (HOOK, 0o755),
    ],
)
def test_nobody_gets_into_what_is_roots(place: Place, path: str, mode: int) -> None:
    place.run()

    assert stat.S_IMODE(place.at(path).stat().st_mode) == mode


def test_a_second_time_changes_nothing(place: Place) -> None:
    place.run()
    before = place.files()

    done = place.run()

    assert done.returncode == 0
    assert place.files() == before
    assert "wrote" not in done.stdout


def test_a_newer_helper_replaces_the_older_one(place: Place) -> None:
    place.given("/usr/local/sbin/maint-host", "an older one")

    assert "wrote    /usr/local/sbin/maint-host" in place.run().stdout
    assert place.at("/usr/local/sbin/maint-host").read_bytes() == SETUP.helper


def test_settings_of_roots_own_stay_and_their_folders_are_used(place: Place) -> None:
    conf = "[host]\nname = hobgoblin\ndialect = libvirt\nimages = /srv/images ; big\n"
    place.given("/etc/maint/host.conf", conf)

    place.run()

    assert place.at("/etc/maint/host.conf").read_text() == conf
    assert stat.S_IMODE(place.at("/srv/images").stat().st_mode) == 0o700


def test_another_name_in_the_settings_is_told(place: Place) -> None:
    place.given("/etc/maint/host.conf", "[host]\nname = imp\ndialect = libvirt\n")

    assert 'calls this host "imp", the bot\'s inventory "hobgoblin"' in place.run().stdout


def test_an_older_key_of_the_bot_is_replaced_and_others_stay(place: Place) -> None:
    place.given(KEYS, f"ssh-ed25519 AAAAanna anna\n{OLDER}\nssh-rsa AAAAbob bob")  # no last newline

    place.run()

    lines = place.at(KEYS).read_text().splitlines()
    assert lines == ["ssh-ed25519 AAAAanna anna", "ssh-rsa AAAAbob bob", f"{FORCED} {KEY}"]


@pytest.mark.parametrize("link", ["/root/.ssh", KEYS])
def test_a_link_is_not_followed_with_the_rights_of_root(place: Place, link: str) -> None:
    place.at(link).parent.mkdir(parents=True)
    place.at(link).symlink_to("/tmp")  # noqa: S108 - only pointed at

    done = place.run()

    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert place.files() == {}


def test_a_hook_of_somebody_else_stays_and_ours_stands_beside_it(place: Place) -> None:
    place.given(HOOK, "#!/bin/sh\n# mine\n")

    place.run()

    assert "mine" in place.at(HOOK).read_text()
    assert libvirt_hook.MARK in place.at(f"{HOOK}.d/maint-host").read_text()


def test_a_host_of_xen_gets_its_own_hook_and_needs_no_restart(place: Place) -> None:
    place.given("/etc/maint/host.conf", "[host]\nname = hobgoblin\ndialect = xen\n")

    done = place.run()

    assert place.at(xen_hook.PLACE).read_text() == xen_hook.script("/var/lib/maint")
    assert not place.at(HOOK).exists()
    assert "systemctl restart" not in done.stdout


def test_a_new_hook_needs_a_restart_of_libvirt_once(place: Place) -> None:
    assert "systemctl restart libvirtd" in place.run().stdout
    assert "systemctl restart libvirtd" not in place.run().stdout


def test_a_user_other_than_root_may_start_a_session_and_nothing_else(place: Place) -> None:
    place.tool("visudo")

    place.run(user="maintbot")

    rule = place.at("/etc/sudoers.d/maint-host")
    assert rule.read_text() == (
        "maintbot ALL=(root) NOPASSWD: /usr/local/sbin/maint-host session\n"
    )
    assert stat.S_IMODE(rule.stat().st_mode) == 0o440


def test_a_rule_that_sudo_would_not_take_is_not_put_in(place: Place) -> None:
    place.tool("visudo", "exit 1")

    done = place.run(user="maintbot")

    assert done.returncode == 1
    assert "visudo refuses" in done.stderr
    assert not place.at("/etc/sudoers.d/maint-host").exists()


def test_a_host_without_a_hypervisor_is_left_alone(place: Place) -> None:
    place.tool("virsh")
    (place.tools / "virsh").unlink()
    script = render(SETUP, BODY).replace("has virsh", "has no-virsh").replace("has xl", "has no-xl")

    done = place.run(script)

    assert (done.returncode, place.files()) == (1, {})
    assert done.stderr.startswith("maint: neither xl nor virsh is there")


def test_half_a_script_does_nothing(place: Place) -> None:
    script = render(SETUP, BODY)

    place.run(script[: script.rindex("main <")])

    assert place.files() == {}


def test_a_helper_that_was_garbled_on_the_way_is_not_put_in(place: Place) -> None:
    done = place.run(version="000000000000")

    assert "did not arrive whole" in done.stderr
    assert place.files() == {}


def test_what_is_typed_in_the_inventory_is_never_read_as_shell(place: Place) -> None:
    done = place.run(public_key=f"ssh-ed25519 AAAA $(touch {place.root}/here) `id` 'x'")

    assert done.returncode == 0
    assert not (place.root / "here").exists()


def test_the_script_is_posix_shell() -> None:
    done = subprocess.run(
        ["sh", "-n"], input=render(SETUP, BODY), text=True, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
