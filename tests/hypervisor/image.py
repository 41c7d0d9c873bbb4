"""The file that `virsh save` writes, shaped as libvirt's and QEMU's own are.

A header, the guest's XML, QEMU's stream (here the guest's memory, and noise), the end of
the stream, and the description of the machine: byte 6, its length, JSON.
"""

# ruff: noqa: PTH123 - pathlib takes long to import

from __future__ import annotations

import marshal
import os
import struct

from tests.hypervisor.says import NO_CREATE, NO_MAGIC, NO_OPEN, PARTIAL, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WHOLE, PART = b"LibvirtQemudSave", b"LibvirtQemudPart"
_HEADER = struct.Struct("<16s5I56x")
_PAD = 1024
_NOISE = 64 * 1024
_DESCRIPTION = (
    b'{"configuration": {"vmsd_name": "configuration", "version": 1, "fields": []}, '
    b'"page_size": 4096, "devices": [{"name": "ram", "instance_id": 0}]}'
)


def begin(path: str, xml: str, *, runs: bool) -> None:
    """Write what is there while a save goes on: the header and half of a stream."""
    text = xml.encode() + b"\0"
    text = text.ljust(len(text) + _PAD - (len(text) % _PAD), b"\0")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise Refused(NO_CREATE, path, error.strerror) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(_HEADER.pack(PART, 2, len(text), int(runs), 0, 0))
        file.write(text)
        file.write(b"QEVM" + struct.pack(">I", 3))


def complete(path: str, memory: dict[str, Any]) -> None:
    """Write the rest, and say in the header that it is whole."""
    with open(path, "ab") as file:
        sections = (marshal.dumps(memory), os.urandom(_NOISE))
        file.writelines(b"\x01" + struct.pack(">I", len(one)) + one for one in sections)
        file.write(b"\x00\x06" + struct.pack(">I", len(_DESCRIPTION)) + _DESCRIPTION)
    with open(path, "r+b") as file:
        file.write(WHOLE)


def read(path: str) -> tuple[bool, dict[str, Any]]:
    """Return whether the guest ran, and its memory. A missing end goes unnoticed, as in reality."""
    try:
        with open(path, "rb") as file:
            found = file.read()
    except OSError as error:
        raise Refused(NO_OPEN, path, error.strerror) from error
    magic, _, length, runs, *_ = _HEADER.unpack(found[: _HEADER.size].ljust(_HEADER.size, b"\0"))
    if magic == PART:
        raise Refused(PARTIAL)
    if magic != WHOLE:
        raise Refused(NO_MAGIC)
    begins = _HEADER.size + length + 8 + 1
    size = struct.unpack(">I", found[begins : begins + 4])[0]
    memory: dict[str, Any] = marshal.loads(found[begins + 4 : begins + 4 + size])  # noqa: S302
    return bool(runs), memory
