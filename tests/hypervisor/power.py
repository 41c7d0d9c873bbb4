"""The commands that start, stop and touch guests."""

# ruff: noqa: PTH123 - pathlib takes long to import

from __future__ import annotations

import os
import time

from tests.hypervisor import disk, says, xml
from tests.hypervisor.says import Refused
from tests.hypervisor.state import OFF, PAUSED, RUNNING, Files, Guest, World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tests.hypervisor.words import Asked


def active(guest: Guest) -> None:
    """Refuse what needs a guest in memory, with nothing else going on."""
    if not guest.active:
        raise Refused(says.NOT_RUNNING)
    if guest.job:
        raise Refused(says.LOCKED)


def load(files: Files, world: World, guest: Guest, *actions: str) -> None:
    """Take a guest into memory, its processors still standing. Raises Refused."""
    for action in (*actions, "prepare", "start"):
        _hook(files, guest, action, "begin")
    for one in guest.disks:
        disk.stamp(one["path"])
    if guest.memory_mib > world.free_mib():
        raise Refused(says.NO_MEMORY)
    guest.domid, world.next_id = world.next_id, world.next_id + 1
    if guest.log:
        _add(guest.log, f"{int(time.time())}: starting up libvirt version: 9.0.0, {guest.name}\n")


def unload(files: Files, guest: Guest, reason: str) -> None:
    """Take a guest out of memory."""
    guest.stop(OFF, reason)
    for action in ("stopped", "release"):
        _hook(files, guest, action, "end")


def start(files: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    if guest.active:
        raise Refused(says.STARTED)
    load(files, world, guest)
    guest.boot, guest.starts, guest.counter = guest.boot + 1, guest.starts + 1, 0.0
    disk.write(world, guest)
    if asked.has("paused"):
        guest.state, guest.reason = PAUSED, "user"
    else:
        guest.run("booted")
    if guest.console:
        _add(guest.console, _BOOT_LINES.format(name=guest.name, boot=guest.boot))
    return f"Domain '{guest.name}' started\n"


_BOOT_LINES = """\
[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP
HB {name} boot={boot} n=0 up=0.00
"""


def resume(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    active(guest)
    if guest.state == RUNNING:
        raise Refused(says.RUNS)
    go_on(world, guest, "unpaused")
    return f"Domain '{guest.name}' resumed\n"


def go_on(world: World, guest: Guest, reason: str) -> None:
    """Let a paused guest's processors run, and write."""
    guest.resumes += 1
    disk.write(world, guest)
    guest.run(reason)


def suspend(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    active(guest)
    if guest.state == RUNNING:
        guest.stop(PAUSED, "user")
    return f"Domain '{guest.name}' suspended\n"


def shutdown(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    active(guest)
    if guest.state == PAUSED:
        raise Refused(says.NOT_RUNNING)
    if not guest.deaf:
        guest.off_at = time.time() + guest.shutdown_seconds
    return f"Domain '{guest.name}' is being shutdown\n"


def destroy(files: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    if not guest.active:
        raise Refused(says.NOT_RUNNING)
    guest.job_abort = bool(guest.job)
    unload(files, guest, "destroyed")
    return f"Domain '{guest.name}' destroyed\n"


def autostart(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    guest.autostart = not asked.has("disable")
    word = "marked" if guest.autostart else "unmarked"
    return f"Domain '{guest.name}' {word} as autostarted\n"


def domif_setlink(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    word, state = asked.value("interface"), asked.value("state")
    if state not in {"up", "down"}:
        raise Refused(says.NO_LINK_STATE, state)
    for number, mac in enumerate(guest.macs):
        if word in {mac, xml.vnet(guest, number)}:
            guest.links[mac] = state
            guest.monitor.append(f"link {mac} {state}")
            return "Device updated successfully\n"
    raise Refused(says.NO_INTERFACE, word)


def qemu_monitor_command(_: Files, world: World, asked: Asked) -> str:
    guest = world.find(asked.value("domain"))
    active(guest)
    guest.monitor.append(" ".join(asked.values.get("cmd", [])))
    return "\n" if asked.has("hmp") else '{"return":{},"id":"libvirt-1"}\n'


def _hook(files: Files, guest: Guest, action: str, stage: str) -> None:
    """Ask libvirt's own hook, as before every start."""
    command = [files.path("hook"), guest.name, action, stage, "-"]
    if not os.access(command[0], os.X_OK):
        return
    import subprocess  # noqa: PLC0415 - takes long, and is rarely needed

    done = subprocess.run(command, input=xml.of(guest), capture_output=True, text=True, check=False)
    if done.returncode and stage == "begin":
        raise Refused(says.HOOK_SAID_NO, " ".join(command), done.returncode, done.stderr)


def _add(path: str, text: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)
