"""The real program, as its user starts it, over one folder of configuration and data."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Program:
    """Whoever works for staff: one process after another."""

    folder: Path

    @property
    def log(self) -> Path:
        """Return the file of all that started programs have said."""
        return self.folder / "log"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self._command(*words),
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the program and return it."""
        with self.log.open("a", encoding="utf-8") as log:
            return subprocess.Popen(
                self._command(*words),
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def rows(self) -> list[tuple[str, str, str]]:
        """Return event, guest and data of the journal's rows."""
        path = self.folder / "data" / "maint.sqlite"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
            try:
                found = database.execute("select event, guest, data from journal order by number")
            except sqlite3.OperationalError:
                return []  # the first process has not made its tables yet
            return [(str(event), str(guest), str(data)) for event, guest, data in found]

    @property
    def ended(self) -> bool:
        """Say whether the run has ended."""
        return any(event == "ended" for event, _, _ in self.rows())

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", "--config", str(self.folder), *words]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "USER": "anna"}
