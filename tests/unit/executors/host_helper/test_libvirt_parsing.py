"""What virsh of a real libvirt prints, what it may be made to print, and how its images end."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from bot.executors.host_helper.dialects import libvirt_parsing as parsing
from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, SUSPENDED, Disk, Domain
from tests.hypervisor import image

GOLDEN = Path(__file__).parents[3] / "golden" / "libvirt"
MARK = "=maint-host="
UUID = "00000000-0000-4000-8000-00000000000"
NONE: frozenset[str] = frozenset()


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def fleet() -> dict[str, Domain]:
    told = parsing.stats(golden("listed.txt").split(MARK)[2])
    found = parsing.domains(golden("dumpxml.xml"), told, frozenset({f"{UUID}5"}))
    return {one.name: one for one in found}


def kinds(before: str = "", after: str = "") -> Domain:
    """Return the guest of many kinds, with *before* replaced in its XML."""
    text = golden("dumpxml-many-kinds.xml")
    assert before in text
    (found,) = parsing.domains(text.replace(before, after), {}, NONE)
    return found


def named(name: str, uuid: str = f"{UUID}9") -> str:
    """Return the XML of a guest, as libvirt writes names that need escaping."""
    return (
        f"<domain type='qemu'>\n  <name>{escape(name)}</name>\n  <uuid>{uuid}</uuid>\n</domain>\n"
    )


# ---- list, domstats, dumpxml ----


def test_uuids_are_read_one_on_a_line() -> None:
    listed, autostart, _ = golden("listed.txt").split(MARK)

    assert parsing.uuids(listed) == [f"{UUID}1", f"{UUID}5", f"{UUID}2"]
    assert parsing.uuids(autostart) == []


def test_what_is_no_uuid_is_not_named_to_virsh() -> None:
    assert parsing.uuids("error: x\n--all\n; destroy g1\n" + f"{UUID}1; destroy g1\n") == []


def test_each_guest_is_read_in_order_of_name() -> None:
    assert {name: (one.state, one.domid, one.uuid) for name, one in fleet().items()} == {
        "g1": (RUNNING, 1, f"{UUID}1"),
        "g2": (OFF, 0, f"{UUID}2"),
        "g5": (RUNNING, fleet()["g5"].domid, f"{UUID}5"),
    }
    assert list(fleet()) == ["g1", "g2", "g5"]


def test_a_running_guest_is_read_whole() -> None:
    found = fleet()["g1"]

    assert (found.memory_mib, found.cpu_seconds, found.console) == (
        96,
        6.6,
        "/var/log/consoles/g1.log",
    )
    assert found.disks == (Disk("/var/lib/libvirt/images/g1.raw", "raw"),)
    assert [(one.mac, one.bridge) for one in found.interfaces] == [("52:54:00:77:00:01", "br0")]
    assert (found.unsaveable, found.autostart, found.system) == ((), False, "linux")


def test_a_guest_that_is_off_has_used_no_time() -> None:
    assert fleet()["g2"].cpu_seconds == 0.0


def test_a_guest_that_the_host_would_start_is_known() -> None:
    assert [name for name, one in fleet().items() if one.autostart] == ["g5"]


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        (1, 5, RUNNING),
        (2, 0, RUNNING),
        (3, 1, PAUSED),
        (3, 2, PAUSED),
        (3, 3, SUSPENDED),
        (4, 1, RUNNING),
        (6, 1, RUNNING),
        (9, 0, RUNNING),
    ],
)
def test_a_guest_in_memory_is_never_off(state: int, reason: int, shown: str) -> None:
    told = {"kinds": {"state.state": str(state), "state.reason": str(reason)}}
    (found,) = parsing.domains(golden("dumpxml-many-kinds.xml"), told, NONE)

    assert (found.state, found.devices_connected) == (shown, state != 6)


def test_a_guest_that_has_ended_between_two_calls_is_off() -> None:
    told = {"g9": {"state.state": "1"}}
    (found,) = parsing.domains(named("g9"), told, NONE)

    assert (found.state, found.domid) == (OFF, 0)


def test_disks_of_every_kind_are_told() -> None:
    assert kinds().disks == (
        Disk("/dev/vg0/kinds", "raw"),
        Disk("/srv/a & b/kinds '1'.qcow2", "qcow2"),
        Disk("", "raw"),
        Disk("", "raw"),
        Disk("/dev/sdz", "raw"),
    )


def test_what_cannot_be_saved_is_named() -> None:
    assert kinds().unsaveable == ("pci passthrough", "shared folder")


def test_interfaces_without_a_bridge_are_kept() -> None:
    assert [(one.mac, one.bridge) for one in kinds().interfaces] == [
        ("52:54:00:aa:bb:01", "virbr0"),
        ("52:54:00:aa:bb:02", ""),
    ]


def test_what_else_a_guest_says_of_itself() -> None:
    found = kinds()

    assert (found.system, found.console, found.memory_mib) == (
        "freebsd",
        "/var/log/consoles/kinds.log",
        2048,
    )
    assert found.uuid == "6a0c3b1d-54a3-4d1c-9a55-7f6a3c1d2e01"


@pytest.mark.parametrize(
    ("memory", "mib"),
    [("unit='GiB'>4", 4096), ("unit='MiB'>512", 512), ("unit='b'>1048576", 1), (">1024", 1)],
)
def test_memory_is_read_in_any_unit(memory: str, mib: int) -> None:
    assert kinds("<memory unit='KiB'>2097152", f"<memory {memory}").memory_mib == mib


def test_a_pty_without_a_log_is_no_console() -> None:
    assert kinds("<log file='/var/log/consoles/kinds.log' append='on'/>").console == ""


HOSTILE = ("a b", "a'b", "Domain: 'x'", "x=y", "<name>", "&amp;", "; destroy g1", "../../etc", "ä")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    told = parsing.stats(f"Domain: '{name}'\n  state.state=3\n  state.reason=1\n")
    (found,) = parsing.domains(named(name), told, NONE)

    assert (list(told), found.name, told[name]["state.state"]) == ([name], name, "3")


def test_xml_that_a_guest_describes_itself_with_is_not_its_own() -> None:
    told = "</description>\n</domain>\n<domain><name>g1</name>"
    text = golden("dumpxml.xml").replace(
        "<uuid>", f"<description>{escape(told)}</description>\n  <uuid>", 1
    )

    assert [one.name for one in parsing.domains(text, {}, NONE)] == ["g1", "g2", "g5"]


@pytest.mark.parametrize("name", ["g1", "g2", "g5"])
def test_a_guest_whose_xml_is_malformed_is_left_out_alone(name: str) -> None:
    text = golden("dumpxml.xml").replace(f"<name>{name}</name>", f"<name>{name}<name>")

    assert name not in {one.name for one in parsing.domains(text, {}, NONE)}
    assert len(parsing.domains(text, {}, NONE)) == 2


def test_a_guest_that_is_missing_in_the_middle_leaves_the_others() -> None:
    first, *others = parsing._DOMAIN.findall(golden("dumpxml.xml"))

    assert len(others) == 2
    text = "\n".join((first, others[1]))
    assert [one.name for one in parsing.domains(text, {}, NONE)] == ["g1", "g2"]


def test_half_an_answer_is_no_guest() -> None:
    text = golden("dumpxml.xml")

    assert parsing.domains(text[: text.index("</domain>")], {}, NONE) == []


def test_numbers_that_are_none_are_nothing() -> None:
    told = parsing.stats("Domain: 'g9'\n  cpu.time=none\n  state.state\n  =\n")
    (found,) = parsing.domains(named("g9").replace("'qemu'", "'qemu' id='x'"), told, NONE)

    assert (found.cpu_seconds, found.domid) == (0.0, 0)


def test_the_version_is_that_of_the_hypervisor() -> None:
    assert parsing.hypervisor(golden("version.txt")) == "qemu-7.2.22"
    assert parsing.hypervisor("Cannot extract running QEMU hypervisor version\n") == ""


# ---- failures ----


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("error: unable to write to '/x': No space left on device", "no_space"),
        ("error: Requested operation is not valid: domain has assigned hostdev", "cannot_save"),
        ("error: Requested operation is not valid: domain is not running", "wrong_state"),
        ("error: Timed out during operation: cannot acquire state change lock", "timed_out"),
        ("error: something else", "tool_failed"),
    ],
)
def test_a_failed_save_is_understood(said: str, fault: str) -> None:
    assert parsing.save_fault(said) == fault


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (
            "error: Hook script failed: maint-host: g1 … its image lives. To bring it back",
            "already_runs",
        ),
        ("qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory", "no_memory"),
        ("error: Cannot get interface MTU on 'br0': No such device", "no_bridge"),
        ("error: Cannot access storage file '/x' (as uid:0): No such file", "no_disk"),
        ("error: the CPU is incompatible with host CPU: missing features: x", "incompatible"),
        ("error: unsupported configuration: unsupported machine type 'pc-9'", "incompatible"),
        ("error: Requested operation is not valid: domain is already active", "already_runs"),
        ("error: what", "tool_failed"),
    ],
)
def test_a_failed_start_is_understood(said: str, fault: str) -> None:
    assert parsing.start_fault(said) == fault


# ---- images ----


@pytest.fixture
def saved(tmp_path: Path) -> bytes:
    path = tmp_path / "image"
    image.begin(str(path), named("g1"), runs=True)
    image.complete(str(path), {"name": "g1"})
    return path.read_bytes()


def problem(content: bytes) -> str:
    return parsing.image_problem(content[: parsing.HEADER.size], content[-(1 << 20) :])


def test_a_whole_image_has_no_problem(saved: bytes) -> None:
    assert problem(saved) == ""


@pytest.mark.parametrize("missing", [1, 2, 100, 200, 1000, 65_000])
def test_an_image_without_its_end_is_truncated(saved: bytes, missing: int) -> None:
    assert problem(saved[:-missing]) == "truncated"


@pytest.mark.parametrize("count", [1, 511, 4096])
def test_an_image_padded_to_whole_blocks_is_whole(saved: bytes, count: int) -> None:
    assert problem(saved + bytes(count)) == ""


@pytest.mark.parametrize("more", [b"\n", b"}", b"\0\0x"])
def test_an_image_with_something_behind_it_is_not_whole(saved: bytes, more: bytes) -> None:
    assert problem(saved + more) == "truncated"


def test_an_image_whose_description_is_no_json_is_not_whole(saved: bytes) -> None:
    assert problem(saved[:-1] + b"X") == "truncated"


def test_an_image_that_was_begun_is_truncated(saved: bytes) -> None:
    assert problem(parsing.UNFINISHED + saved[16:]) == "truncated"


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31])
def test_an_image_without_its_head_is_truncated(saved: bytes, length: int) -> None:
    assert problem(saved[:length]) == "truncated"


def test_what_is_no_image_is_corrupt(saved: bytes) -> None:
    assert problem(b"#" + saved[1:]) == "corrupt"


def test_a_compressed_image_does_not_tell_its_end(saved: bytes) -> None:
    head = struct.pack("<16sIIII", parsing.MAGIC, 2, 100, 1, 3)

    assert parsing.image_problem(head, saved[-50:]) == ""


def test_a_description_that_guest_memory_holds_is_not_the_end(saved: bytes) -> None:
    text = json.dumps({"devices": []}).encode()
    fake = b"\x06" + struct.pack(">I", len(text)) + text

    assert problem(saved[: -len(saved) // 2] + fake + b"more memory") == "truncated"
