"""One guest whose disks are files, or volumes of the pretended LVM, and what is asked of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from bot.executors.host_helper import snapshots
from bot.executors.host_helper.domain import OFF, Disk, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.snapshots.lvm import LVM
from tests.hypervisor.lvm import Lvm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UUID = "00000001-0000-4000-8000-000000000001"
MIB = 1 << 20
KILLED = -9


@dataclass
class Keeper:
    """A host with its guest "g1"."""

    folder: Path
    state: str = OFF
    uuid: str = UUID
    disks: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        made = Settings(name="h1", dialect="libvirt", state=self.folder)
        return replace(made, snapshots=self.folder / "snapshots")

    def forget(self) -> None:
        """Let LVM be asked anew: a test has changed volumes, or does what another process does."""
        LVM._reported = 0.0

    @property
    def domain(self) -> Domain:
        disks = tuple(Disk(path) for path in self.disks)
        return Domain("g1", self.uuid, self.state, disks=disks)

    @property
    def lvm(self) -> Lvm:
        return Lvm(self.folder / "lvm")

    def add_file(self, name: str, content: bytes = b"before") -> Path:
        path = self.folder / name
        path.write_bytes(content.ljust(MIB, b"\0"))
        path.chmod(0o640)
        self.disks.append(str(path))
        return path

    def add_volume(self, name: str, *, thin: bool) -> str:
        path = self.lvm.add(name, thin=thin)
        self.lvm.write(name, "before")
        self.disks.append(path)
        return path

    def take(self, name: str = "s1") -> None:
        self.forget()
        snapshots.take(self.settings, self.domain, name)

    def roll_back(self, name: str = "s1") -> None:
        self.forget()
        snapshots.roll_back(self.settings, self.domain, name)

    def drop(self, name: str = "s1") -> None:
        self.forget()
        snapshots.drop(self.settings, self.domain, name)

    def names(self) -> list[str]:
        self.forget()
        return snapshots.names(self.settings, self.domain)

    def unfinished(self) -> list[str]:
        return snapshots.unfinished(self.settings, self.domain)

    def fails(self, fault: str, act: Callable[[], object]) -> str:
        with pytest.raises(ToolFailed) as caught:
            act()
        assert caught.value.fault == fault, caught.value
        return caught.value.detail


def killed(act: Callable[[], None], calls: tuple[tuple[object, str], ...], count: int) -> bool:
    """Do *act* in another process, killed in the place of its call *count*; whether it was.

    *calls* are the functions whose calls are counted: each a module or a class, and a name.
    """
    child = os.fork()
    if child == 0:
        left = [count]
        for owner, name in calls:
            _arm(owner, name, left)
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, KILLED}
    return status == KILLED


def _arm(owner: object, name: str, left: list[int]) -> None:
    real = getattr(owner, name)

    def counted(*words: object, **named: object) -> object:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), -KILLED)
        return real(*words, **named)

    setattr(owner, name, counted)
