"""Copies of a whole world, to go back to: what tests take at every commit of a journal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.rules.errors import BadRequest, Code

if TYPE_CHECKING:
    from pathlib import Path

    from bot.executors.simulator.file import HostFiles

_AT = "at"


class Copies:
    """The copies of the world in one folder, by label."""

    def __init__(self, folder: Path, files: HostFiles) -> None:
        """Keep copies below *folder*."""
        self._folder = folder / "copies"
        self._files = files

    def keep(self, label: str, now: int) -> None:
        """Copy every host as it is; a label used before is used anew.

        Files are replaced and never changed, so that a second name for one is a copy.
        """
        place = self._place(label)
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
        for name in self._files.names():
            os.link(self._files.path(name), place / f"{name}.json")
        (place / _AT).write_text(str(now), encoding="ascii")

    def put_back(self, label: str) -> int:
        """Make every host what it was; return the instant it was kept at.

        Raises:
            BadRequest: SIMULATOR: there is no such copy; nothing was changed.
        """
        place = self._place(label)
        if not (place / _AT).exists():
            raise BadRequest(Code.SIMULATOR, host="", problem=f"no copy {label}")
        for path in place.glob("*.json"):
            self._files.replace(path.stem, path.read_text(encoding="utf-8"))
        return int((place / _AT).read_text(encoding="ascii"))

    def _place(self, label: str) -> Path:
        return self._folder / quote(label, safe="")
