"""Hosts, guests and contacts: what the inventory says, and what is observed on a host.

*Record* types come from the inventory file (what should be), *Facts* types from a host (what is).
Memory and image sizes are in MiB, times in seconds, instants aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mode(StrEnum):
    """How a guest is virtualised; part of its kernel family."""

    PV = "pv"
    PVH = "pvh"
    HVM = "hvm"


class Role(StrEnum):
    """Whose guest it is: customers opt in, infrastructure follows the configuration."""

    CUSTOMER = "customer"
    INFRASTRUCTURE = "infrastructure"


class GuestState(StrEnum):
    """What the hypervisor says of a guest."""

    RUNNING = "running"
    PAUSED = "paused"  # in memory, not scheduled
    SUSPENDED = "suspended"  # stopped by a save that was killed (Xen shows ---ss-)
    OFF = "off"  # defined, not in memory
    ZOMBIE = "zombie"  # gone, but its disks are still held


class SnapshotKind(StrEnum):
    """How a host makes disk snapshots."""

    THIN = "thin"
    THICK = "thick"  # has a fixed size and can overflow
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One way to see from outside that a guest answers; `port` 0 is a ping."""

    port: int = 0


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A guest as the inventory knows it."""

    name: str
    host: str
    uuid: str
    role: Role = Role.CUSTOMER
    contact: str = ""  # key of a Contact; infrastructure may have none
    address: str = ""
    checks: tuple[Check, ...] = (Check(),)
    priority: float = 1.0  # weight of its downtime; larger waits less
    canary: bool = False  # expendable: may be the first to be restored
    needs: tuple[str, ...] = ()  # guests that must be up before this one
    suspend: bool = True  # infrastructure only: its "opt-in" by configuration
    shutdown_seconds: float | None = None  # its own history; None: not known
    opted_in: bool = False  # read when the guest is first seen
    kernel: str = ""  # attested kernel, read when the guest is first seen


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person or team that is told about guests."""

    key: str
    name: str
    address: str  # empty: not known


@dataclass(frozen=True, kw_only=True)
class HostWork:
    """What is done to an empty host, and what it must be afterwards.

    `manual` waits for *continue*; otherwise `commands` (names known to the host) run in order,
    then the host reboots if `reboot`, and once it is back as it should be `after` runs, before any
    guest is brought back. Empty `kernel` or `hypervisor` mean: as before.
    """

    manual: bool = True
    commands: tuple[str, ...] = ()
    reboot: bool = True
    after: tuple[str, ...] = ()
    kernel: str = ""
    hypervisor: str = ""


@dataclass(frozen=True, kw_only=True)
class Host:
    """A physical machine as the inventory knows it."""

    name: str
    fqdn: str = ""
    executor: str = "simulator"  # or "ssh"
    address: str = ""  # where SSH finds it; empty: `fqdn`, else its name
    port: int = 22
    user: str = "root"  # who the bot is there; the key is only good for the helper
    work: HostWork = HostWork()
    disk_mib_s: float = 500.0  # bandwidth of the storage that holds images, all streams
    stream_mib_s: float = 500.0  # bandwidth one stream can use
    verify_mib_s: float = 300.0  # speed of reading an image back
    work_seconds: float = 240.0  # what the host work takes, its reboot included


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The whole inventory, by name."""

    hosts: Mapping[str, Host] = field(default_factory=lambda: MappingProxyType({}))
    guests: Mapping[str, Guest] = field(default_factory=lambda: MappingProxyType({}))
    contacts: Mapping[str, Contact] = field(default_factory=lambda: MappingProxyType({}))

    def on(self, host: str) -> tuple[Guest, ...]:
        """Return the guests recorded on *host*, in order of name."""
        return tuple(sorted((g for g in self.guests.values() if g.host == host), key=_name))


def _name(guest: Guest) -> str:
    return guest.name


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """What a host says of itself."""

    name: str
    boot_id: str
    kernel: str  # e.g. "4.19.181"
    hypervisor: str  # e.g. "xen-4.14.2"
    memory_mib: int  # for guests, all of it
    memory_free_mib: int
    image_space_mib: int
    snapshot_space_mib: int
    snapshots: SnapshotKind = SnapshotKind.THIN
    bridges: tuple[str, ...] = ()
    volume_groups: tuple[str, ...] = ()
    autostart: tuple[str, ...] = ()  # what could act on guests by itself: "xendomains", …
    saves_paused: bool = False  # whether a paused guest can be saved and come back paused
    cpu_features: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImageFacts:
    """One image found on a host."""

    name: str
    generation: int  # of its guest's disk when it was saved
    size_mib: int
    complete: bool = True
    verified: bool = False
    spent: bool = False


@dataclass(frozen=True, kw_only=True)
class GuestFacts:
    """What a host says of one guest now.

    `generation` counts the times the guest's disk may have been written anew (booted, unpaused);
    an image fits its disk only while both numbers are equal.
    """

    name: str
    uuid: str
    state: GuestState
    domid: int = 0  # changes at every start; 0 when off
    memory_mib: int = 0
    mode: Mode = Mode.PV
    system: str = "linux"
    generation: int = 0
    unsaveable: tuple[str, ...] = ()  # devices that cannot be saved
    feature_suspend: bool | None = None  # control/feature-suspend; None: cannot be read
    kernel_line: str = ""  # "Linux version …" of this boot's console
    cpu_seconds: float = 0.0
    devices_connected: bool = True
    console_end: int = 0  # mark of the newest console line
    blocked: bool = False  # administratively off: nobody starts it
    instances: int = 1  # more than one: it runs twice
    autostart: bool = False
    lock: str = ""  # who holds its boot lock
    images: tuple[ImageFacts, ...] = ()
    snapshots: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A host and its guests at one instant."""

    facts: HostFacts
    guests: Mapping[str, GuestFacts]
