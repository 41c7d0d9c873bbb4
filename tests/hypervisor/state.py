"""What the pretended libvirtd knows: one file, changed under one lock."""

# ruff: noqa: PTH105, PTH110, PTH118, PTH123 - pathlib takes long to import

from __future__ import annotations

import fcntl
import marshal
import os
import select
import time

from tests.hypervisor.says import NO_GUEST, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RUNNING, PAUSED, OFF = "running", "paused", "shut off"
LOOK_SECONDS = 0.005


class Guest:
    """One defined guest. Times are seconds since the epoch, memory in MiB."""

    name: str
    uuid: str
    disks: list[dict[str, str]]  # "path", "format", "target"
    macs: list[str]
    memory_mib: int = 64
    bridge: str = "br0"
    console: str = ""
    log: str = ""  # QEMU's own, to which every start adds
    devices: str = ""  # more XML, such as a <hostdev>
    autostart: bool = False
    state: str = OFF
    reason: str = "unknown"
    domid: int = 0
    boot: int = 0  # counted in its memory: the same after a restore
    starts: int = 0
    resumes: int = 0
    counter: float = 0.0  # heartbeats, one a second, up to `since`
    since: float = 0.0  # when it began to run; 0: it does not
    off_at: float = 0.0  # when it will have shut down
    deaf: bool = False
    dead: bool = False  # in memory, and its processors stand still
    shutdown_seconds: float = 0.0
    fits: str = ""  # the state of the disk that its memory, from an image, belongs to
    job: str = ""  # the file it is being saved to
    job_error: str = ""
    job_abort: bool = False
    links: dict[str, str]
    monitor: list[str]

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - as the file has them
        self.disks, self.macs, self.links, self.monitor = [], [], {}, []
        self.__dict__.update(fields)

    @property
    def active(self) -> bool:
        return self.state != OFF

    def heartbeats(self, now: float) -> float:
        return self.counter + (now - self.since if self.since and not self.dead else 0.0)

    def run(self, reason: str) -> None:
        """Let its processors go on."""
        self.state, self.reason, self.since = RUNNING, reason, time.time()

    def stop(self, state: str, reason: str) -> None:
        """Stop its processors."""
        now = time.time()
        self.counter, self.since = self.heartbeats(now), 0.0
        self.state, self.reason = state, reason
        if state == OFF:
            self.domid, self.off_at, self.fits = 0, 0.0, ""

    def settle(self) -> None:
        """Come to what it is by now."""
        if self.state == RUNNING and self.off_at and time.time() >= self.off_at:
            self.stop(OFF, "shutdown")


class World:
    """The whole host."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.guests = {one["name"]: Guest(**one) for one in data["guests"]}
        self.next_id: int = data["next_id"]
        self.memory_mib: int = data["memory_mib"]
        self.failures: list[dict[str, Any]] = data["failures"]
        self.violations: list[str] = data["violations"]

    def bytes(self) -> bytes:
        """Return it as its file has it."""
        guests = [vars(one) for one in self.guests.values()]
        return marshal.dumps({**self.data, "guests": guests, "next_id": self.next_id})

    def free_mib(self) -> int:
        """Return the memory that no guest has."""
        return self.memory_mib - sum(g.memory_mib for g in self.guests.values() if g.active)

    def violated(self, what: str) -> None:
        """Remember that a guest was hurt."""
        self.violations.append(what)

    def find(self, word: str) -> Guest:
        """Return the guest of that id, uuid or name, as virsh looks them up."""
        for guest in self.guests.values():
            if word in {guest.uuid, guest.name} or (guest.domid and word == str(guest.domid)):
                return guest
        raise Refused(NO_GUEST, word)


class Files:
    """Where the state is: a folder that nobody else writes to."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, name: str) -> str:
        """Return the path of one of its files."""
        return os.path.join(self.folder, name)

    def read(self) -> World:
        """Return the state as it is now; what is changed in it is lost."""
        with open(self.path("state"), "rb") as file:
            return World(marshal.loads(file.read()))  # noqa: S302 - our own file

    def write(self, world: World) -> None:
        """Replace the state."""
        beside = self.path(f"state.{os.getpid()}")
        with open(beside, "wb") as file:
            file.write(world.bytes())
        os.replace(beside, self.path("state"))

    def changing(self) -> Changing:
        """Give the state to change; nobody else changes it meanwhile."""
        return Changing(self)

    def held(self, name: str) -> bool:
        """Say whether a test holds *name* back."""
        return os.path.exists(self.path(f"hold-{name}"))


class Changing:
    """The state under its lock, written when the block ends without an exception."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def __enter__(self) -> World:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self.lock = os.open(self.files.path("lock"), flags, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.world = self.files.read()
        for guest in self.world.guests.values():
            guest.settle()
        return self.world

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.files.write(self.world)
        os.close(self.lock)


def look_again() -> None:
    """Let a moment pass between two looks."""
    select.select([], [], [], LOOK_SECONDS)
