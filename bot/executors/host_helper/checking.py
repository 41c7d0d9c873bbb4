"""What must be right on this host before anything is done on it; looked at, never changed.

Each finding is `{"what": CODE, "good": bool, "fields": {…}}`; the words for it are the bot's, in
`templates/chat/hosts.jinja`, a macro `check_CODE` for each.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.executors.host_helper import durable, hook_checking, images, snapshots
from bot.executors.host_helper.domain import Dialect, Domain, ToolFailed
from bot.executors.host_helper.names import is_name
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs import host_work

Finding = dict[str, Any]
OLDEST_PYTHON = (3, 9)
TOOLS = {"libvirt": "virsh", "xen": "xl"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITE_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def check(settings: Settings, dialect: Dialect) -> list[Finding]:
    """Look at every prerequisite; what cannot be asked because a tool is silent is left out."""
    found = [*_released(settings), _python(), _own_files(settings)]
    found += [*_private_folders(settings), _work(settings)]
    tool = _tool(settings)
    if not tool["good"]:
        return [*found, tool]
    answered = _asked("hypervisor", lambda: {"version": dialect.version()})
    if not answered["good"]:
        return [*found, tool, answered]
    return [*found, tool, answered, *_of_hypervisor(settings, dialect)]


def _of_hypervisor(settings: Settings, dialect: Dialect) -> list[Finding]:
    services = _asked("autostart", lambda: {"services": dialect.autostart_services()})
    services["good"] = services["good"] and not services["fields"]["services"]
    found = [services, _boot_lock(settings)]
    try:
        domains = dialect.domains()
    except ToolFailed as failed:
        return [*found, _finding("guests", good=False, problem=failed.fault, detail=failed.detail)]
    return [*found, _snapshots(settings, domains), *_of_guests(domains)]


def _of_guests(domains: list[Domain]) -> list[Finding]:
    """Look at what each guest must have; a guest that has it is not named."""
    lacking = {
        "guest_autostart": [one.name for one in domains if one.autostart],
        "without_uuid": [one.name for one in domains if not one.uuid],
        "without_console": [one.name for one in domains if not one.console],
        "unfit_name": [one.name for one in domains if not is_name(one.name)],
    }
    return [_finding(what, good=not names, guests=names) for what, names in lacking.items()]


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _finding("python", good=sys.version_info >= OLDEST_PYTHON, version=version)


def _released(settings: Settings) -> list[Finding]:
    """Say that root has taken the host over; nothing, if not."""
    told = durable.read_json(settings.state / "released")
    known = {key: str(told.get(key, "")) for key in ("since", "reason")} if told else {}
    return [_finding("released", good=False, **known)] if told else []


def _own_files(settings: Settings) -> Finding:
    """Look whether others than root could change what the helper is told to do."""
    paths = [settings.etc, settings.etc / "host.conf", settings.work, settings.blocked]
    bad = [str(path) for path in paths if path.exists() and not _only_ours(path)]
    return _finding("settings", good=not bad, bad=bad, path=str(settings.etc))


def _only_ours(path: Path) -> bool:
    seen = os.stat(path)
    return seen.st_uid == os.geteuid() and not seen.st_mode & _WRITE_OF_OTHERS


def _tool(settings: Settings) -> Finding:
    tool = TOOLS[settings.dialect]
    return _finding("tool", good=shutil.which(tool, path=settings.path) is not None, tool=tool)


def _private_folders(settings: Settings) -> list[Finding]:
    found = []
    for what, path in (("state", settings.state), ("images", settings.images)):
        problem = problem_of_folder(path)
        fields: dict[str, Any] = {"path": str(path), "problem": problem}
        if what == "images" and not problem:
            fields["free_mib"] = images.free_mib(settings)
        found.append(_finding(what, good=not problem, **fields))
    return found


def problem_of_folder(path: Path) -> str:
    """Say what is wrong with a folder that only root may enter: "", or a code."""
    try:
        seen = os.lstat(path)
    except OSError:
        return "missing"
    if not stat.S_ISDIR(seen.st_mode):
        return "no_folder"
    if seen.st_uid != os.geteuid():
        return "owner"
    return "open" if seen.st_mode & _OTHERS else ""


def _work(settings: Settings) -> Finding:
    """Look at the commands of root: only those that nobody else can change are ever run."""
    try:
        names = sorted(os.listdir(settings.work))
    except OSError:
        names = []
    bad = sorted(set(names) - set(host_work.commands(settings)))
    return _finding("work", good=not bad, names=names, bad=bad)


def _snapshots(settings: Settings, domains: list[Domain]) -> Finding:
    def ask() -> dict[str, Any]:
        kind = snapshots.kind(settings, domains)
        return {"kind": kind, "space_mib": snapshots.space_mib(settings, domains)}

    return _asked("snapshots", ask)


def _boot_lock(settings: Settings) -> Finding:
    path, problem = hook_checking.look(settings.dialect)
    return _finding("boot_lock", good=not problem, path=path, problem=problem)


def _asked(what: str, ask: Callable[[], dict[str, Any]]) -> Finding:
    """Return the finding that *ask* makes, or that the tool it asked did not answer."""
    try:
        return _finding(what, good=True, **ask())
    except ToolFailed as failed:
        return _finding(what, good=False, problem=failed.fault, detail=failed.detail)


def _finding(what: str, *, good: bool, **fields: object) -> Finding:
    return {"what": what, "good": good, "fields": fields}
