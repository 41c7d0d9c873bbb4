"""What a dialect tells of a guest, and what each dialect can do.

The word *domain* is the hypervisor's: one guest as its tools show it. Sizes in MiB, times in
seconds. A dialect decides nothing: it runs the hypervisor's tool under a time limit and says what
came of it. Whether something may be done is decided in `verbs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

RUNNING, PAUSED, SUSPENDED, OFF, ZOMBIE = "running", "paused", "suspended", "off", "zombie"


class ToolFailed(Exception):
    """A tool did not do what it was asked for.

    `fault` is a code of `bot.rules.operation.Fault`, `detail` what the tool said.
    """

    def __init__(self, fault: str, detail: str = "") -> None:
        """Keep both."""
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True)
class Disk:
    """One disk of a guest that is written to.

    `path` is that of a file or a block device of this host; anything else is a disk elsewhere.
    """

    path: str
    format: str = "raw"  # or "qcow2"


@dataclass(frozen=True)
class Interface:
    """One network interface."""

    mac: str
    bridge: str = ""


@dataclass(frozen=True)
class Domain:
    """One guest as the hypervisor shows it, in memory or only defined."""

    name: str
    uuid: str  # empty: its configuration has none
    state: str = OFF
    domid: int = 0  # changes at every start; 0 when off
    memory_mib: int = 0
    mode: str = "hvm"  # or "pv", "pvh"
    system: str = "linux"
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    unsaveable: tuple[str, ...] = ()  # devices that cannot be saved
    feature_suspend: bool | None = None  # Xen only; None: cannot be read
    cpu_seconds: float = 0.0
    devices_connected: bool = True
    console: str = ""  # path of the file its console is logged to; empty: none
    autostart: bool = False
    configuration: str = ""  # path of the file it is started from; Xen only


class Dialect:
    """How one hypervisor's tools are used. Every method may raise ToolFailed."""

    name = ""
    saves_paused = False  # whether a paused guest can be saved

    def version(self) -> str:
        """Return the hypervisor and its version: "xen-4.17.5", "qemu-7.2.22"."""
        raise NotImplementedError

    def memory(self) -> tuple[int, int]:
        """Return the memory for guests in MiB: all of it, and what is free."""
        raise NotImplementedError

    def domains(self) -> list[Domain]:
        """Return every guest, in memory or only defined, in order of name."""
        raise NotImplementedError

    def domain(self, name: str) -> Domain | None:
        """Return one guest, or None."""
        return next((one for one in self.domains() if one.name == name), None)

    def configuration(self, domain: Domain) -> str:
        """Return the text of the configuration that *domain* runs with, for people to read."""
        raise NotImplementedError

    def save(self, domain: Domain, path: str, log: IO[bytes]) -> None:
        """Write the memory of *domain* to the new file *path*, and take it out of memory.

        A failure is told by what it leaves behind: look at the guest again.
        """
        raise NotImplementedError

    def busy(self, domain: Domain) -> bool:
        """Say whether the hypervisor goes on saving *domain* by itself, its tool or not."""
        del domain
        return False

    def check_image(self, path: str) -> None:
        """Read the image at *path* as far as its format tells whether it is whole.

        Raises ToolFailed("truncated") or ToolFailed("corrupt").
        """
        raise NotImplementedError

    def restore_paused(self, path: str, log: IO[bytes]) -> None:
        """Bring a guest back from *path*, paused, with the configuration that its image keeps."""
        raise NotImplementedError

    def unpause(self, domain: Domain) -> None:
        """Let a paused guest go on."""
        raise NotImplementedError

    def pause(self, domain: Domain) -> None:
        """Stop a guest's processors."""
        raise NotImplementedError

    def ask_to_shut_down(self, domain: Domain) -> None:
        """Ask a guest to shut down, and return at once."""
        raise NotImplementedError

    def create(self, domain: Domain, log: IO[bytes]) -> None:
        """Start a guest from its disk."""
        raise NotImplementedError

    def destroy(self, domain: Domain) -> None:
        """Take a guest out of memory at once."""
        raise NotImplementedError

    def announce(self, domain: Domain) -> None:
        """Let the network learn again where the guest is (gratuitous ARP)."""
        raise NotImplementedError

    def replug(self, domain: Domain) -> None:
        """Unplug and plug the guest's network interfaces."""
        raise NotImplementedError

    def autostart_services(self) -> list[str]:
        """Return the services that could start or save guests by themselves."""
        raise NotImplementedError

    def start_marks(self, domain: Domain) -> list[str]:
        """Return paths of files that every start of the guest writes to: its log."""
        raise NotImplementedError
