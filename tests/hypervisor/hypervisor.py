"""The pretended libvirt host as tests see it: they add guests, look at them, and make things fail.

```python
hypervisor = Hypervisor(tmp_path / "libvirt")
hypervisor.contract_guests()
hypervisor.fail("start", "internal error: no", guest="g1")
with hypervisor.held("save", "g1"):  # every save of g1 hangs meanwhile
    run([...], env={**os.environ, **hypervisor.env})
assert hypervisor.violations() == []
```
"""

from __future__ import annotations

import ast
import marshal
import time
import uuid
from pathlib import Path

from tests.hypervisor import disk, power, words
from tests.hypervisor.faults import Faults
from tests.hypervisor.launching import launcher, on_path
from tests.hypervisor.state import OFF, PAUSED, RUNNING, Files, Guest, World

_EMPTY = {
    "guests": [],
    "next_id": 1,
    "memory_mib": 4096,
    "qemu": "7.2.22",
    "daemon": "up",
    "failures": [],
    "violations": [],
    "lost": {},
    "deaf_jobs": {},
}


def install(folder: Path) -> dict[str, str]:
    """Write the launcher `virsh` into *folder*, with its state beside it; return PATH with it."""
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    if not (state / "state").exists():
        (state / "state").write_bytes(marshal.dumps(_EMPTY))
    launcher(folder / "virsh", "virsh", str(state))
    return on_path(folder)


class Hypervisor(Faults):
    """One host. Another object with the same folder is the same host, also in another process."""

    def __init__(self, folder: Path) -> None:
        """Open the host in *folder*, or make one without guests."""
        self.folder = folder
        self.env = install(folder)
        self.files = Files(str(folder / "state"))

    @property
    def hook(self) -> Path:
        """Return where a test puts libvirt's hook (`/etc/libvirt/hooks/qemu` on real hosts)."""
        return self.folder / "state" / "hook"

    def contract_guests(self) -> None:
        """Add those that the contract suite speaks of."""
        self.add("g1")
        self.add("g2")
        self.add("off", state=OFF)

    def add(self, name: str, *, state: str = RUNNING, **fields: object) -> Guest:
        """Define a guest, and start it unless *state* says otherwise; return it.

        *fields* are attributes of `Guest`; what is not given is made up.
        """
        with self.files.changing() as world:
            number = len(world.guests) + 1
            guest = Guest(**{**self._made_up(name, number), **fields})
            world.guests[name] = guest
            for one in guest.disks:
                disk.create(one["path"])
            if state != OFF:
                self._begin(world, guest, state)
        return self.guest(name)

    def _made_up(self, name: str, number: int) -> dict[str, object]:
        here = self.folder / "guests"
        here.mkdir(exist_ok=True)
        key = name.replace("/", "_")
        (here / f"{key}.console").touch()
        return {
            "name": name,
            "uuid": str(uuid.UUID(int=(number << 96) | (4 << 76) | (8 << 60) | number)),
            "macs": [f"52:54:00:00:00:{number:02x}"],
            "disks": [{"path": str(here / f"{key}.raw"), "format": "raw", "target": "vda"}],
            "console": str(here / f"{key}.console"),
            "log": str(here / f"{key}.log"),
        }

    def _begin(self, world: World, guest: Guest, state: str) -> None:
        asked = words.Asked("start")
        asked.values["domain"] = [guest.name]
        power.start(self.files, world, asked)
        if state == PAUSED:
            guest.stop(PAUSED, "user")

    def guest(self, name: str) -> Guest:
        """Return a guest as it is now. Changes to what is returned change nothing."""
        with self.files.changing() as world:
            return world.guests[name]

    def counter(self, name: str) -> float:
        """Return the heartbeats of a guest since it booted; a restored one goes on."""
        return self.guest(name).heartbeats(time.time())

    def disk(self, name: str) -> Path:
        """Return the guest's first disk, a real file; its first 128 bytes are the guest's."""
        return Path(self.guest(name).disks[0]["path"])

    def writes(self, name: str) -> int:
        """Return how often the guest's first disk has begun to be written to."""
        return disk.writes(str(self.disk(name)))

    def change(self, name: str, **fields: object) -> None:
        """Change attributes of a guest: `deaf=True`, `dead=True`, `shutdown_seconds=5.0`, …"""
        with self.files.changing() as world:
            vars(world.guests[name]).update(fields)

    def say(self, name: str, *lines: str) -> None:
        """Let lines appear on a guest's console."""
        with Path(self.guest(name).console).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def violations(self) -> list[str]:
        """Return how guests were hurt: resumed from a stale image, a disk used twice."""
        return self.files.read().violations

    def calls(self) -> list[list[str]]:
        """Return the arguments of every virsh so far."""
        try:
            text = Path(self.files.path("calls")).read_text()
        except FileNotFoundError:
            return []
        return [ast.literal_eval(line) for line in text.splitlines()]
