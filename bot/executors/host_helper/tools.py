"""Running the hypervisor's tools: no shell, a time limit each, their words in plain English."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from bot.executors.host_helper.domain import ToolFailed

KEPT = 2000  # characters of what a tool said that are kept in an outcome
#: Descriptors of the locks of the guest and of the operation that this process works for. A tool
#: that acts may outlive the process that started it, and the locks must last as long as it does.
HELD: list[int] = []


@dataclass(frozen=True)
class Said:
    """What a tool answered."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Return what it said to a person: stderr, else stdout; the newest KEPT characters."""
        return (self.err.strip() or self.out.strip())[-KEPT:]


def run(command: Sequence[str], *, seconds: float) -> Said:
    """Run *command* for at most *seconds*. Its exit status is not judged.

    Raises:
        ToolFailed: "tool_missing": it is not there; "timed_out": it was killed.
    """
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=_environment(),
            pass_fds=HELD,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolFailed("tool_missing", command[0]) from error
    except subprocess.TimeoutExpired as error:
        raise ToolFailed("timed_out", f"{command[0]} after {seconds:g} s") from error
    return Said(done.returncode, _text(done.stdout), _text(done.stderr))


def answer(command: Sequence[str], *, seconds: float = 20, fault: str = "tool_failed") -> str:
    """Run *command* and return its stdout. Raises ToolFailed(fault) if its status is not 0."""
    said = run(command, seconds=seconds)
    if said.status != 0:
        raise ToolFailed(fault, said.words)
    return said.out


def run_logged(command: Sequence[str], *, seconds: float, log: IO[bytes]) -> tuple[int | None, str]:
    """Run *command* with its output in *log*; return its status and the newest of what it said.

    The status is None if it did not end in *seconds*: it was asked to (TERM), then killed.
    """
    log.flush()
    begins = log.seek(0, os.SEEK_END)
    try:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            pass_fds=HELD,
        )
    except FileNotFoundError as error:
        raise ToolFailed("tool_missing", command[0]) from error
    status: int | None
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        status = None
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return status, _printed(log, begins)


def _printed(log: IO[bytes], begins: int) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(begins, size - KEPT))
    return _text(log.read()).strip()


def _environment() -> dict[str, str]:
    """Return what tools get: nothing of the caller's, who may be far away, but the path."""
    return {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
