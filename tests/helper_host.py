"""The real host helper behind an SSH server of the test's own, on a pretended hypervisor.

`HelperHost` is a host "h1" as `maint host install` leaves one: its forced command is all that a
key may run. What it runs are processes, as on a real host; nothing of it is in the test's process.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hypervisor.hypervisor import Hypervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ssh_host import Process

#: Who is not root is sent on through sudo, to where a test cannot be.
_ENTRY = "session" if os.geteuid() else "ssh"
ROOT = Path(__file__).resolve().parents[1]
_WORK = "#!/bin/sh\necho one\necho two\n"
_CONF = """\
[host]
name = {name}
dialect = libvirt
state = {folder}/state
path = {path}
"""


@dataclass(kw_only=True)
class HelperHost:
    """The helper's folders, and how a session of it is held."""

    folder: Path
    name: str = "h1"
    lose: str = ""  # contact is lost "before" or "after" the next submission is heard
    cut: Callable[[], None] = field(default=lambda: None)  # breaks contact off

    def __post_init__(self) -> None:
        self.hypervisor = Hypervisor(self.folder / "libvirt")
        work = self.etc / "work.d" / "upgrade"
        work.parent.mkdir(parents=True, exist_ok=True)
        work.write_text(_WORK)
        work.chmod(0o700)
        path = self.hypervisor.env["PATH"]
        conf = _CONF.format(name=self.name, folder=self.folder, path=path)
        (self.etc / "host.conf").write_text(conf)

    @property
    def etc(self) -> Path:
        """Where root configures the helper."""
        return self.folder / "etc"

    async def talk(self, process: Process) -> None:
        """Let sshd's forced command hold the session."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.executors.host_helper", "--etc", str(self.etc), _ENTRY),
            cwd=ROOT,
            env={**os.environ, "SSH_ORIGINAL_COMMAND": process.command or ""},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        answers = asyncio.create_task(self._answers(child, process))
        try:
            await self._questions(process, child)
        finally:
            assert child.stdin
            child.stdin.close()
            process.exit(await child.wait())
            await answers

    async def _questions(self, process: Process, child: asyncio.subprocess.Process) -> None:
        assert child.stdin
        while line := await process.stdin.readline():
            if b'"ask": "submit"' in line and self.lose == "before":
                self._cut()
                return
            child.stdin.write(line)
            await child.stdin.drain()

    async def _answers(self, child: asyncio.subprocess.Process, process: Process) -> None:
        assert child.stdout
        while line := await child.stdout.readline():
            if self.lose == "after" and b'"answer": {}' in line:
                self._cut()
            elif not process.is_closing():
                process.stdout.write(line)

    def _cut(self) -> None:
        self.lose = ""
        self.cut()
