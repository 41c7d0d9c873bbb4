"""How tests make the pretended libvirt fail, hang, and lose contact."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.hypervisor.state import Files, look_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOOKS = 6000


class Faults:
    """What can go wrong on a host; `Hypervisor` is one."""

    files: Files

    def configure(self, **fields: object) -> None:
        """Change `memory_mib` or `qemu`, its version."""
        with self.files.changing() as world:
            world.data.update(fields)

    def fail(
        self, command: str, stderr: str, *, guest: str = "", times: int = 1, after: bool = False
    ) -> None:
        """Let *command* fail *times* times (0: always), with what libvirt says after "error: ".

        With *after*, it does its work all the same.
        """
        failure = {"command": command, "stderr": stderr, "guest": guest, "after": after}
        with self.files.changing() as world:
            world.failures.append({**failure, "times": times or -1})

    def hold(self, command: str, guest: str = "") -> None:
        """Let every *command* hang until `release`; a save hangs when it has begun.

        Only a save can be held for one *guest* alone.
        """
        self._hold_file(command, guest).touch()

    def release(self, command: str, guest: str = "") -> None:
        """Let those go on that hang."""
        self._hold_file(command, guest).unlink(missing_ok=True)

    @contextmanager
    def held(self, command: str, guest: str = "") -> Iterator[None]:
        """Hold for as long as the block lasts."""
        self.hold(command, guest)
        try:
            yield
        finally:
            self.release(command, guest)

    def _hold_file(self, command: str, guest: str) -> Path:
        key = f"{command}-{self.files.read().guests[guest].uuid}" if guest else command
        return Path(self.files.path(f"hold-{key}"))

    def lose_client(self, guest: str) -> None:
        """Let the next save's virsh end with "End of file", while the save goes on."""
        with self.files.changing() as world:
            world.data["lost"][world.guests[guest].uuid] = True

    def deafen_jobs(self, guest: str) -> None:
        """Let `domjobabort` say yes and do nothing."""
        with self.files.changing() as world:
            world.data["deaf_jobs"][world.guests[guest].uuid] = True

    def kill_daemon(self) -> None:
        """As `kill -9` of libvirtd: saves end without a valid image, their guests stand still."""
        with self.files.changing() as world:
            world.data["daemon"] = "down"

    def start_daemon(self) -> None:
        """Start libvirtd again: guests whose save it interrupted go on."""
        with self.files.changing() as world:
            world.data["daemon"] = "up"
            for guest in world.guests.values():
                if guest.job:
                    guest.job = ""
                    guest.run("unknown")

    def wait_for(self, true: Callable[[Self], bool]) -> None:
        """Return when *true* of this host; fail when that takes too long."""
        for _ in range(_LOOKS):
            if true(self):
                return
            look_again()
        raise AssertionError(true)

    def wait_for_save(self, name: str) -> None:
        """Return when the save of a guest has begun."""
        self.wait_for(lambda host: bool(host.files.read().guests[name].job))
