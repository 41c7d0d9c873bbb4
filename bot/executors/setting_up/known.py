"""The bot's own file of hosts' keys, beside its own key; written as OpenSSH writes it."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.executors.setting_up.problems import NotSetUp, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SSH = 22


class Known(StrEnum):
    """What became of a host's keys in the file."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


def note(path: Path, address: str, port: int, keys: Sequence[str]) -> Known:
    """Let *keys* be the ones of the host, and no others. Raises NotSetUp: KNOWN_HOSTS."""
    name = address if port == SSH else f"[{address}]:{port}"
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        before = [line for line in lines if line.split(" ", 1)[0] == name]
        now = [f"{name} {key}" for key in keys]
        if before == now:
            return Known.SAME
        others = [line for line in lines if line not in before]
        _write(path, [*others, *now])
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", "") or str(error)
        raise NotSetUp(Problem.KNOWN_HOSTS, path=str(path), detail=detail) from error
    return Known.CHANGED if before else Known.NEW


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new{os.getpid()}")
    beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    beside.replace(path)
