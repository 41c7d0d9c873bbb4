"""Reads the TOML file that describes a world, and makes the world.

`[clock]`, `[defaults.host]`, `[defaults.guest]`, `[hosts.NAME]`, `[guests.NAME]`; the keys of hosts
and guests are the first fields of `HostWorld` and `GuestWorld`, and a guest's `host`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.executors.simulator.beginning import settle
from bot.executors.simulator.clock import CLOCK_FILE, WorldClock
from bot.executors.simulator.file import HostFiles
from bot.executors.simulator.instants import instant_of
from bot.executors.simulator.world import GuestWorld, HostWorld, config_keys, dumps
from bot.executors.simulator.worldkeys import Reading
from bot.rules.errors import BadConfiguration, Code
from bot.settings.document import read
from bot.settings.faults import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_START = datetime(2021, 8, 26, 20, tzinfo=UTC)


def exists(folder: Path) -> bool:
    """Say whether there is a world in *folder*; one whose making was interrupted is none."""
    return (folder / CLOCK_FILE).exists()


def create_world(folder: Path, worldfile: Path) -> WorldClock:
    """Make the world that *worldfile* describes in *folder*, and return its clock, running.

    Raises:
        BadConfiguration: CONFIGURATION with all faults of the file, or SIMULATOR if there is a
            world already; nothing was made.
    """
    if exists(folder):
        raise BadConfiguration(Code.SIMULATOR, host="", problem=f"{folder} holds a world")
    reading = Reading(read(worldfile))
    start, factor = _clock(reading)
    hosts = _hosts(reading)
    reading.raise_faults()
    files = HostFiles(folder)
    for host in hosts.values():
        settle(host, instant_of(start))
        files.replace(host.name, dumps(host))
    return WorldClock.create(folder, start, factor)


def _clock(reading: Reading) -> tuple[datetime, float]:
    kinds = {"start": "datetime", "factor": "float"}
    values = reading.values(("clock",), kinds, reading.table(("clock",)))
    return values.get("start", _START), values.get("factor", 1.0)


def _hosts(reading: Reading) -> dict[str, HostWorld]:
    """Return the hosts with their guests; what is wrong becomes faults of the reading."""
    reading.only((), {"clock", "defaults", "hosts", "guests"})
    reading.only(("defaults",), {"host", "guest"})
    common = reading.values(
        ("defaults", "host"), config_keys(HostWorld), reading.table(("defaults", "host"))
    )
    hosts = {}
    for name, table in reading.tables("hosts"):
        values = reading.values(("hosts", name), config_keys(HostWorld), table)
        hosts[name] = HostWorld(name=name, **(common | values))
    for name, values in _guests(reading):
        _place(reading, hosts, name, values)
    return hosts


def _guests(reading: Reading) -> list[tuple[str, dict[str, Any]]]:
    kinds = config_keys(GuestWorld) | {"host": "str"}
    common = reading.values(("defaults", "guest"), kinds, reading.table(("defaults", "guest")))
    return [
        (name, common | reading.values(("guests", name), kinds, table))
        for name, table in reading.tables("guests")
    ]


def _place(
    reading: Reading, hosts: Mapping[str, HostWorld], name: str, values: dict[str, Any]
) -> None:
    """Put a guest on its host, and, off, on the others that define it."""
    where = ("guests", name)
    if "host" not in values:
        reading.wrong((*where, "host"), Problem.MISSING)
        return
    home = values.pop("host")
    for host in (home, *values.get("also_on", ())):
        if host not in hosts:
            reading.wrong((*where, "host"), Problem.UNKNOWN_HOST, name=host)
            continue
        placed = values if host == home else values | {"state": "off"}
        guest = GuestWorld(name=name, **placed)
        if any(guest.uuid == other.uuid != "" for other in hosts[host].guests.values()):
            reading.wrong((*where, "uuid"), Problem.SAME_UUID, names=guest.uuid)
        hosts[host].guests[name] = guest
