"""Where the files that come with the program are: beside `bot/`, or inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_BOT = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Return the folder *name* ("templates" or "config") of this installation."""
    inside = _BOT / "_data" / name
    return inside if inside.is_dir() else _BOT.parent / name
