"""Servers of the machine's own packages, started privately; what is absent is skipped by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration import mailman_server, pgp_key, postfix_server
from tests.integration.mailman_server import Mailman
from tests.integration.postfix_server import Postfix

# Where Debian keeps what is not in the path; the newest version comes last.
PROGRAMS = "/usr/lib/postgresql/*/bin/postgres"
# PostgreSQL refuses to run as root.
UNPRIVILEGED = "nobody"
START_SECONDS = 60


@pytest.fixture(autouse=True)
def umask_restored() -> Iterator[None]:
    """Give the servers of later tests the machine's umask back: the program sets a private one."""
    before = os.umask(0)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Return the URL, without a database, of a private PostgreSQL that listens on a socket."""
    programs = _programs()
    pytest.importorskip("psycopg", reason="psycopg is not installed (the extra `postgres`)")
    # Not below pytest's own folder, which only its user may enter, and short: sockets need that.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with _running(programs, folder):
            yield f"postgresql+psycopg://maint@/{{}}?host={folder}"
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(Path("/").glob(PROGRAMS.lstrip("/")), key=lambda path: path.parts[-3].zfill(3))
    if not found:
        pytest.skip("no PostgreSQL is installed (the package `postgresql`)")
    return found[-1].parent


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[None]:
    data, log = folder / "data", folder / "log"
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
    _run(programs / "initdb", "-D", data, "-U", "maint", "-A", "trust", "-E", "UTF8", "--no-sync")
    # Durability is the server's affair, not what these tests are about.
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = (programs / "pg_ctl", "-D", data, "-t", START_SECONDS, "-w")
    _run(*control, "-l", log, "-o", options, "start")
    try:
        yield
    finally:
        _run(*control, "-m", "immediate", "stop")


def _run(*command: object) -> None:
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    outcome = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,  # a server that is started keeps what it inherits
        stderr=subprocess.PIPE if command[-1] != "start" else None,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr


@pytest.fixture(scope="session")
def postfix() -> Iterator[Postfix]:
    """Return a private Postfix."""
    with postfix_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def mailman(postfix: Postfix) -> Iterator[Mailman]:
    """Return a private Mailman, behind the private Postfix."""
    with mailman_server.running(postfix) as server:
        yield server


@pytest.fixture(scope="session")
def pgp_home() -> Iterator[Path]:
    """Return the folder of gpg with the key of `pgp_key.OWNER`."""
    with pgp_key.keeping() as home:
        yield home
