"""A guest's interfaces as its host sees them: announced to the network, plugged in anew."""

from __future__ import annotations

import socket

from bot.executors.host_helper import tools
from bot.executors.host_helper.dialects import xen_parsing as parsing
from bot.executors.host_helper.dialects.xen_looking import QUICK, Looking
from bot.executors.host_helper.domain import Domain, Interface, ToolFailed

_BROADCAST = b"\xff" * 6
_RARP = b"\x80\x35"  # the type of reverse ARP, which names no address of IP
_ETHERNET, _IP = b"\x00\x01", b"\x08\x00"
_REQUEST_REVERSE = b"\x00\x03"
_TIMES = 3


def announcement(mac: str) -> bytes:
    """Return the frame by which switches learn where *mac* is; QEMU sends the same.

    Raises ValueError for what is no address.
    """
    address = bytes.fromhex(mac.replace(":", ""))
    if len(address) != len(_BROADCAST):
        message = f"no address: {mac!r}"
        raise ValueError(message)
    who = address + bytes(4)
    head = _BROADCAST + address + _RARP
    frame = head + _ETHERNET + _IP + b"\x06\x04" + _REQUEST_REVERSE + who + who
    return frame.ljust(60, b"\0")


def announce(domain: Domain) -> None:
    """Send the announcement of each interface into its bridge."""
    for interface in domain.interfaces:
        if interface.bridge:
            _send(interface)


def _send(interface: Interface) -> None:
    try:
        frame = announcement(interface.mac)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind((interface.bridge, 0))
            for _ in range(_TIMES):
                raw.send(frame)
    except (OSError, ValueError) as error:
        raise ToolFailed("no_bridge", f"{interface.bridge}: {error}") from error


def replug(domain: Domain, looking: Looking) -> None:
    """Take the host's end of each interface out of its bridge, and put it in again.

    The guest keeps its end: an interface that it lost would come back without its addresses.
    """
    numbers = parsing.interface_numbers(looking.entries(domain.domid))
    for interface in domain.interfaces:
        if interface.bridge and interface.mac in numbers:
            device = _device(domain.domid, numbers[interface.mac])
            _link(device, "nomaster")
            _link(device, "master", interface.bridge)
            _link(device, "up")


def _device(domid: int, number: int) -> str:
    """Return the name of the host's end, which the guest's configuration may have chosen."""
    path = f"/local/domain/0/backend/vif/{domid}/{number}/vifname"
    said = tools.run(["xenstore-read", path], seconds=QUICK)
    chosen = said.out.strip() if said.status == 0 else ""
    return chosen or f"vif{domid}.{number}"


def _link(device: str, *words: str) -> None:
    command: list[str] = ["ip", "link", "set", "dev", device, *words]
    tools.answer(command, seconds=QUICK, fault="no_bridge")
