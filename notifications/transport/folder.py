"""A folder that mail is put into, one file each: where it goes as long as there is no relay."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from notifications.errors import Problem, TransportDown
from notifications.verdict import Meaning, Phase, Verdict, cleaned

if TYPE_CHECKING:
    from pathlib import Path

    from notifications.ports import Envelope

_LONGEST = 200  # bytes of a name; file systems allow 255


class FolderTransport:
    """`FOLDER/RECIPIENT/ID.eml`; the same id again replaces the same file."""

    def __init__(self, folder: Path) -> None:
        """Put mail below *folder*, which is made when somebody connects."""
        self._folder = folder
        self.name = str(folder)

    async def connect(self) -> FolderSession:
        """See that the folder is there. Raises TransportDown(RELAY: phase, code, detail)."""
        try:
            await asyncio.to_thread(_make, self._folder)
        except OSError as error:
            raise TransportDown(
                Problem.RELAY, phase=Phase.CONNECT.value, code=0, detail=_told(error)
            ) from error
        return FolderSession(self._folder)


class FolderSession:
    """Nothing is open; a mail is whole and on stable storage, or it is not there."""

    def __init__(self, folder: Path) -> None:
        """Put mail below *folder*."""
        self._folder = folder
        self._path = folder

    async def offer(self, envelope: Envelope) -> Verdict | None:
        """Take every mail."""
        self._path = self._folder / safe(envelope.recipient) / f"{safe(envelope.id)}.eml"
        return None

    async def deliver(self, content: bytes) -> Verdict:
        """Write the file; a full disk and the like are RELAY, and harmless to repeat."""
        try:
            await asyncio.to_thread(_write, self._path, content)
        except OSError as error:
            return Verdict(meaning=Meaning.RELAY, phase=Phase.BODY, text=_told(error))
        return Verdict(meaning=Meaning.ACCEPTED, phase=Phase.BODY, text=self._path.name)

    async def withdraw(self) -> None:
        """Do nothing: an offer leaves no trace."""

    async def close(self) -> None:
        """Do nothing."""


def safe(name: str) -> str:
    """Return a file name for *name*: readable where possible, never hidden, unlike any other's."""
    encoded = quote(name, safe="@+-_=", errors="surrogatepass") or "%"
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if len(encoded) <= _LONGEST:
        return encoded
    return f"{encoded[:120]}%{sha256(encoded.encode()).hexdigest()}"


def _told(error: OSError) -> str:
    return cleaned(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _write(path: Path, content: bytes) -> None:
    _make(path.parent)
    draft = path.with_name(f".{path.name}.part")
    # Only for the owner: a mail may carry its recipient's personal links.
    with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _keep(path.parent)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep(folder.parent)


def _keep(folder: Path) -> None:
    """Put the names in *folder* on stable storage."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
