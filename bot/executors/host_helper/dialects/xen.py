"""The Xen dialect: `xl`, each call with its own limit, guests in memory named by number only.

A number is one start of a guest, so what is meant for a start that is over hits nobody. Success
is told by the exit status, the reason of a failure on stderr.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from bot.executors.host_helper import tools
from bot.executors.host_helper.dialects import services, xen_faults, xen_network, xen_watching
from bot.executors.host_helper.dialects import xen_parsing as parsing
from bot.executors.host_helper.dialects.xen_looking import QUICK, Looking
from bot.executors.host_helper.domain import Dialect, Domain, ToolFailed
from bot.executors.host_helper.names import is_name, is_uuid

_START = 300.0  # libxl waits 40 s for each device, 60 s for a device model, 120 s for pygrub
_RESTORE = 900.0
_DESTROY = 300.0  # taking much memory away lasts
_SAVE_LEAST, _SAVE_MIB_S = 180.0, 10.0
_VERIFY_LEAST, _VERIFY_MIB_S = 120.0, 20.0
_MIB = 1 << 20
_MAGIC = b"Xen saved domain, xl format\n \0 \r"
_END = bytes(8)  # the last record of a stream: type 0, no data
_LIBRARY = Path("/usr/lib")
_DEFAULTS = (Path("/etc/default/xendomains"), Path("/etc/sysconfig/xendomains"))

#: `xl create` and `xl restore` leave a process that watches over the guest for all its life. It
#: must not keep our locks, so this one keeps them, for as long as the tool itself works.
_KEEPER = """
import signal, subprocess, sys
tool = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: tool.terminate())
sys.exit(0 if tool.wait() == 0 else 1)
"""


class Xen(Dialect):
    """Guests of Xen, by `xl`."""

    name = "xen"

    def __init__(self, etc: Path = Path("/etc/xen"), save_seconds: float = 0.0) -> None:
        """Read files in *etc*; let no save take longer than *save_seconds*; 0: as it needs."""
        self._etc, self._save_seconds = etc, save_seconds
        self._looking = Looking(etc)

    def version(self) -> str:
        """Return "xen-4.17.7"."""
        found = parsing.version(self._info())
        if not found:
            raise ToolFailed("tool_failed", "xl info does not say which Xen runs")
        return found

    def memory(self) -> tuple[int, int]:
        """Return what guests have and could have together, and what they could still have."""
        free = parsing.free_mib(self._info())
        if free is None:
            raise ToolFailed("tool_failed", "xl info does not say how much memory is free")
        return free + sum(row.memory_mib for row in self._looking.rows().values()), free

    def _info(self) -> dict[str, str]:
        return parsing.info(tools.answer(["xl", "info"], seconds=QUICK))

    def domains(self) -> list[Domain]:
        """Return every guest, in memory or only defined, in order of name."""
        return self._looking.domains()

    def domain(self, name: str) -> Domain | None:
        """Return one guest, or None."""
        if not is_name(name):
            return None
        return next((one for one in self._looking.domains(name) if one.name == name), None)

    def configuration(self, domain: Domain) -> str:
        """Return what the guest runs with, as JSON: the image itself keeps the same."""
        return tools.answer(["xl", "list", "-l", str(domain.domid)], seconds=QUICK)

    def save(self, domain: Domain, path: str, log: IO[bytes]) -> None:
        """Save to *path*. Killed half-way it leaves the guest suspended in memory."""
        limit = self._save_seconds or _SAVE_LEAST + domain.memory_mib / _SAVE_MIB_S
        command = ["xl", "save", str(domain.domid), path]
        status, said = tools.run_logged(command, seconds=limit, log=log)
        if status is None:
            raise ToolFailed("timed_out", f"xl save after {limit:g} s")
        if status < 0:
            raise ToolFailed("killed", f"xl save was ended by signal {-status}")
        if status != 0:
            raise ToolFailed(xen_faults.of_save(said), said)

    def check_image(self, path: str) -> None:
        """Read the stream from end to end, if Xen's own tool for it is here; else both ends."""
        size = _check_ends(path)
        tool = self._verifier()
        if tool is None:
            return
        library = tool.parent.parent / "lib" / "python"
        command = ["env", f"PYTHONPATH={library}", str(tool), "-f", "xl", "-i", path]
        limit = _VERIFY_LEAST + size / _MIB / _VERIFY_MIB_S
        said = tools.run(command, seconds=limit)
        # Any other failure is the tool's own, and says nothing of the image.
        if said.status != 0 and "Stream Error:" in said.err:
            raise ToolFailed(xen_faults.of_stream(said.err), said.words.rsplit("\n", 1)[-1])

    def _verifier(self) -> Path | None:
        """Return `verify-stream-v2` of the Xen that runs, else the newest."""
        found = sorted(_LIBRARY.glob("xen-*/bin/verify-stream-v2"))
        running = self.version().rpartition(".")[0]
        return next(
            (one for one in found if one.parts[-3] == running), found[-1] if found else None
        )

    def restore_paused(self, path: str, log: IO[bytes]) -> None:
        """Restore, paused; with the configuration that the image itself has kept."""
        self._start(["restore", "-p", path], _RESTORE, log)

    def create(self, domain: Domain, log: IO[bytes]) -> None:
        """Start from the disk, by the guest's file."""
        if not domain.configuration:
            raise ToolFailed("tool_failed", f"no file in {self._etc} defines {domain.name}")
        # A value behind the file goes before the one in it: it keeps the identity it has.
        identity = [f'uuid="{domain.uuid}"'] if is_uuid(domain.uuid) else []
        self._start(["create", domain.configuration, *identity], _START, log)

    def _start(self, words: list[str], seconds: float, log: IO[bytes]) -> None:
        command = [sys.executable or "python3", "-c", _KEEPER, "xl", *words]
        status, said = tools.run_logged(command, seconds=seconds, log=log)
        if status is None:
            raise ToolFailed("timed_out", f"xl {words[0]} after {seconds:g} s")
        if status != 0:
            fault = xen_faults.of_restore if words[0] == "restore" else xen_faults.of_start
            raise ToolFailed(fault(said), said)

    def unpause(self, domain: Domain) -> None:
        """Let a paused guest go on."""
        self._xl("unpause", str(domain.domid))

    def pause(self, domain: Domain) -> None:
        """Stop its processors."""
        self._xl("pause", str(domain.domid))

    def ask_to_shut_down(self, domain: Domain) -> None:
        """Ask it to by xenstore, or by its power button if it does not know Xen."""
        if not xen_watching.is_watched(domain, self.start_marks(domain)[0]):
            xen_watching.watch(domain, self._looking)
        self._xl("shutdown", "-F", str(domain.domid))

    def destroy(self, domain: Domain) -> None:
        """Take it out of memory at once; one that is gone is no failure."""
        said = tools.run(["xl", "destroy", str(domain.domid)], seconds=_DESTROY)
        gone = domain.domid not in self._looking.rows() if said.status != 0 else True
        if not gone:
            raise ToolFailed("tool_failed", said.words)

    def announce(self, domain: Domain) -> None:
        """Let the switches learn again where its interfaces are."""
        xen_network.announce(domain)

    def replug(self, domain: Domain) -> None:
        """Plug its interfaces into their bridges anew."""
        xen_network.replug(domain, self._looking)

    def autostart_services(self) -> list[str]:
        """Return xendomains if it would act on guests when the host stops or starts."""
        acts = services.starts_by_itself("xendomains") and _acts()
        return ["xendomains"] if acts else []

    def start_marks(self, domain: Domain) -> list[str]:
        """Return the log of the process that watches over the guest."""
        return [f"/var/log/xen/xl-{domain.name}.log"]

    def _xl(self, *words: str) -> None:
        tools.answer(["xl", *words], seconds=QUICK)


def _check_ends(path: str) -> int:
    """Return the size of an image in bytes. Raises ToolFailed if one of its ends is wrong."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        head, size = file.read(len(_MAGIC)), file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(_END)))
        tail = file.read()
    if _MAGIC.startswith(head) and len(head) < len(_MAGIC):
        raise ToolFailed("truncated", f"{size} bytes")
    if head != _MAGIC:
        raise ToolFailed("corrupt", "it is no image of Xen's")
    if size == len(_MAGIC) or tail != _END:
        raise ToolFailed("truncated", f"{size} bytes, without an end")
    return size


def _acts() -> bool:
    """Say whether its configuration lets xendomains start, save or restore guests."""
    path = next((one for one in _DEFAULTS if one.is_file()), None)
    if path is None:
        return False  # then the script does nothing
    said = parsing.settings(path.read_text(encoding="utf-8", errors="replace"))
    auto = said.get("XENDOMAINS_AUTO", "")
    starts = bool(auto) and any(Path(auto).glob("*"))
    return starts or said.get("XENDOMAINS_RESTORE") == "true" or bool(said.get("XENDOMAINS_SAVE"))
