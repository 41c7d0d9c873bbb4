"""The libvirt dialect: `virsh`, each call with its own limit, guests named by UUID only.

Never managed save: libvirt would restore it by itself at the next start, however old it is. A
client's error is not an outcome: a save goes on without its client, so the guest is looked at.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO

from bot.executors.host_helper import durable, tools
from bot.executors.host_helper.dialects import libvirt_parsing as parsing
from bot.executors.host_helper.dialects import services
from bot.executors.host_helper.domain import OFF, Dialect, Domain, ToolFailed
from bot.executors.host_helper.settings import Settings

_QUICK = 20.0  # seconds for what asks and what answers at once
_START = 120.0
_RESTORE = 900.0
_TAIL = 1 << 20  # bytes at the end of an image that are looked through
_LOOKS_EVERY = 0.5
_STATS = "domstats --state --cpu-total"
_MARK = "=maint-host="
_TRIES = 3  # a guest may be defined or removed between two calls
_MARKED = f"; echo {_MARK}; "  # several commands in one call, told apart
_SAVE_LEAST, _SAVE_MIB_S = 180.0, 10.0
#: What tells libvirt-guests what to do, the last word last.
_TOLD = (
    "/usr/libexec/libvirt-guests.sh",
    "/usr/lib/libvirt/libvirt-guests.sh",
    "/etc/sysconfig/libvirt-guests",
    "/etc/default/libvirt-guests",
)


class Libvirt(Dialect):
    """Guests of libvirt with QEMU."""

    name = "libvirt"
    saves_paused = True

    def __init__(self, settings: Settings) -> None:
        """Speak to the libvirt of this host."""
        self._save_seconds = settings.save_seconds
        self._known = settings.state / "hypervisor"

    def version(self) -> str:
        """Return "qemu-7.2.22".

        libvirt may try its QEMU out to answer that, for seconds: it is asked again only when the
        program or the daemon is another.
        """
        asked_of = _programs()
        known = durable.read_json(self._known)
        if known and known["of"] == asked_of:
            return str(known["version"])
        found = parsing.hypervisor(self._virsh("version"))
        if not found:
            raise ToolFailed("tool_failed", "virsh version does not say which hypervisor runs")
        durable.write_json(self._known, {"of": asked_of, "version": found})
        return found

    def memory(self) -> tuple[int, int]:
        """Return all memory, and what could be had now, in MiB."""
        told = {}
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            key, _, value = line.partition(":")
            told[key] = int(value.split()[0]) // 1024
        return told["MemTotal"], told["MemAvailable"]

    def domains(self) -> list[Domain]:
        """Return every guest, in memory or only defined, in order of name.

        By two calls of virsh, however many guests there are: the bot looks once a second. virsh
        goes on after a failure, so an answer that is not of all of them is none.
        """
        for _ in range(_TRIES):
            asked = ("list --all --uuid", "list --all --uuid --autostart", _STATS)
            parts = self._virsh(_MARKED.join(asked)).split(_MARK)
            found = self._described(parts) if len(parts) == len(asked) else None
            if found is not None:
                return found
        raise _failed("virsh does not show every guest that it lists")

    def _described(self, parts: list[str]) -> list[Domain] | None:
        """Return the guests that are listed, or None if they are not shown as they are listed."""
        uuids, told = parsing.uuids(parts[0]), parsing.stats(parts[2])
        if len(uuids) != len(told):
            return None
        if not uuids:
            return []
        xml = tools.run(_command("; ".join(f"dumpxml {uuid}" for uuid in uuids)), seconds=_QUICK)
        found = parsing.domains(xml.out, told, frozenset(parsing.uuids(parts[1])))
        whole = {one.uuid for one in found} == set(uuids) and {one.name for one in found} == set(
            told
        )
        return found if whole else None

    def configuration(self, domain: Domain) -> str:
        """Return the XML that the guest runs with; an image keeps it too."""
        return self._virsh("dumpxml", domain.uuid)

    def save(self, domain: Domain, path: str, log: IO[bytes]) -> None:
        """Save to *path*. What came of it is what the guest and the file show, not the client."""
        limit = self._save_seconds or _SAVE_LEAST + domain.memory_mib / _SAVE_MIB_S
        until = time.monotonic() + limit
        command = _command("save", "--domain", domain.uuid, "--file", path)
        status, said = tools.run_logged(command, seconds=limit, log=log)
        if status is None:
            tools.run(_command("domjobabort", domain.uuid), seconds=_QUICK)
        state = self._when_done(domain, until + _QUICK)
        if state == OFF and _magic(path) == parsing.MAGIC:
            return
        if status is None:
            raise ToolFailed("timed_out", f"after {limit:g} s")
        if state == OFF:
            raise ToolFailed("crashed", said)
        raise ToolFailed(parsing.save_fault(said), said)

    def _when_done(self, domain: Domain, until: float) -> str:
        """Return the guest's state once libvirt answers and works no more on it."""
        while True:
            try:
                if not self.busy(domain):
                    return self._state(domain)
            except ToolFailed:
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise ToolFailed("timed_out", "libvirt still works on it")
            time.sleep(_LOOKS_EVERY)

    def _state(self, domain: Domain) -> str:
        found = self.domain(domain.name)
        if found is None:
            raise _failed(f"{domain.name} is not there any more")
        return found.state

    def busy(self, domain: Domain) -> bool:
        """Say whether libvirt goes on saving *domain*, its client or not."""
        said = tools.run(_command("domjobinfo", domain.uuid), seconds=_QUICK)
        if said.status != 0:
            if "domain is not running" in said.err or "failed to get domain" in said.err:
                return False
            raise _failed(said.words)
        return "None" not in said.out

    def check_image(self, path: str) -> None:
        """Look at the image's first and last bytes."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            head = file.read(parsing.HEADER.size)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            problem = parsing.image_problem(head, file.read())
        if problem:
            raise ToolFailed(problem, f"{size} bytes, and no whole image of libvirt")

    def restore_paused(self, path: str, log: IO[bytes]) -> None:
        """Restore, paused; with the configuration that the image itself has kept."""
        self._start(["restore", "--file", path, "--paused"], _RESTORE, log)

    def create(self, domain: Domain, log: IO[bytes]) -> None:
        """Start from the disk, and from no memory that somebody has kept in libvirt's own way."""
        self._start(["start", "--domain", domain.uuid, "--force-boot"], _START, log)

    def _start(self, words: list[str], seconds: float, log: IO[bytes]) -> None:
        status, said = tools.run_logged(_command(*words), seconds=seconds, log=log)
        if status is None:
            raise ToolFailed("timed_out", f"virsh {words[0]} after {seconds:g} s")
        if status != 0:
            raise ToolFailed(parsing.start_fault(said), said)

    def unpause(self, domain: Domain) -> None:
        """Let a paused guest go on."""
        self._virsh("resume", domain.uuid)

    def pause(self, domain: Domain) -> None:
        """Stop its processors."""
        self._virsh("suspend", domain.uuid)

    def ask_to_shut_down(self, domain: Domain) -> None:
        """Press its power button."""
        self._virsh("shutdown", domain.uuid)

    def destroy(self, domain: Domain) -> None:
        """Take it out of memory at once."""
        said = tools.run(_command("destroy", domain.uuid), seconds=60)
        if said.status != 0 and "domain is not running" not in said.err:
            raise _failed(said.words)

    def announce(self, domain: Domain) -> None:
        """Let QEMU announce the guest's addresses."""
        self._virsh("qemu-monitor-command", domain.uuid, "--hmp", "announce_self")

    def replug(self, domain: Domain) -> None:
        """Take the link of each interface down and up."""
        for interface in domain.interfaces:
            for state in ("down", "up"):
                self._virsh("domif-setlink", domain.uuid, interface.mac, state)

    def autostart_services(self) -> list[str]:
        """Return libvirt-guests if it would act on guests when the host stops or starts."""
        acts = services.starts_by_itself("libvirt-guests") and _acts()
        return ["libvirt-guests"] if acts else []

    def start_marks(self, domain: Domain) -> list[str]:
        """Return QEMU's log of the guest."""
        return [f"/var/log/libvirt/qemu/{domain.name}.log"]

    def _virsh(self, *words: str) -> str:
        said = tools.run(_command(*words), seconds=_QUICK)
        if said.status != 0:
            raise _failed(said.words)
        return said.out


def _programs() -> list[list[object]]:
    """Return what is another when QEMU is, or when libvirt was started anew."""
    places = (*Path("/usr/bin").glob("qemu-system-*"), Path("/usr/libexec/qemu-kvm"))
    paths = (*sorted(places), Path("/run/libvirt/libvirt-sock"))
    there = [path for path in paths if path.exists()]
    return [[str(path), path.stat().st_ino, path.stat().st_mtime_ns] for path in there]


def _command(*words: str) -> list[str]:
    return ["virsh", "--connect", "qemu:///system", "--quiet", *words]


def _failed(words: str) -> ToolFailed:
    return ToolFailed("tool_failed", words)


def _magic(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(16)
    except OSError:
        return b""


def _acts() -> bool:
    """Say whether libvirt-guests would start, save or restore guests; its script has defaults."""
    told = {"ON_BOOT": "start", "ON_SHUTDOWN": "suspend"}
    lines = [line.strip() for path in _TOLD for line in _lines(path)]
    for key, _, value in (line.partition("=") for line in lines):
        if key in told:
            told[key] = value.strip("'\"")
    return told["ON_BOOT"] != "ignore" or told["ON_SHUTDOWN"] == "suspend"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
