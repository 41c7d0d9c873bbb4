"""One host whose guests a small dialect plays, in this process or a forked one.

For what the pretended `virsh` cannot show: things that happen in the middle of a call, disks that
are no files, and a kill at any place. A guest that goes on with memory that does not belong to its
disk is hurt, and `hurt` says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from bot.executors.host_helper.domain import OFF, PAUSED, RUNNING, Dialect, Disk, Domain, ToolFailed

UUID = "00000001-0000-4000-8000-000000000001"
OTHER_UUID = "00000002-0000-4000-8000-000000000002"
DEVICE = ".device"  # ends the path of a disk that stands for a block device
_END = "\nend"


@dataclass
class Played(Dialect):
    """A hypervisor; what is in `at` happens once, when a call of that name begins."""

    folder: Path
    name: str = "libvirt"
    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    is_busy: bool = False
    announced: list[str] = field(default_factory=list)

    def add(self, name: str = "g1", *disks: str, state: str = RUNNING, uuid: str = UUID) -> None:
        """Define a guest with one disk, a file, unless *disks* says where they are."""
        paths = disks or (str(self.folder / f"{name}.raw"),)
        for path in paths:
            self.written(path).write_text("new\n")
        self.log(name).touch()
        self._keep(name, uuid=uuid, state=OFF, domid=0, disks=list(paths))
        if state != OFF:
            self.start(name)

    def change(self, name: str = "g1", **fields: object) -> None:
        """Change what is known of a guest: state, domid, uuid, fits, or a field of Domain."""
        self._keep(name, **{**self._known()[name], **fields})

    def forget(self, name: str = "g1") -> None:
        """Undefine a guest."""
        self._write({n: one for n, one in self._known().items() if n != name})

    def show(self, name: str = "g1") -> Domain:
        """Return a guest as it is now."""
        return self._domain(name, self._known()[name])

    def written(self, path: str) -> Path:
        """Return the file in which it is seen what was written to the disk at *path*."""
        return Path(path) if path.startswith("/") else self.folder / path.replace("/", "_")

    def start(self, name: str = "g1", state: str = RUNNING) -> None:
        """Start a guest from its disk, as anybody can."""
        self._say(name, "starting up")
        self.change(name, state=state, domid=self._next(), fits="")
        self._go_on(name)

    def stop(self, name: str = "g1") -> None:
        """Take a guest out of memory, as anybody can."""
        self._say(name, "shutting down")
        self.change(name, state=OFF, domid=0)

    def intrude(self, name: str = "g1") -> None:
        """Start a guest and stop it again: its disk is another now."""
        self.start(name)
        self.stop(name)

    def hurt(self) -> list[str]:
        """Return the guests that went on with memory which their disks do not fit."""
        path = self.folder / "hurt"
        return path.read_text().split() if path.exists() else []

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def version(self) -> str:
        return "qemu-7.2.22"

    def memory(self) -> tuple[int, int]:
        return 4096, 2048

    def domains(self) -> list[Domain]:
        self._meet("domains")
        return [self._domain(name, one) for name, one in sorted(self._known().items())]

    def configuration(self, domain: Domain) -> str:
        return f"<domain>{domain.name}</domain>"

    def busy(self, domain: Domain) -> bool:
        del domain
        self._meet("busy")
        return self.is_busy

    def save(self, domain: Domain, path: str, log: IO[bytes]) -> None:
        del log
        self._meet("save")
        Path(path).write_text(self._state(domain.name) + _END)
        self.stop(domain.name)
        self._meet("saved")

    def check_image(self, path: str) -> None:
        self._meet("check_image")
        if not Path(path).read_text().endswith(_END):
            raise ToolFailed("truncated", path)

    def restore_paused(self, path: str, log: IO[bytes]) -> None:
        del log
        name, fits = Path(path).parent.name, Path(path).read_text()
        self._say(name, "starting up")
        self._meet("restore_paused")
        self.change(name, state=PAUSED, domid=self._next(), fits=fits.removesuffix(_END))
        self._meet("restored")

    def create(self, domain: Domain, log: IO[bytes]) -> None:
        del log
        self._meet("create")
        self.start(domain.name)

    def unpause(self, domain: Domain) -> None:
        self._meet("unpause")
        self._go_on(domain.name)

    def pause(self, domain: Domain) -> None:
        self.change(domain.name, state=PAUSED)

    def ask_to_shut_down(self, domain: Domain) -> None:
        self._meet("ask_to_shut_down")
        self.stop(domain.name)

    def destroy(self, domain: Domain) -> None:
        self._meet("destroy")
        self.stop(domain.name)

    def announce(self, domain: Domain) -> None:
        self.announced.append(domain.name)

    def replug(self, domain: Domain) -> None:
        self.announced.append(domain.interfaces[0].mac)

    def autostart_services(self) -> list[str]:
        return []

    def start_marks(self, domain: Domain) -> list[str]:
        return [str(self.log(domain.name))]

    def _meet(self, call: str) -> None:
        self.at.pop(call, lambda: None)()

    def _go_on(self, name: str) -> None:
        fits = self._known()[name].get("fits")
        if fits and fits != self._state(name):
            with (self.folder / "hurt").open("a") as file:
                file.write(f"{name}\n")
        self.change(name, state=RUNNING, fits="")
        for disk in self.show(name).disks:
            with self.written(disk.path).open("a") as file:
                file.write(f"{os.urandom(8).hex()}\n")

    def _state(self, name: str) -> str:
        paths = [self.written(disk.path) for disk in self.show(name).disks]
        return "".join(path.read_text(encoding="latin-1") for path in paths)

    def _say(self, name: str, text: str) -> None:
        with self.log(name).open("a") as file:
            file.write(f"{text}\n")

    def _next(self) -> int:
        path = self.folder / "domid"
        number = int(path.read_text()) + 1 if path.exists() else 1
        path.write_text(str(number))
        return number

    def _domain(self, name: str, one: dict[str, object]) -> Domain:
        known = {key: value for key, value in one.items() if key not in {"disks", "fits"}}
        disks = tuple(Disk(path) for path in one["disks"])  # type: ignore[attr-defined]
        made = Domain(name=name, uuid="", memory_mib=1, disks=disks)
        return replace(made, **known)  # type: ignore[arg-type]

    def _known(self) -> dict[str, dict[str, object]]:
        path = self.folder / "domains.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def _keep(self, name: str, **one: object) -> None:
        self._write({**self._known(), name: one})

    def _write(self, known: dict[str, dict[str, object]]) -> None:
        (self.folder / "domains.json").write_text(json.dumps(known))
