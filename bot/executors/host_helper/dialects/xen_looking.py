"""Looks at the guests of a Xen host: those in memory, and those that only are defined in files.

`xl list -v` says who is in memory and in which state, `xl list -l` which devices they have,
xenstore whether those are connected, and `/etc/xen/*.cfg` who could be started. The first is the
truth: who is there is never shown as off because another tool did not know it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bot.executors.host_helper import tools
from bot.executors.host_helper.dialects import xen_defined
from bot.executors.host_helper.dialects import xen_parsing as parsing
from bot.executors.host_helper.domain import RUNNING, ZOMBIE, Domain, ToolFailed
from bot.executors.host_helper.names import is_name

QUICK = 30.0  # seconds for what asks and what answers at once
_CONSOLES = Path("/var/log/xen/console")
_LONGEST_FILE = 256 * 1024
_LOOKS, _BETWEEN = 3, 1.0  # seconds in which a guest that goes must have lost some memory


class Looking:
    """What one process has seen of the guests."""

    def __init__(self, etc: Path) -> None:
        """Read the files of the guests in the folder *etc*."""
        self._etc = etc
        self._zombies: set[int] = set()
        self._known: dict[int, Domain] = {}

    def rows(self) -> dict[int, parsing.Row]:
        """Return the guests in memory. Raises ToolFailed."""
        try:
            return parsing.rows(tools.answer(["xl", "list", "-v"], seconds=QUICK))
        except ValueError as error:
            raise ToolFailed("tool_failed", str(error)) from error

    def domains(self, only: str = "") -> list[Domain]:
        """Return all guests in order of name.

        *only*: who waits for one guest asks often, so only its devices are read, and only once.
        """
        rows, defined = self._settled(), self._defined(self._etc.glob("*.cfg"))
        details = self._details(rows, only)
        found = [self._inside(row, details.get(row.domid), defined, only) for row in rows.values()]
        inside = {domain.name for domain in found}
        found += [one for one in defined.values() if one.name not in inside]
        automatic = self._defined((self._etc / "auto").glob("*"))
        return sorted(
            (_with_console(replace(one, autostart=one.name in automatic)) for one in found),
            key=lambda domain: domain.name,
        )

    def entries(self, domid: int) -> dict[str, str]:
        """Return what xenstore says of a guest; nothing of one that goes."""
        path = f"/local/domain/{domid}"
        return parsing.store(tools.run(["xenstore-ls", "-f", path], seconds=QUICK).out)

    def _settled(self) -> dict[int, parsing.Row]:
        """Return the guests in memory; of one that goes it is known whether it ever will.

        Taking a guest out of memory lasts seconds, and it looks like one that somebody holds.
        """
        rows = self.rows()
        for _ in range(_LOOKS):
            going = self._going(rows)
            if not going:
                return rows
            time.sleep(_BETWEEN)
            rows = self.rows()
            if self._going(rows) != going:
                return rows
        self._zombies.update(self._going(rows))
        return rows

    def _going(self, rows: dict[int, parsing.Row]) -> dict[int, int]:
        """Return the memory of the guests that go, but for those that stay."""
        dying = (row for row in rows.values() if row.dying)
        return {row.domid: row.memory_mib for row in dying if row.domid not in self._zombies}

    def _details(self, rows: dict[int, parsing.Row], only: str) -> dict[int, Domain]:
        """Return the guests with their devices; of *only* one they are asked for but once."""
        if not rows:
            return {}
        if not only:
            return _described([])
        for row in rows.values():
            if row.name == only and row.domid not in self._known:
                self._known.update(_described([str(row.domid)]))
        return self._known

    def _inside(
        self, row: parsing.Row, known: Domain | None, defined: dict[str, Domain], only: str
    ) -> Domain:
        """Return the guest in memory that *row* shows; its name may be anything."""
        name = known.name if known is not None else self._name(row, defined)
        of_file = defined.get(name, Domain(name, row.uuid))
        found = parsing.living(replace(of_file, uuid=row.uuid) if known is None else known, row)
        if not only:
            found = parsing.told(found, self.entries(row.domid))
        if found.state == ZOMBIE and row.domid not in self._zombies:
            found = replace(found, state=RUNNING)
        return replace(found, configuration=of_file.configuration)

    def _name(self, row: parsing.Row, defined: dict[str, Domain]) -> str:
        """Return the name of a guest that `xl list -l` does not know: it comes, or it goes."""
        if is_name(row.name):
            return row.name
        of_file = (one.name for one in defined.values() if one.uuid and one.uuid == row.uuid)
        stays = row.domid in self._zombies
        return next(of_file, f"zombie-{row.domid}" if stays else row.name)

    def _defined(self, paths: Iterable[Path]) -> dict[str, Domain]:
        """Return the guests of files, off, by name; the file of that name goes first."""
        found: dict[str, Domain] = {}
        for path in sorted(paths):
            domain = _read(path)
            if domain is not None and (domain.name not in found or path.stem == domain.name):
                found[domain.name] = domain
        return found


def _described(which: list[str]) -> dict[int, Domain]:
    said = tools.run(["xl", "list", "-l", *which], seconds=QUICK)
    return {domain.domid: domain for domain in parsing.detailed(said.out)}


def _with_console(domain: Domain) -> Domain:
    console = _CONSOLES / f"guest-{domain.name}.log"
    there = is_name(domain.name) and console.is_file()
    return replace(domain, console=str(console) if there else "")


def _read(path: Path) -> Domain | None:
    """Return the guest of a file; None: it has none whose name can be one."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            domain = xen_defined.domain(file.read(_LONGEST_FILE), str(path))
    except OSError:
        return None
    return domain if domain is not None and is_name(domain.name) else None
