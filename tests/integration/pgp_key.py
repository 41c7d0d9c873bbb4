"""A throw-away key, its agent, and somebody who verifies with it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

OWNER = "support@example.net"


def gpg(home: Path, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run gpg, asking nobody."""
    command = ["gpg", "--homedir", home, "--batch", "--status-fd", "1", *arguments]
    return subprocess.run(
        [str(each) for each in command], capture_output=True, check=False, stdin=subprocess.DEVNULL
    )


@contextmanager
def keeping() -> Iterator[Path]:
    """Return the folder of a key without a passphrase; skip where there is no gpg."""
    if shutil.which("gpg") is None:
        pytest.skip("no gpg is installed (the package `gnupg`)")
    folder = Path(tempfile.mkdtemp(prefix="gpg"))  # short: the agent's socket is in it
    try:
        made = gpg(folder, "--passphrase", "", "--quick-generate-key", OWNER, "ed25519", "sign")
        assert made.returncode == 0, made.stderr
        yield folder
    finally:
        forget(folder)
        shutil.rmtree(folder, ignore_errors=True)


def forget(home: Path) -> None:
    """End the agent, with all that it holds."""
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


def verified(home: Path, folder: Path, raw: bytes) -> bool:
    """Verify as RFC 3156 says: the signed part is what stands between the boundaries."""
    boundary = b"\r\n--" + _signed(message_from_bytes(raw)).encode()
    _, part, signature, *_ = raw.split(boundary)
    (folder / "part").write_bytes(part.removeprefix(b"\r\n"))
    (folder / "signature").write_bytes(signature.partition(b"\r\n\r\n")[2])
    outcome = gpg(home, "--verify", folder / "signature", folder / "part")
    return outcome.returncode == 0 and b"GOODSIG" in outcome.stdout


def _signed(message: Message) -> str:
    """Return the boundary of the signed mail, which a list may have put into another."""
    parts = message.walk()
    return next(
        str(each.get_boundary()) for each in parts if each.get_content_type() == "multipart/signed"
    )
