from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage import open_store
from bot.storage.liveness import ByLock
from tests.contract.store_values import NOTHING, begun, draft

OWNER = """
import asyncio, sys
from bot.storage import open_store
store = open_store(sys.argv[1], "worker")
lease = asyncio.run(store.claim("hobgoblin", "worker"))
print(lease.token, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "maint.db"


@pytest.fixture
def worker(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that has claimed the host with its first token, and lives."""
    command = [sys.executable, "-c", OWNER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        yield process
        process.kill()


async def test_the_lease_of_a_killed_process_is_taken_over_at_once(
    path: Path, worker: subprocess.Popen[str]
) -> None:
    store = open_store(path, "anna")
    assert await store.claim("hobgoblin", "anna") is None

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    assert await store.holder("hobgoblin") == ""
    lease = await begun(store)
    assert (lease.owner, lease.token) == ("anna", 2)
    assert len(await store.append(lease, "r1", [draft()], NOTHING)) == 1
    await store.close()


async def test_a_closed_store_leaves_its_leases_to_others(path: Path) -> None:
    first, second = open_store(path, "anna"), open_store(path, "berta")
    await first.claim("hobgoblin", "anna")
    await first.close()

    lease = await second.claim("hobgoblin", "berta")

    await second.close()
    assert lease is not None
    assert (lease.owner, lease.token) == ("berta", 2)
    assert list((path.parent / "owners").iterdir()) == []


def test_an_owner_lives_until_its_lock_is_given_up(tmp_path: Path) -> None:
    mine, others = ByLock(tmp_path / "owners"), ByLock(tmp_path / "owners")
    mine.prove("anna")
    mine.prove("anna")

    assert (mine.lives("anna"), others.lives("anna")) == (True, True)
    mine.close()
    assert not others.lives("anna")


def test_what_a_dead_owner_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / "anna"
    left.touch()

    assert not ByLock(tmp_path).lives("anna")
    assert not left.exists()


def test_two_processes_cannot_share_an_owner(tmp_path: Path) -> None:
    first, second = ByLock(tmp_path), ByLock(tmp_path)
    first.prove("anna")

    with pytest.raises(BlockingIOError):
        second.prove("anna")
    first.close()


@pytest.mark.parametrize("owner", ["", "..", "../anna", "a/b", "a\x00b", "a" * 201])
def test_an_owner_that_cannot_be_a_file_is_refused(tmp_path: Path, owner: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ByLock(tmp_path).prove(owner)
