"""The program `virsh`, as the launcher starts it: with the folder of its state first."""

from __future__ import annotations

import os
import sys

from tests.hypervisor import image, looking, power, saving, says, stats, words
from tests.hypervisor.says import Refused
from tests.hypervisor.state import Files, World, look_again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOOKING = {
    "version": looking.version,
    "list": looking.list_,
    "dominfo": looking.dominfo,
    "domstate": looking.domstate,
    "domid": looking.domid,
    "domuuid": looking.domuuid,
    "domname": looking.domname,
    "domstats": stats.domstats,
    "domjobinfo": looking.domjobinfo,
    "dumpxml": looking.dumpxml,
    "nodeinfo": looking.nodeinfo,
    "echo": looking.echo,
    "nodememstats": looking.nodememstats,
}
_CHANGING = {
    "start": power.start,
    "destroy": power.destroy,
    "shutdown": power.shutdown,
    "suspend": power.suspend,
    "resume": power.resume,
    "autostart": power.autostart,
    "domif-setlink": power.domif_setlink,
    "qemu-monitor-command": power.qemu_monitor_command,
}
_SAVING = {
    "save": saving.save,
    "restore": saving.restore,
    "domjobabort": saving.domjobabort,
}


def main(folder: str, arguments: list[str]) -> int:
    """Obey, and return the exit status: 0 or 1, that of the last command."""
    files = Files(folder)
    _remember(files, arguments)
    try:
        quiet, asked = words.commands(arguments)
    except Refused as refusal:
        words.complain(str(refusal))
        return 1
    status = 0
    for one in asked:
        if quiet:
            one.values["quiet"] = []
        status = _obey(files, one)
        if not quiet:
            sys.stdout.write("\n")
        sys.stdout.flush()
    return status


def _remember(files: Files, arguments: list[str]) -> None:
    descriptor = os.open(files.path("calls"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{arguments!r}\n".encode("utf-8", "backslashreplace"))
    os.close(descriptor)


def _obey(files: Files, asked: words.Asked) -> int:
    try:
        _wait(files, asked)
        printed = _do_or_fail(files, asked)
    except Refused as refusal:
        words.complain(*_lines(asked, str(refusal)))
        return 1
    sys.stdout.write(printed)
    return 0


def _do_or_fail(files: Files, asked: words.Asked) -> str:
    planned = _planned(files, asked)
    printed = "" if planned and not planned["after"] else _do(files, asked)
    if planned:
        raise Refused(planned["stderr"])
    return printed


def _do(files: Files, asked: words.Asked) -> str:
    if asked.name in _SAVING:
        return _SAVING[asked.name](files, asked)
    with files.changing() as world:
        if asked.name in _CHANGING:
            return _CHANGING[asked.name](files, world, asked)
        return _LOOKING[asked.name](world, asked)


def _wait(files: Files, asked: words.Asked) -> None:
    """Wait while a test holds this command back; a save waits when it has begun."""
    while asked.name != "save" and files.held(asked.name):
        look_again()
    if files.read().data["daemon"] != "up":
        words.complain(says.NO_DAEMON)
        raise Refused(says.NO_SOCKET)


def _planned(files: Files, asked: words.Asked) -> dict[str, Any] | None:
    """Return the failure that a test has planned for this command, and use it up."""
    with files.changing() as world:
        for failure in world.failures:
            if failure["command"] == asked.name and _meant(world, failure["guest"], asked):
                failure["times"] -= 1
                if not failure["times"]:
                    world.failures.remove(failure)
                return failure
    return None


def _meant(world: World, guest: str, asked: words.Asked) -> bool:
    if not guest:
        return True
    if asked.name == "restore":
        return bool(image.read(asked.value("file"))[1]["name"] == guest)
    return any(word in {guest, world.guests[guest].uuid} for word in asked.values["domain"])


def _lines(asked: words.Asked, refusal: str) -> list[str]:
    head = says.FAILED.get(asked.name, "")
    if not head or refusal.startswith(says.UNHEADED):
        return [refusal]
    return [head.format(domain=asked.value("domain"), file=asked.value("file")), refusal]
