"""The key that signs links and return paths, kept in a file beside the database."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from bot.rules.errors import Code, TryAgain

if TYPE_CHECKING:
    from pathlib import Path

NAME = "key"
LENGTH = 32  # bytes, as many as the digest that is keyed


def signing_key(folder: Path) -> bytes:
    """Return the key in *folder*; it is made when there is none, and is the same ever after.

    Two processes that ask at once get the same one.

    Raises:
        TryAgain: STORE_UNREACHABLE; the file cannot be read or made.
    """
    path = folder / NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return _read(path)
    except (OSError, ValueError) as error:
        raise TryAgain(Code.STORE_UNREACHABLE, path=str(path), problem=str(error)) from error


def _read(path: Path) -> bytes:
    key = bytes.fromhex(path.read_text(encoding="ascii"))
    if len(key) != LENGTH:
        raise ValueError(len(key))
    return key


def _make(path: Path) -> None:
    """Write a whole key beside *path* and link it there, unless another process was faster."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(new)
    except FileExistsError:
        return
    finally:
        new.unlink(missing_ok=True)
