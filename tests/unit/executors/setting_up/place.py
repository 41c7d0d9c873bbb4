"""A root to set up in, with the tools that a host would have."""

import os
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.executors import helper_file
from bot.executors.host_helper.dialects import libvirt_hook, xen_hook
from bot.executors.setting_up import Hook, Setup, render
from bot.executors.setting_up.script import STATE

BODY = (Path(__file__).parents[4] / "templates/host/install.sh").read_text()
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne maintbot"
FORCED = 'restrict,command="/usr/local/sbin/maint-host ssh"'
SETUP = Setup(
    host="hobgoblin",
    user="root",
    public_key=KEY,
    version=helper_file.version(),
    helper=helper_file.content(),
    hooks={
        dialect: Hook(place=hook.PLACE, mark=hook.MARK, text=hook.script(STATE))
        for dialect, hook in (("libvirt", libvirt_hook), ("xen", xen_hook))
    },
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder that the script takes for the whole machine."""

    root: Path
    tools: Path
    setup: Setup = field(default=SETUP)

    def tool(self, name: str, text: str = "exit 0") -> None:
        self.tools.mkdir(exist_ok=True)
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def given(self, path: str, text: str) -> None:
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        self.at(path).write_text(text)

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def run(self, script: str = "", **changed: object) -> subprocess.CompletedProcess[str]:
        """Run the script as ssh would hand it over: on stdin."""
        setup = replace(self.setup, **changed)  # type: ignore[arg-type]
        return subprocess.run(
            ["sh", "-s"],
            input=script or render(setup, BODY),
            env={
                "PATH": f"{self.tools}:{os.environ['PATH']}",
                "MAINT_ROOT": str(self.root),
            },
            text=True,
            capture_output=True,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """Return every file with its content."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }
