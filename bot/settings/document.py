"""One TOML file: its data, its faults, and on which line each key stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.rules.names import shown
from bot.settings.faults import Fault, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Where = tuple[str | int, ...]  # where a value stands: tables, then the key, then positions

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a file holds; empty, with a fault, if it cannot be read."""

    file: str
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    lines: Mapping[tuple[str, ...], int] = field(default_factory=lambda: MappingProxyType({}))
    faults: tuple[Fault, ...] = ()

    def fault(self, where: Where, problem: Problem, **fields: object) -> Fault:
        """Return a fault of the value at *where*, with the line it stands on."""
        key = ".".join(shown(str(part)) for part in where)
        line = self.line(where)
        return Fault(file=self.file, key=key, line=line, problem=problem, fields=fields)

    def names(self, table: str) -> frozenset[str]:
        """Return the keys of *table*, as they stand in the file."""
        found = self.data.get(table)
        return frozenset(found) if isinstance(found, dict) else frozenset()

    def line(self, where: Where) -> int:
        """Return the line of the key nearest to *where*, from outside; 0 if none is found."""
        keys = tuple(part for part in where if isinstance(part, str))
        known = (self.lines.get(keys[:length]) for length in range(len(keys), 0, -1))
        return next((line for line in known if line), 0)


def read(path: Path) -> Document:
    """Read the TOML file at *path*; what is wrong with it becomes a fault of the document."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return _broken(path, Problem.UNREADABLE, str(error.strerror or error))
    except UnicodeDecodeError as error:
        return _broken(path, Problem.UNREADABLE, f"{error.reason} (UTF-8)")
    try:
        data = tomllib.loads(text)
    except RecursionError:
        return _broken(path, Problem.SYNTAX, "Nested too deeply")
    except ValueError as error:  # also of numbers too long and days that do not exist
        at = _AT.search(str(error))
        line = int(at[1] or text.count("\n") + 1) if at else 0
        return _broken(path, Problem.SYNTAX, shown(_AT.sub("", str(error))), line)
    return Document(file=str(path), data=data, lines=_lines(text.splitlines()))


def _broken(path: Path, problem: Problem, detail: str, line: int = 0) -> Document:
    fault = Fault(file=str(path), line=line, problem=problem, fields={"detail": detail})
    return Document(file=str(path), faults=(fault,))


def _lines(text: Sequence[str]) -> Mapping[tuple[str, ...], int]:
    """Find every table and key; the small search that faults need, not a parser."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text, start=1):
        if header := _HEADER.match(line):
            where = table = _parts(header[1])
        elif key := _KEY.match(line):
            where = table + _parts(key[1])
        else:
            continue
        for length in range(1, len(where) + 1):
            found.setdefault(where[:length], number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
