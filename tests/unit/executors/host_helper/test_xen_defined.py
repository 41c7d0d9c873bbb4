"""Files of guests as xl reads them, and as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.executors.host_helper.dialects.xen_cfg import statements
from bot.executors.host_helper.dialects.xen_defined import domain
from bot.executors.host_helper.domain import OFF, Disk, Domain, Interface

GOLDEN = Path(__file__).parents[3] / "golden" / "xen"


def defined(text: str) -> Domain:
    found = domain(text, "/etc/xen/a.cfg")
    assert found is not None
    return found


def test_the_file_of_a_guest_is_read() -> None:
    assert domain((GOLDEN / "guest.cfg").read_text(), "/etc/xen/g1.cfg") == Domain(
        name="g1",
        uuid="",
        state=OFF,
        memory_mib=32,
        mode="pv",
        disks=(Disk("/srv/guests/g1.img", "raw"),),
        interfaces=(Interface("00:16:3e:77:00:01", "xenbr0"),),
        configuration="/etc/xen/g1.cfg",
    )


def test_the_example_that_xen_comes_with_is_read() -> None:
    found = defined((GOLDEN / "example-hvm.cfg").read_text())

    assert (found.name, found.mode, found.memory_mib) == ("example.hvm", "hvm", 128)
    assert found.disks == (Disk("/dev/vg/guest-volume", "raw"),)


def test_lists_go_over_lines_and_comments_are_passed_over() -> None:
    text = """# a guest
name = 'a'  # its name
uuid="6D0F1F04-5C3B-4B6F-A5C2-2C0E9C6E7A11" ; memory = 0x40
disk = [
    'phy:/dev/vg/a,xvda,w',   # the root
    'file:/iso/a.iso,hdc:cdrom,r',

    "/srv/a.qcow2, qcow2, xvdb, rw", 'format=raw, vdev=xvdc, access=ro, target=/srv/b,x',
    'vdev=xvdd,target=/srv/c,with=comma',
]
vif = [ 'mac=00:16:3E:00:00:01, bridge=xenbr0,' , 'bridge=br1' ]
"""
    found = defined(text)

    assert (found.uuid, found.memory_mib) == ("6d0f1f04-5c3b-4b6f-a5c2-2c0e9c6e7a11", 64)
    assert [d.path for d in found.disks] == ["/dev/vg/a", "/srv/a.qcow2", "/srv/c,with=comma"]
    assert [d.format for d in found.disks] == ["raw", "qcow2", "raw"]
    assert found.interfaces == (
        Interface("00:16:3e:00:00:01", "xenbr0"),
        Interface("", "br1"),
    )


@pytest.mark.parametrize(
    ("line", "mode"),
    [
        ("", "pv"),
        ('type = "pvh"', "pvh"),
        ('builder = "hvm"', "hvm"),
        ('builder = "generic"', "pv"),
        ('type = "odd"', "pv"),
    ],
)
def test_the_mode_is_pv_unless_the_file_says_so(line: str, mode: str) -> None:
    assert defined(f'name = "a"\n{line}\n').mode == mode


@pytest.mark.failure(17)
def test_devices_that_are_passed_through_are_named() -> None:
    text = "name = \"a\"\npci = [ '03:10.1,permissive=1', '0000:04:00.0' ]\nnomigrate = 1\n"

    assert defined(text).unsaveable == ("pci 03:10.1", "pci 0000:04:00.0", "nomigrate")


def test_what_was_added_later_counts_and_the_last_value_does() -> None:
    text = 'name = "a"\nmemory = 64\ndisk = ["/a"]\ndisk += ["/b"]\nmemory = 128\n'

    assert defined(text).memory_mib == 128
    assert [d.path for d in defined(text).disks] == ["/a", "/b"]


def test_python_of_old_files_is_passed_over() -> None:
    text = """import os, sys
def vmid(n):
    return "%d" % n
name = "vm%d" % 7
name = "a"
cpus = range(3)
memory = 64
"""
    assert (defined(text).name, defined(text).memory_mib) == ("a", 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name =",
        'name = "a',
        'name "a"',
        "name = [",
        'name = ["a"]',
        "= = =\n[[[[",
        'disk = [ "/a"\n',
        "[" * 5000,
        "name = " + "[" * 5000,
        "\x00\ufffd",
    ],
)
def test_a_file_without_a_name_defines_no_guest(text: str) -> None:
    assert domain(text, "/etc/xen/a.cfg") is None


def test_a_list_that_is_never_closed_takes_nothing_else_along() -> None:
    assert statements('disk = [ "/a", \nname = "a"\nmemory = 64\n') == {"name": "a", "memory": "64"}


def test_escapes_in_texts_are_undone() -> None:
    found = statements(r"""a = "x\ny\"z\x41" ; b = 'it\'s'""")

    assert found == {"a": 'x\ny"zA', "b": "it's"}


@pytest.mark.parametrize("name", [r"x\ny", "../x", "u" * 200, "grüße"])
def test_a_hostile_name_stays_what_it_is(name: str) -> None:
    """It is refused where guests are told by name, as one in memory is."""
    assert defined(f'name = "{name}"\n').name == name.replace(r"\n", "\n")
