"""Writes the small programs that start the pretended tools, without any environment's packages."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_LAUNCHER = """#!/bin/sh
exec {python} -IS -c {program} {words} "$@"
"""
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from tests.hypervisor.{module} import main; "
    "sys.exit(main(*sys.argv[2:{rest}], sys.argv[{rest}:]))"
)


def launcher(path: Path, module: str, *words: str) -> None:
    """Write the program *path*, which calls `main(*words, its arguments)` of *module*."""
    program = _PROGRAM.format(module=module, rest=2 + len(words))
    python = shlex.quote(str(Path(sys.executable).resolve()))
    quoted = shlex.join([str(_ROOT), *words])
    text = _LAUNCHER.format(python=python, program=shlex.quote(program), words=quoted)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.chmod(0o755)
    beside.replace(path)  # who runs it meanwhile, or from another process, finds it whole


def on_path(folder: Path) -> dict[str, str]:
    """Return the PATH on which the programs in *folder* come first."""
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
