"""What a simulated host is made of, and how it is written to its file.

These are not values: the laws of the simulated world (physics, timers, verbs) change them in
place, inside one edit of the host's file. Instants are microseconds of world time, sizes MiB.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from bot.rules.fleet import GuestState, Mode, SnapshotKind

GOOD, DESTROYED = "good", "destroyed"  # what a disk is


@dataclass(kw_only=True)
class Image:
    """A guest's memory in a file."""

    name: str
    serial: int  # never used again for this guest, unlike a name
    generation: int  # of the disk when it was saved
    size_mib: int
    kernel: str  # of the host, when it was saved
    ready: bool = True  # the guest had booted
    complete: bool = False
    verified: bool = False
    spent: bool = False
    short: bool = False  # silently truncated
    corrupt: bool = False
    condemned: bool = False  # a verification has found it bad


@dataclass(kw_only=True)
class Snapshot:
    """A guest's disk as it was."""

    name: str
    generation: int
    integrity: str
    size_mib: int
    overflowed: bool = False


@dataclass(kw_only=True)
class GuestWorld:
    """One guest: what it is (the world file's keys), and below that how it is now."""

    name: str
    uuid: str = ""
    memory_mib: int = 1024
    mode: Mode = Mode.PV
    system: str = "linux"
    kernel: str = "5.10.0-8-amd64"
    console_readable: bool = True  # whether its console still shows the kernel's line
    feature_suspend: bool | None = None  # None: as its kernel would do it
    suspends: bool = True  # whether its system can be suspended at all
    unsaveable: list[str] = field(default_factory=list)
    shutdown_seconds: float = 20.0  # infinite: deaf
    boot_seconds: float = 30.0
    breaks_under: list[str] = field(default_factory=list)  # host kernels, by how they begin
    break_seconds: float = 2.0
    blocked: bool = False
    autostart: bool = False
    canary: bool = False
    snapshot_mib: int = 64
    volume_group: str = ""  # empty: not one that can be lost
    bridge: str = ""
    ports: list[int] = field(default_factory=list)  # empty: every port answers
    also_on: list[str] = field(default_factory=list)  # other hosts that define it too
    state: GuestState = GuestState.RUNNING

    domid: int = 0
    instances: int = 1
    generation: int = 1
    last_generation: int = 1  # a generation is never used for two states of a disk
    integrity: str = GOOD
    clean: bool = True  # the file system was unmounted
    rollbacks: int = 0
    memory_generation: int = 1  # of the disk that its memory knows
    came_from: int = 0  # serial of the image it was restored from and not yet unpaused
    came_image: str = ""
    saved_under: str = ""  # kernel of the host that saved what was restored
    ready: bool = True
    marks: dict[str, Any] = field(default_factory=dict)  # faults that wait for its unpausing
    breaks_in: float | None = None  # seconds of running until its memory ruins its disk
    cpu: int = 0  # microseconds it has run before `running_from`
    running_from: int | None = 0
    ready_at: int | None = 0  # answers from then on; None: never in this life
    stalled: bool = False
    connected: bool = True
    network: bool = True
    cure: str = ""  # the verb that mends its network
    boot_line: str = ""
    console: list[str] = field(default_factory=list)
    console_base: int = 0  # lines already dropped
    lock: str = ""
    images: dict[str, Image] = field(default_factory=dict)
    images_made: int = 0
    unpaused: dict[str, int] = field(default_factory=dict)  # image serial: rollbacks then
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    ran: list[list[int]] = field(default_factory=list)  # only if `also_on`: from, to (-1: yet)

    @property
    def in_memory(self) -> bool:
        """Say whether it takes memory of the host."""
        return self.state is not GuestState.OFF


@dataclass(kw_only=True)
class Work:
    """A command the host knows."""

    seconds: float = 10.0
    sets_kernel: str = ""
    sets_hypervisor: str = ""
    output: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class OpRecord:
    """One operation: its fate is decided when it is submitted, and may move with the disk."""

    id: str
    verb: str
    guest: str
    started: int
    image: str = ""
    snapshot: str = ""
    argument: str = ""
    again: bool = False
    over: bool = False
    refused: str = ""  # a Fault
    error: str = ""  # a Fault; how it will have failed
    detail: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    forgotten: bool = False  # the host has lost its record of it
    ends: int | None = None  # None: never
    hung: bool = False
    pace: float = 1.0
    marks: dict[str, Any] = field(default_factory=dict)  # what faults did to it
    was: str = ""  # state of a guest that the operation itself has suspended
    total_mib: float = 0.0  # of a transfer
    moved_mib: float = 0.0
    rate: float = 0.0  # MiB/s
    flows_from: int = 0


@dataclass(kw_only=True)
class Timer:
    """Something the world will do by itself."""

    at: int
    kind: str
    guest: str = ""
    domid: int = 0  # only to this life of the guest; 0: to any
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Injection:
    """A fault that waits for its operation; `times` 0: strikes always."""

    fault: str
    guest: str = ""
    verb: str = ""
    times: int = 1
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Breach:
    """A violation as a host's file keeps it."""

    kind: str
    guest: str
    at: int
    operation: str


@dataclass(kw_only=True)
class HostWorld:
    """One host: what it is (the world file's keys), and below that how it is now."""

    name: str
    kernel: str = "4.19.181"
    kernel_next: str = ""  # what the next boot starts; empty: the same
    hypervisor: str = "xen-4.14.2"
    hypervisor_next: str = ""
    memory_mib: int = 65536
    image_space_mib: int = 131072
    snapshot_space_mib: int = 131072
    snapshots: SnapshotKind = SnapshotKind.THIN
    disk_mib_s: float = 500.0
    stream_mib_s: float = 500.0
    verify_mib_s: float = 300.0
    reboot_seconds: float = 240.0
    freeze_seconds: float = 180.0  # the host's own limit for a guest that does not freeze
    bridges: list[str] = field(default_factory=lambda: ["br0"])
    volume_groups: list[str] = field(default_factory=lambda: ["vg0"])
    autostart: list[str] = field(default_factory=list)
    cpu_features: list[str] = field(default_factory=list)
    saves_paused: bool = False
    work: dict[str, Work] = field(default_factory=dict)

    boots: int = 1
    down_until: int | None = None
    silent_until: int = 0
    serial: int = 0  # of its file
    token: int = 0  # highest seen
    domids: int = 0
    no_checks: bool = False
    breaks_all: list[str] = field(default_factory=list)  # host kernels that ruin every guest
    cpu_lost: bool = False
    flowed_at: int = 0
    seen: int = 0
    guests: dict[str, GuestWorld] = field(default_factory=dict)
    ops: dict[str, OpRecord] = field(default_factory=dict)
    active: list[str] = field(default_factory=list)  # ids of operations that are not over
    timers: list[Timer] = field(default_factory=list)
    faults: list[Injection] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)

    @property
    def boot_id(self) -> str:
        """Name this life of the host."""
        return str(uuid5(NAMESPACE_DNS, f"boot.{self.boots}.{self.name}"))

    @property
    def memory_free_mib(self) -> int:
        """Return what guests, and operations that bring guests, leave."""
        used = sum(g.memory_mib * g.instances for g in self.guests.values() if g.in_memory)
        coming = (o.guest for o in self.running() if o.verb in {"restore", "boot"} and not o.error)
        return self.memory_mib - used - sum(self.guests[name].memory_mib for name in coming)

    @property
    def image_free_mib(self) -> int:
        """Return the space that images leave; one being written holds all it will need."""
        taken = sum(i.size_mib for g in self.guests.values() for i in g.images.values())
        return max(0, self.image_space_mib - taken)

    @property
    def snapshot_free_mib(self) -> int:
        """Return the space that snapshots leave."""
        taken = sum(s.size_mib for g in self.guests.values() for s in g.snapshots.values())
        return max(0, self.snapshot_space_mib - taken)

    def running(self, guest: str | None = None) -> list[OpRecord]:
        """Return the operations that are not over, of *guest* or of all."""
        ops = (self.ops[id_] for id_ in self.active)
        return [op for op in ops if guest is None or op.guest == guest]

    def later(self, kind: str, at: int, guest: GuestWorld | None = None, **params: object) -> None:
        """Let *kind* happen at *at*, to this life of *guest* if one is given."""
        name, domid = (guest.name, guest.domid) if guest else ("", 0)
        self.timers.append(Timer(at=at, kind=kind, guest=name, domid=domid, params=dict(params)))


def dumps(host: HostWorld) -> str:
    """Write a host as JSON."""
    return json.dumps(host, default=vars, separators=(",", ":"))


def loads(text: str) -> HostWorld:
    """Read what `dumps` wrote. Raises ValueError, TypeError or KeyError on anything else."""
    raw = json.loads(text)
    raw["guests"] = {name: _guest(data) for name, data in raw["guests"].items()}
    raw["work"] = {name: Work(**data) for name, data in raw["work"].items()}
    raw["ops"] = {id_: OpRecord(**data) for id_, data in raw["ops"].items()}
    raw["timers"] = [Timer(**data) for data in raw["timers"]]
    raw["faults"] = [Injection(**data) for data in raw["faults"]]
    raw["breaches"] = [Breach(**data) for data in raw["breaches"]]
    raw["snapshots"] = SnapshotKind(raw["snapshots"])
    return HostWorld(**raw)


def config_keys(kind: type[HostWorld | GuestWorld]) -> dict[str, Any]:
    """Return the fields a world file may set, with their annotations."""
    first = "boots" if kind is HostWorld else "domid"
    names = [f.name for f in fields(kind)]
    return {f.name: f.type for f in fields(kind)[: names.index(first)] if f.name != "name"}


def is_deaf(guest: GuestWorld) -> bool:
    """Say whether *guest* would never obey a request to shut down."""
    return guest.stalled or guest.integrity == DESTROYED or math.isinf(guest.shutdown_seconds)


def _guest(data: dict[str, Any]) -> GuestWorld:
    data["images"] = {name: Image(**image) for name, image in data["images"].items()}
    data["snapshots"] = {name: Snapshot(**snap) for name, snap in data["snapshots"].items()}
    data["state"], data["mode"] = GuestState(data["state"]), Mode(data["mode"])
    return GuestWorld(**data)
