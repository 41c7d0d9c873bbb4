"""The host helper as one file that runs: `maint-host`, an archive that Python starts.

The same sources give the same bytes, whoever builds it and wherever.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

from bot.executors.host_helper.version import sources, version_of

SHEBANG = b"#!/usr/bin/python3 -I\n"  # -I: no variable and no folder of a caller's reaches it
ABOVE = ("bot", "bot.executors")  # packages that the helper's name goes through; empty in the file
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first instant that an archive knows
_START = '''\
"""The host helper `maint-host` {version}. Built by `maint host build`; do not edit."""

import sys

if sys.version_info < (3, 9):
    sys.exit("maint-host needs Python 3.9 or newer; this is %d.%d" % sys.version_info[:2])

from bot.executors.host_helper.__main__ import main  # noqa: E402

sys.exit(main())
'''


def version() -> str:
    """Return the version of the helper that belongs to this bot: 12 hexadecimal digits."""
    return version_of(dict(sources()))


def content() -> bytes:
    """Return the helper as the bytes of one file that runs."""
    found = dict(sources())
    texts = {_place(name): text for name, text in found.items()}
    texts |= {_place(f"{name}.__init__"): "" for name in ABOVE}
    texts["__main__.py"] = _START.format(version=version_of(found))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(texts):
            archive.writestr(_entry(name), texts[name].encode(), compresslevel=9)
    return SHEBANG + file.getvalue()


def build(path: Path) -> None:
    """Write the helper to *path*, as a file that runs. Raises OSError."""
    beside = path.with_name(f".{path.name}.new{os.getpid()}")
    try:
        beside.write_bytes(content())
        beside.chmod(0o755)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _place(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whatever it is built on
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry
