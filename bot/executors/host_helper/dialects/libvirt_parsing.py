"""Reads what `virsh` prints. Pure; what cannot be read is left out, never guessed."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

from bot.executors.host_helper.domain import (
    OFF,
    PAUSED,
    RUNNING,
    SUSPENDED,
    Disk,
    Domain,
    Interface,
)

_DOMAIN = re.compile(r"^<domain[ >].*?^</domain>$", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"Domain: '(.*)'")
_HYPERVISOR = re.compile(r"^Running hypervisor: (\S+) (\S+)$", re.MULTILINE)
_KIB = 1024
_NANOSECONDS = 1e9

#: libvirt's numbers of a domain's state; see virDomainState.
_STATES = {1: RUNNING, 2: RUNNING, 3: PAUSED, 4: RUNNING, 5: OFF, 6: RUNNING, 7: RUNNING}
_CRASHED = 6
#: Why a domain is paused: it is or was being saved; see virDomainPausedReason. One that was
#: restored paused gives another reason.
_BEING_SAVED = 3

Stats = dict[str, dict[str, str]]


def stats(text: str) -> Stats:
    """Return what `domstats` says of each domain, by its name."""
    found: Stats = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        head = _HEAD.fullmatch(line.strip())
        if head:
            current = found.setdefault(head[1], {})
        elif "=" in line:
            key, _, value = line.strip().partition("=")
            current[key] = value
    return found


def domains(xml: str, told: Stats, autostart: frozenset[str]) -> list[Domain]:
    """Return the domains that `dumpxml` has printed, in order of name."""
    found = (_domain(text, told, autostart) for text in _DOMAIN.findall(xml))
    return sorted((one for one in found if one is not None), key=lambda one: one.name)


def _domain(text: str, told: Stats, autostart: frozenset[str]) -> Domain | None:
    try:
        root = ET.fromstring(text)  # noqa: S314 - libvirt wrote it
    except ET.ParseError:
        return None
    name, uuid = root.findtext("name", ""), root.findtext("uuid", "").lower()
    domain = Domain(
        name=name,
        uuid=uuid,
        domid=_number(root.get("id")),
        memory_mib=_memory(root),
        system=_system(root),
        disks=tuple(_disks(root)),
        interfaces=tuple(_interfaces(root)),
        unsaveable=tuple(_unsaveable(root)),
        console=_console(root),
        autostart=uuid in autostart,
    )
    return _with_state(domain, told.get(name, {}))


def _with_state(domain: Domain, told: dict[str, str]) -> Domain:
    number = _number(told.get("state.state"))
    state = _STATES.get(number, RUNNING if domain.domid else OFF)
    if state == PAUSED and _number(told.get("state.reason")) == _BEING_SAVED:
        state = SUSPENDED
    return replace(
        domain,
        state=state if domain.domid else OFF,
        cpu_seconds=_number(told.get("cpu.time")) / _NANOSECONDS if domain.domid else 0.0,
        devices_connected=number != _CRASHED,
    )


def _memory(root: ET.Element) -> int:
    memory = root.find("memory")
    if memory is None:
        return 0
    units = {"b": 1 / _KIB / _KIB, "bytes": 1 / _KIB / _KIB, "KiB": 1 / _KIB, "MiB": 1, "GiB": _KIB}
    return round(_number(memory.text) * units.get(memory.get("unit", "KiB"), 1 / _KIB))


def _system(root: ET.Element) -> str:
    """Return the guest's system, if whoever defined it said so (libosinfo)."""
    for element in root.iter():
        if element.tag.endswith("}os") and "id" in element.attrib:
            place = element.attrib["id"].partition("//")[2].split("/")
            named = place[1] if len(place) > 1 else ""
            others = {"freebsd", "openbsd", "netbsd", "windows", "win", "solaris"}
            return named if named in others else "linux"
    return "linux"


def _disks(root: ET.Element) -> Iterator[Disk]:
    for disk in root.iterfind("./devices/disk"):
        source = disk.find("source")
        if disk.get("device", "disk") not in {"disk", "lun"} or disk.find("readonly") is not None:
            continue
        driver = disk.find("driver")
        kind = "raw" if driver is None else driver.get("type", "raw")
        if source is not None:  # one without a path here is elsewhere: on the network, in a pool
            yield Disk(source.get("file") or source.get("dev") or "", kind)


def _interfaces(root: ET.Element) -> Iterator[Interface]:
    for interface in root.iterfind("./devices/interface"):
        mac, source = interface.find("mac"), interface.find("source")
        if mac is not None and mac.get("address"):
            bridge = "" if source is None else source.get("bridge", "")
            yield Interface(str(mac.get("address")), bridge)


def _unsaveable(root: ET.Element) -> Iterator[str]:
    for device in root.iterfind("./devices/*"):
        kind = device.get("type", "")
        if device.tag == "hostdev" or (device.tag, kind) == ("interface", "hostdev"):
            yield f"{kind or device.tag} passthrough"
        elif (device.tag, kind) in {("disk", "nvme"), ("disk", "vhostuser")}:
            yield f"{kind} disk"
        elif device.tag == "filesystem":
            yield "shared folder"
        elif device.tag == "memory" and device.get("model") == "nvdimm":
            yield "nvdimm"


def _console(root: ET.Element) -> str:
    """Return the file that the first serial line or console is logged to."""
    for device in (*root.iterfind("./devices/serial"), *root.iterfind("./devices/console")):
        log, source = device.find("log"), device.find("source")
        if log is not None and log.get("file"):
            return str(log.get("file"))
        if device.get("type") == "file" and source is not None and source.get("path"):
            return str(source.get("path"))
    return ""


def hypervisor(text: str) -> str:
    """Return "qemu-7.2.22" from what `virsh version` prints; empty if it does not say."""
    found = _HYPERVISOR.search(text)
    return f"{found[1].lower()}-{found[2]}" if found else ""


def uuids(text: str) -> list[str]:
    """Return the UUIDs that `list --uuid` prints, one on a line."""
    return [line.strip().lower() for line in text.splitlines() if _UUID.fullmatch(line.strip())]


_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def save_fault(said: str) -> str:
    """Return the fault that a failed `save` tells by its words."""
    return _fault(said, (*_SAVING, *_ANY))


def start_fault(said: str) -> str:
    """Return the fault that a failed `start` or `restore` tells by its words."""
    return _fault(said, (*_STARTING, *_ANY))


_SAVING = (
    ("unable to write|no space left|disk quota", "no_space"),
    (
        "unsafe migration|cannot migrate|non-migratable|hostdev|not migratable|blocked",
        "cannot_save",
    ),
    ("domain is not running", "wrong_state"),
)
_STARTING = (
    ("boot lock|lives. to bring it back", "already_runs"),
    ("cannot allocate memory|cannot set up guest memory|out of memory", "no_memory"),
    ("bridge|cannot get interface|network .* is not active", "no_bridge"),
    ("cannot access storage|no such file|could not open|no such device", "no_disk"),
    ("guest cpu|host cpu|cpu feature|incompatible with host", "incompatible"),
    ("unsupported machine type|unknown savevm|missing feature|machine type", "incompatible"),
    ("already active|already running", "already_runs"),
)
_ANY = (("timed out|cannot acquire state change lock", "timed_out"),)


def _fault(said: str, table: tuple[tuple[str, str], ...]) -> str:
    words = said.lower()
    return next((fault for pattern, fault in table if re.search(pattern, words)), "tool_failed")


MAGIC = b"LibvirtQemudSave"
UNFINISHED = b"LibvirtQemudPart"
HEADER = struct.Struct("<16sIIII")  # magic, version, length of the XML, was running, compressed
_DESCRIPTION = re.compile(rb"\x06(....)\{", re.DOTALL)


def image_problem(head: bytes, tail: bytes) -> str:
    """Return what an image's first and last bytes tell: truncated, corrupt, or nothing.

    Behind QEMU's data stands a description of it: the byte 6, a length, and as much JSON.
    """
    if head[:16] == UNFINISHED or len(head) < HEADER.size:
        return "truncated"
    magic, _, _, _, compressed = HEADER.unpack(head[: HEADER.size])
    if magic != MAGIC:
        return "corrupt"
    if compressed:
        return ""
    return "" if any(_ends(tail, found) for found in _DESCRIPTION.finditer(tail)) else "truncated"


def _ends(tail: bytes, found: re.Match[bytes]) -> bool:
    (length,) = struct.unpack(">I", found[1])
    described = tail[found.start() + 5 :]
    if len(described) < length or described[length:].strip(b"\0"):
        return False
    try:
        json.loads(described[:length])
    except ValueError:
        return False
    return True


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0
