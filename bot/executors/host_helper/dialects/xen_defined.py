"""Reads configuration files of `xl`: the guest that one defines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.executors.host_helper.dialects.xen_cfg import Statements, statements
from bot.executors.host_helper.domain import Disk, Domain, Interface

_FORMATS = {"raw", "qcow", "qcow2", "vhd", "qed"}
#: What a disk of the old form begins with; "tap:" may stand before another of them.
_PREFIX = re.compile(r"(?:tap2?:)?(?P<kind>phy|file|aio|raw|qcow2?|vhd):(?=/)")


def domain(text: str, path: str) -> Domain | None:
    """Return the guest that the file *path* with this *text* defines, off; None: it names none."""
    said = statements(text)
    name = _text(said, "name")
    if not name:
        return None
    disks = (_disk(spec) for spec in _texts(said, "disk"))
    return Domain(
        name=name,
        uuid=_text(said, "uuid").lower(),
        memory_mib=_number(_text(said, "memory") or _text(said, "maxmem")),
        mode=_mode(said),
        disks=tuple(disk for disk in disks if disk is not None),
        interfaces=tuple(_interface(spec) for spec in _texts(said, "vif")),
        unsaveable=tuple(_unsaveable(said)),
        configuration=path,
    )


def _text(said: Statements, name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(said: Statements, name: str) -> list[str]:
    value = said.get(name, [])
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        return int(text) if text.isdecimal() else 0


def _mode(said: Statements) -> str:
    kind = _text(said, "type") or {"hvm": "hvm"}.get(_text(said, "builder"), "pv")
    return kind if kind in {"pv", "pvh", "hvm"} else "pv"


def _unsaveable(said: Statements) -> Iterator[str]:
    for key, what in (("pci", "pci"), ("usbdev", "usb"), ("dtdev", "device tree")):
        for spec in _texts(said, key):
            yield f"{what} {spec.partition(',')[0]}"
    if _number(_text(said, "nomigrate")):
        yield "nomigrate"


def _disk(spec: str) -> Disk | None:
    """Return the disk that a specification means; None: it is not written to, or not there."""
    keys = _disk_keys(spec)
    read_only = keys.get("access", "rw") in {"r", "ro"}
    target = keys.get("target", "")
    if not target or read_only or "cdrom" in keys or keys.get("devtype") == "cdrom":
        return None
    return Disk(target, keys.get("format") or "raw")


def _disk_keys(spec: str) -> dict[str, str]:
    """Return what a specification says; `target=` takes all the rest of it."""
    keys: dict[str, str] = {}
    prefix = _PREFIX.match(spec)
    if prefix:
        kind = prefix["kind"]
        keys["format"] = kind if kind in _FORMATS else "raw"
        spec = spec[prefix.end() :]
    places = ["target", "format", "vdev", "access"]
    while spec:
        if re.match(r"\s*target=", spec):
            keys["target"] = spec.partition("=")[2].strip()
            return keys
        word, _, spec = spec.partition(",")
        _one_key(word.strip(), keys, places)
    return keys


def _one_key(word: str, keys: dict[str, str], places: list[str]) -> None:
    key, sign, value = word.partition("=")
    if sign and re.fullmatch(r"[a-z][a-z0-9-]*", key):
        keys[key] = value
        return
    if word == "cdrom" or word.endswith(":cdrom"):
        keys["cdrom"] = "1"
    while places:
        place = places.pop(0)
        if place == "format" and word and word not in _FORMATS:
            continue  # in the old form the format is no word of its own
        if place not in keys or place == "target":
            keys[place] = word
            return


def _interface(spec: str) -> Interface:
    keys = dict(part.strip().partition("=")[::2] for part in spec.split(","))
    return Interface(keys.get("mac", "").lower(), keys.get("bridge", ""))
