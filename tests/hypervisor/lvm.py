"""Logical volumes that need no device mapper: each is a text, changed by the commands of LVM.

The paths of volumes lead to /dev/null, so that nobody takes them for files.
"""

from __future__ import annotations

import marshal
from pathlib import Path
from typing import Any

from tests.hypervisor.launching import launcher, on_path

GROUP = "vg"
MIB = 1 << 20
_COMMANDS = ("lvs", "vgs", "lvcreate", "lvrename", "lvremove", "lvconvert", "lvchange")
_POOL = {"name": "pool", "kind": "pool", "data": 10.0, "meta": 10.0, "size": 1024 * MIB}


class Lvm:
    """One volume group `vg` with a thin pool; another object of the same folder is the same."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it without volumes."""
        self.folder = folder
        self._state = folder / "state"
        if not self._state.exists():
            (folder / GROUP).mkdir(parents=True)
            self._write({"free": 4096 * MIB, "volumes": [dict(_POOL)], "fail": [], "stuck": False})
            for command in _COMMANDS:
                launcher(folder / command, "lvm_program", str(folder), command)

    @property
    def env(self) -> dict[str, str]:
        """Return the PATH on which the commands are found."""
        return on_path(self.folder)

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = marshal.loads(self._state.read_bytes())  # noqa: S302 - our own
        return found

    def _write(self, state: dict[str, Any]) -> None:
        self._state.write_bytes(marshal.dumps(state))

    def add(self, name: str, *, thin: bool) -> str:
        """Make a volume of 64 MiB; return its path."""
        state = self._read()
        kind = "thin" if thin else "thick"
        state["volumes"].append({"name": name, "kind": kind, "size": 64 * MIB, "text": ""})
        self._write(state)
        path = self.folder / GROUP / name
        path.symlink_to("/dev/null")
        return str(path)

    def remove(self, name: str) -> None:
        """Remove a volume, as root could."""
        state = self._read()
        state["volumes"] = [one for one in state["volumes"] if one["name"] != name]
        self._write(state)

    def volumes(self) -> list[str]:
        """Return the names of all volumes but the pool."""
        return [one["name"] for one in self._read()["volumes"] if one["kind"] != "pool"]

    def read(self, name: str) -> str:
        """Return what is on a volume."""
        text: str = self._one(self._read(), name)["text"]
        return text

    def write(self, name: str, text: str) -> None:
        """Change what is on a volume."""
        self.change(name, text=text)

    def change(self, name: str, **fields: object) -> None:
        """Change a volume: `data` is its percentage, `open` whether somebody has it open, …"""
        state = self._read()
        self._one(state, name).update(fields)
        self._write(state)

    def configure(self, **fields: object) -> None:
        """Change `free`, the group's free bytes, or `stuck`: merges begin and do not end."""
        self._write({**self._read(), **fields})

    def fail(self, command: str, stderr: str) -> None:
        """Let *command* fail once."""
        state = self._read()
        self._write({**state, "fail": [*state["fail"], [command, stderr]]})

    def _one(self, state: dict[str, Any], name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in state["volumes"] if one["name"] == name)
        return found
