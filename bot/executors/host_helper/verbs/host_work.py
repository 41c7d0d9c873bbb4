"""work, reboot: what is done to the host itself."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import IO, Any

from bot.executors.host_helper import durable, tools
from bot.executors.host_helper.domain import OFF, Dialect, ToolFailed
from bot.executors.host_helper.names import is_name
from bot.executors.host_helper.settings import Settings
from bot.executors.host_helper.verbs.scene import Refusal

_WORK_SECONDS = 6 * 3600.0
_REBOOT_SECONDS = 600.0  # a host that is still here by then will not go down by itself
_NOT_ITS_OWNERS = stat.S_IWGRP | stat.S_IWOTH


def commands(settings: Settings) -> list[str]:
    """Return the names of the commands that root has placed here."""
    try:
        names = sorted(os.listdir(settings.work))
    except FileNotFoundError:
        return []
    return [name for name in names if is_name(name) and not _problem(settings.work / name)]


def work(settings: Settings, name: str, log: IO[bytes]) -> dict[str, Any]:
    """Run the command *name* of `work.d`; what it prints is the operation's output."""
    path = settings.work / name
    problem = "no such command" if not is_name(name) else _problem(path)
    if problem:
        raise Refusal("tool_failed", f"{path}: {problem}")
    status, said = tools.run_logged([str(path)], seconds=_WORK_SECONDS, log=log)
    last = said.rsplit("\n", maxsplit=1)[-1]
    if status is None:
        raise ToolFailed("timed_out", f"{name} after {_WORK_SECONDS / 3600:g} h: {last}")
    if status != 0:
        raise ToolFailed("tool_failed", f"{name} ended with exit status {status}: {last}")
    return {}


def _problem(path: Path) -> str:
    """Return why a file is no command of root's, or an empty string."""
    try:
        found = os.lstat(path)
    except OSError:
        return "no such command"
    if not stat.S_ISREG(found.st_mode):
        return "is not a plain file"
    if found.st_uid != os.geteuid() or found.st_mode & _NOT_ITS_OWNERS:
        return "must belong to root, and nobody else may write to it"
    return "" if found.st_mode & stat.S_IXUSR else "is not executable"


def reboot(settings: Settings, dialect: Dialect, kernel: str, log: IO[bytes]) -> dict[str, Any]:
    """Restart the host, which must have no guest in memory; nothing else may be under way."""
    lock = durable.locked(settings.state / "host.lock", wait=False)
    if lock is None:
        raise Refusal("guests_run", "another operation is under way")
    inside = [domain.name for domain in dialect.domains() if domain.state != OFF]
    if inside:
        raise Refusal("guests_run", ", ".join(inside))
    if kernel:
        _choose(settings, kernel, log)
    os.sync()
    status, said = tools.run_logged(settings.reboot, seconds=60, log=log)
    if status != 0:
        raise ToolFailed("tool_failed", f"{settings.reboot[0]}: {said}")
    time.sleep(_REBOOT_SECONDS)
    raise ToolFailed("timed_out", f"still here {_REBOOT_SECONDS:g} s after {settings.reboot[0]}")


def _choose(settings: Settings, kernel: str, log: IO[bytes]) -> None:
    """Let root's own script choose the kernel of the next start."""
    script = settings.etc / "boot-kernel"
    problem = _problem(script)
    if problem:
        raise Refusal("tool_failed", f"to start {kernel} this host needs {script}: {problem}")
    status, said = tools.run_logged([str(script), kernel], seconds=60, log=log)
    if status != 0:
        raise ToolFailed("tool_failed", f"{script}: {said}")
