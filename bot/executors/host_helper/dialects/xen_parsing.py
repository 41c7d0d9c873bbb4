"""Reads what `xl` and the tools of xenstore print. Pure; what cannot be read is left out.

A name may be anything, so a line of `xl list` is told by its number, never by its name: names
come from the JSON of `xl list -l`, which quotes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.executors.host_helper.domain import (
    PAUSED,
    RUNNING,
    SUSPENDED,
    ZOMBIE,
    Disk,
    Domain,
    Interface,
)

NAMELESS = "(null)"  # how xl shows a guest whose entries are gone and which still is in memory
_KIB = 1024
_CONNECTED = "4"  # XenbusStateConnected

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: name, number, memory, processors, state, seconds; with -v the UUID and more.
_ROW = re.compile(
    r"(?P<name>.*?)\s+(?P<domid>\d+)\s+(?P<memory>\d+)\s+\d+\s+"
    r"(?P<state>[r-][b-][p-][s-][a-zA-Z?-][d-])\s+(?P<seconds>\d+\.\d+)"
    rf"(?:\s+(?P<uuid>{_UUID})\s.*)?\s*"
)
_ENTRY = re.compile(r'(?P<path>/[^=]*?) = "(?P<value>.*)"\s*')
_FRONTEND_STATE = re.compile(r"/device/(?:vbd|vif)/\d+/state$")
_WATCH = re.compile(r"to die \[pid (\d+)\]")
_INTERFACE_NUMBER = re.compile(r"/device/vif/(\d+)/mac$")


@dataclass(frozen=True)
class Row:
    """One guest in memory, as a line of `xl list -v` shows it."""

    domid: int
    name: str
    memory_mib: int
    flags: str  # rbp, s and why it has shut down, d
    cpu_seconds: float
    uuid: str

    @property
    def dying(self) -> bool:
        """Say whether it is being taken out of memory."""
        return self.flags[5] == "d"

    @property
    def shut(self) -> bool:
        """Say whether it has shut down, rebooted or crashed, and waits to be taken away."""
        return self.flags[3] == "s" and self.flags[4] != "s"

    @property
    def state(self) -> str:
        """Return the guest's state; one that has shut down by itself runs until it is gone."""
        if self.dying:
            return ZOMBIE
        if self.flags[3:5] == "ss":
            return SUSPENDED
        return PAUSED if self.flags[2] == "p" else RUNNING


def rows(text: str) -> dict[int, Row]:
    """Return the guests of `xl list -v` by number, without dom0.

    Raises ValueError if two lines have one number: a name with a line break makes such.
    """
    found: dict[int, Row] = {}
    for line in text.splitlines():
        matched = _ROW.fullmatch(line)
        if matched is None:
            continue
        row = Row(
            domid=int(matched["domid"]),
            name=matched["name"],
            memory_mib=int(matched["memory"]),
            flags=matched["state"],
            cpu_seconds=float(matched["seconds"]),
            uuid=matched["uuid"] or "",
        )
        if row.domid in found:
            message = f"xl list shows the guest {row.domid} twice"
            raise ValueError(message)
        found[row.domid] = row
    found.pop(0, None)
    return found


def info(text: str) -> dict[str, str]:
    """Return what `xl info` says."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def version(said: Mapping[str, str]) -> str:
    """Return "xen-4.17.7", or an empty text."""
    found = re.match(r"\d+(?:\.\d+)+", said.get("xen_version", ""))
    return f"xen-{found[0]}" if found else ""


def free_mib(said: Mapping[str, str]) -> int | None:
    """Return the memory that new guests can have, or None."""
    found = said.get("free_memory", "")
    return int(found) if found.isdecimal() else None


def detailed(text: str) -> list[Domain]:
    """Return the guests of `xl list -l`, without dom0 and without their states."""
    try:
        listed = json.loads(text or "[]")
    except ValueError:
        return []
    entries = listed if isinstance(listed, list) else [listed]
    found = (_described(entry) for entry in entries)
    return [domain for domain in found if domain is not None and domain.domid]


def _described(entry: object) -> Domain | None:
    domid, config = _get(entry, "domid"), _get(entry, "config")
    name = _get(config, "c_info", "name")
    if not isinstance(domid, int) or not isinstance(name, str):
        return None
    return Domain(
        name=name,
        uuid=_string(config, "c_info", "uuid").lower(),
        domid=domid,
        mode=_mode(_string(config, "c_info", "type")),
        disks=tuple(d for d in map(_disk, _list(config, "disks")) if d is not None),
        interfaces=tuple(_interface(nic) for nic in _list(config, "nics")),
        unsaveable=_unsaveable(config),
    )


def _disk(disk: object) -> Disk | None:
    path, format_ = _string(disk, "pdev_path"), _string(disk, "format")
    written = _get(disk, "readwrite") in {1, "True"}
    if not path or not written or _get(disk, "is_cdrom") in {1, "True"}:
        return None
    return Disk(path, format_ or "raw")


def _interface(nic: object) -> Interface:
    return Interface(_string(nic, "mac").lower(), _string(nic, "bridge"))


def _unsaveable(config: object) -> tuple[str, ...]:
    found = [f"pci {_pci_address(device)}" for device in _list(config, "pcidevs")]
    found += [f"pci {_pci_address(device)}" for device in _list(config, "pcis")]
    found += ["usb" for _ in _list(config, "usbdevs")]
    found += ["device tree" for _ in _list(config, "dtdevs")]
    if _get(config, "b_info", "disable_migrate") in {True, "True"}:
        found.append("nomigrate")
    return tuple(found)


def _pci_address(device: object) -> str:
    parts = [_get(device, key) for key in ("domain", "bus", "dev", "func")]
    numbers = [part if isinstance(part, int) else 0 for part in parts]
    return "{:04x}:{:02x}:{:02x}.{:x}".format(*numbers)


def living(domain: Domain, row: Row) -> Domain:
    """Return *domain* with what its line of `xl list -v` shows."""
    return replace(
        domain,
        uuid=domain.uuid or row.uuid,
        domid=row.domid,
        state=row.state,
        memory_mib=row.memory_mib,
        cpu_seconds=row.cpu_seconds,
    )


def store(text: str) -> dict[str, str]:
    """Return what `xenstore-ls -f` shows: values by path."""
    found = (_ENTRY.fullmatch(line) for line in text.splitlines())
    return {entry["path"]: entry["value"] for entry in found if entry is not None}


def told(domain: Domain, entries: Mapping[str, str]) -> Domain:
    """Return *domain* with what xenstore says of it."""
    root = f"/local/domain/{domain.domid}"
    states = [value for path, value in entries.items() if _FRONTEND_STATE.search(path)]
    # A Linux that can be suspended says so; one that never wrote the key may be able to as well.
    suspend = {"1": True, "0": False}.get(entries.get(f"{root}/control/feature-suspend", ""))
    return replace(
        domain,
        feature_suspend=suspend,
        devices_connected=all(state == _CONNECTED for state in states),
    )


def interface_numbers(entries: Mapping[str, str]) -> dict[str, int]:
    """Return the numbers of a guest's interfaces by their addresses."""
    found = ((_INTERFACE_NUMBER.search(path), value) for path, value in entries.items())
    return {mac.lower(): int(number[1]) for number, mac in found if number is not None}


def watcher(log: str, domid: int) -> int:
    """Return the process that a guest's log of xl names as its watcher; 0: none."""
    begun = log.rpartition(f"(domid {domid})")[2] if f"(domid {domid})" in log else ""
    found = _WATCH.match(begun.lstrip())
    return int(found[1]) if found and "Exiting" not in begun else 0


def settings(text: str) -> dict[str, str]:
    """Return the variables of a file of `/etc/default`: the last line counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = line.strip().partition("=")
        if sign and re.fullmatch(r"[A-Z_]+", key):
            found[key] = value.split(" #")[0].strip().strip("'\"")
    return found


def _get(data: object, *keys: str) -> Any:  # noqa: ANN401 - JSON of somebody else
    for key in keys:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def _string(data: object, *keys: str) -> str:
    found = _get(data, *keys)
    return found if isinstance(found, str) else ""


def _list(data: object, key: str) -> list[object]:
    found = _get(data, key)
    return found if isinstance(found, list) else []


def _mode(told: str) -> str:
    """Return how a domain is virtualised; of one that comes or goes, xl does not know it."""
    return told if told in {"pv", "pvh", "hvm"} else "pv"
