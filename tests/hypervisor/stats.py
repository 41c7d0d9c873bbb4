"""`domstats`, in the order and with the keys of libvirt 9."""

from __future__ import annotations

import time

from tests.hypervisor import disk, xml
from tests.hypervisor.state import OFF, PAUSED, RUNNING, Guest, World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tests.hypervisor.words import Asked

STATES = {RUNNING: 1, PAUSED: 3, OFF: 5}
_REASONS = {
    RUNNING: (
        "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused",
        "migration canceled", "save canceled",
    ),
    PAUSED: ("unknown", "user", "migrating", "saving", "dumping"),
    OFF: ("unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed"),
}  # fmt: skip
_NANO = 10**9


def domstats(world: World, asked: Asked) -> str:
    names = asked.values.get("domain")
    guests = [world.find(name) for name in names] if names else list(world.guests.values())
    if asked.has("list-active"):
        guests = [guest for guest in guests if guest.active]
    return "\n".join(f"Domain: '{guest.name}'\n{_stats(guest, asked)}" for guest in guests)


def _stats(guest: Guest, asked: Asked) -> str:
    groups = {
        "state": _state,
        "cpu-total": _cpu,
        "balloon": _balloon,
        "vcpu": _vcpu,
        "interface": _net,
        "block": _block,
    }
    wanted = [group for group in groups if asked.has(group)] or list(groups)
    pairs = {key: value for group in wanted for key, value in groups[group](guest).items()}
    return "".join(f"  {key}={value}\n" for key, value in pairs.items())


def _state(guest: Guest) -> dict[str, object]:
    known = _REASONS[guest.state]
    number = known.index(guest.reason) if guest.reason in known else 0
    return {"state.state": STATES[guest.state], "state.reason": number}


def _cpu(guest: Guest) -> dict[str, object]:
    nano = int(guest.heartbeats(time.time()) * _NANO)
    return {"cpu.time": nano, "cpu.user": nano, "cpu.system": 0} if guest.active else {}


def _balloon(guest: Guest) -> dict[str, object]:
    kib = guest.memory_mib * 1024
    current = {"balloon.current": kib} if guest.active else {}
    return {**current, "balloon.maximum": kib}


def _vcpu(guest: Guest) -> dict[str, object]:
    if not guest.active:
        return {"vcpu.current": 1, "vcpu.maximum": 1}
    nano = int(guest.heartbeats(time.time()) * _NANO)
    state = {"vcpu.0.state": 1, "vcpu.0.time": nano, "vcpu.0.wait": 0}
    return {"vcpu.current": 1, "vcpu.maximum": 1, **state}


def _net(guest: Guest) -> dict[str, object]:
    if not guest.active:
        return {}
    found: dict[str, object] = {"net.count": len(guest.macs)}
    for number in range(len(guest.macs)):
        found[f"net.{number}.name"] = xml.vnet(guest, number)
        found[f"net.{number}.rx.bytes"] = 0
        found[f"net.{number}.tx.bytes"] = 0
    return found


def _block(guest: Guest) -> dict[str, object]:
    found: dict[str, object] = {"block.count": len(guest.disks)}
    for number, one in enumerate(guest.disks):
        found[f"block.{number}.name"] = one["target"]
        found[f"block.{number}.path"] = one["path"]
        if guest.active:
            found[f"block.{number}.wr.reqs"] = disk.writes(one["path"])
    return found
