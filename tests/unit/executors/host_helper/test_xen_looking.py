"""Who is on a Xen host: its tools print what they printed on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.executors.host_helper.dialects.xen import Xen
from bot.executors.host_helper.domain import OFF, RUNNING, ZOMBIE
from bot.executors.host_helper.names import is_name

GOLDEN = Path(__file__).parents[3] / "golden" / "xen"
XL = """#!/bin/sh
case "$1 $2 $3" in
"list -v ") cat {golden}/list-hostile-and-zombie.txt ;;
"list -l ") cat {golden}/list-l-hostile-and-zombie.json ;;
"list -l 23" | "list -l 3") cat {golden}/list-l-hostile-and-zombie.json ;;
"info  ") cat {golden}/info.txt ;;
*) exit 1 ;;
esac
"""
STORE = "#!/bin/sh\ncat {golden}/xenstore-running.txt\n"


@pytest.fixture
def xen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Xen:
    """Return the dialect of a host with those tools, and with files of the guests in `etc`."""
    for name, text in (("xl", XL), ("xenstore-ls", STORE)):
        (tmp_path / name).write_text(text.format(golden=GOLDEN))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("bot.executors.host_helper.dialects.xen_looking._BETWEEN", 0)
    (tmp_path / "etc" / "auto").mkdir(parents=True)
    return Xen(tmp_path / "etc")


def defines(xen: Xen, file: str, name: str, uuid: str = "") -> None:
    (xen._etc / file).write_text(f'name = "{name}"\nuuid = "{uuid}"\n')


def test_guests_in_memory_and_guests_of_files_are_listed(xen: Xen) -> None:
    defines(xen, "deaf.cfg", "deaf")
    defines(xen, "g1.cfg", "g1")

    found = {one.name: one for one in xen.domains() if is_name(one.name)}

    assert {name: one.state for name, one in found.items()} == {
        "deaf": RUNNING,
        "frozen": RUNNING,
        "g1": OFF,
        "zombie-30": ZOMBIE,
    }
    assert found["deaf"].configuration == str(xen._etc / "deaf.cfg")


def test_every_guest_in_memory_is_listed_whatever_its_name(xen: Xen) -> None:
    """Else the host would be restarted under them."""
    assert len([one for one in xen.domains() if one.state != OFF]) == 10


@pytest.mark.parametrize("name", ["x\ng1", "../x", "q\"uo'te", "u" * 200, "grüße", "a b", ""])
def test_a_hostile_name_is_no_guest_and_no_part_of_a_path(xen: Xen, name: str) -> None:
    assert xen.domain(name) is None
    assert {one.console for one in xen.domains() if not is_name(one.name)} == {""}


def test_a_guest_whose_line_is_forged_is_off(xen: Xen) -> None:
    defines(xen, "g1.cfg", "g1")

    found = xen.domain("g1")

    assert found is not None
    assert (found.state, found.domid) == (OFF, 0)


@pytest.mark.failure(29)
def test_a_zombie_is_told_by_the_uuid_of_its_file(xen: Xen) -> None:
    defines(xen, "dollar.cfg", "dollar", "00000007-0000-4000-8000-000000000007")

    found = xen.domain("dollar")

    assert found is not None
    assert (found.state, found.domid) == (ZOMBIE, 30)


def test_files_with_hostile_names_or_of_no_use_define_nobody(xen: Xen) -> None:
    defines(xen, "a.cfg", "../a")
    (xen._etc / "b.cfg").mkdir()
    (xen._etc / "c.cfg").write_bytes(b"\xff\xfe\x00name")

    assert [one for one in xen.domains() if one.state == OFF] == []


def test_of_two_files_for_one_guest_the_one_of_its_name_counts(xen: Xen) -> None:
    defines(xen, "a-copy.cfg", "g9")
    defines(xen, "g9.cfg", "g9")

    found = xen.domain("g9")

    assert found is not None
    assert found.configuration == str(xen._etc / "g9.cfg")


def test_a_guest_with_a_file_in_auto_starts_by_itself(xen: Xen) -> None:
    defines(xen, "g1.cfg", "g1")
    (xen._etc / "auto" / "g1").symlink_to(xen._etc / "g1.cfg")

    assert [one.name for one in xen.domains() if one.autostart] == ["g1"]


def test_memory_for_guests_is_what_they_have_and_what_is_free(xen: Xen) -> None:
    assert xen.memory() == (875 + 9 * 32, 875)
