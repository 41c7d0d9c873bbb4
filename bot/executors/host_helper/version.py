"""Which helper this is: a number made of its sources, the same in a checkout and in its file."""

from __future__ import annotations

import hashlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = __name__.rpartition(".")[0]
DIGITS = 12


def version() -> str:
    """Return the version of the helper that runs: 12 hexadecimal digits."""
    return version_of(dict(sources()))


def version_of(found: dict[str, str]) -> str:
    """Return the version of a helper made of *found*: source texts by names of modules."""
    digest = hashlib.sha256()
    for name in sorted(found):
        text = found[name].replace("\r\n", "\n").encode()
        digest.update(f"{name} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()[:DIGITS]


def sources() -> Iterator[tuple[str, str]]:
    """Yield each module of the helper with its source text, from a folder or from its one file.

    A package's name ends in ".__init__". Nothing is imported for it.
    """
    yield from _package(Path(sys.modules[PACKAGE].__path__[0]), PACKAGE)


def _package(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    yield f"{name}.__init__", _source(pkgutil.get_importer(str(folder.parent)), name)
    for found in pkgutil.iter_modules([str(folder)], f"{name}."):
        if found.ispkg:
            yield from _package(folder / found.name.rpartition(".")[2], found.name)
        else:
            yield found.name, _source(found.module_finder, found.name)


def _source(finder: Any, name: str) -> str:  # noqa: ANN401 - of a folder or of an archive
    """Return a module's text; an archive's finder has it, a folder's knows who has it."""
    loader = finder if hasattr(finder, "get_source") else finder.find_spec(name).loader
    text = loader.get_source(name)
    if text is None:
        message = f"the source of {name} cannot be read"
        raise ImportError(message)
    return str(text)
