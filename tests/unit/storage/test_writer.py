from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from bot.rules.errors import Code, TryAgain
from bot.storage import engine as engines
from bot.storage.writer import GroupWriter, Work


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engines.sqlite(tmp_path / "maint.db", "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (word TEXT UNIQUE)"))
    yield engine
    engine.dispose()


class Gate:
    """Keeps the writer busy, so that what is submitted meanwhile becomes one group."""

    def __init__(self, writer: GroupWriter) -> None:
        self._open = threading.Event()
        self._writer = writer
        reached = threading.Event()

        def busy(_: Connection) -> None:
            reached.set()
            self._open.wait()

        writer.submit(busy, first=False)
        reached.wait()

    def group(self, *works: Work[Any]) -> list[Future[Any]]:
        futures = [self._writer.submit(work, first=False) for work in works]
        self.open()
        return futures

    def open(self) -> None:
        self._open.set()
        self._writer.close()


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupWriter]:
    writer = GroupWriter(engine, "maint.db")
    yield writer
    writer.close()


@pytest.fixture
def gate(writer: GroupWriter) -> Gate:
    return Gate(writer)


def keep(word: str, *, fail: bool = False) -> Work[str]:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO kept VALUES (:word)"), {"word": word})
        if fail:
            raise LookupError(word)
        return word

    return work


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT word FROM kept ORDER BY rowid")).scalars())


def test_what_is_queued_together_is_one_transaction(engine: Engine, gate: Gate) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    gate.group(keep("a"), keep("b"), keep("c"))

    assert len(commits) == 2  # the gate's own, and the group's
    assert kept(engine) == ["a", "b", "c"]


def test_one_that_fails_fails_alone(engine: Engine, gate: Gate) -> None:
    a, b, c = gate.group(keep("a"), keep("b", fail=True), keep("c"))

    assert (a.result(), c.result()) == ("a", "c")
    assert isinstance(b.exception(), LookupError)
    assert kept(engine) == ["a", "c"]


def test_a_commit_that_fails_fails_for_all(engine: Engine, gate: Gate) -> None:
    failing = iter([False, True])  # the gate's commit passes

    @event.listens_for(engine, "commit")
    def refuse(_: Connection) -> None:
        if next(failing, False):
            raise sqlite3.OperationalError("full")

    futures = gate.group(keep("a"), keep("b", fail=True))

    for future in futures:
        error = future.exception()
        assert isinstance(error, TryAgain)
        assert error.fields == {"path": "maint.db", "problem": "full"}
    assert kept(engine) == []


def test_a_transaction_that_sqlite_gives_up_fails_for_all(engine: Engine, gate: Gate) -> None:
    def give_up(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT OR ROLLBACK INTO kept VALUES ('a')")

    futures = gate.group(keep("a"), give_up, keep("b"))

    assert all(future.exception() is not None for future in futures)
    assert kept(engine) == []


def test_commands_go_before_what_was_queued_earlier(
    engine: Engine, writer: GroupWriter, gate: Gate
) -> None:
    writer.submit(keep("row"), first=False)
    writer.submit(keep("command"), first=True)
    gate.open()

    assert kept(engine) == ["command", "row"]


def test_a_queued_write_cannot_be_cancelled(writer: GroupWriter, gate: Gate) -> None:
    future = writer.submit(keep("a"), first=False)

    assert not future.cancel()
    gate.open()
    assert future.result() == "a"


def test_the_writer_goes_on_after_a_failure(engine: Engine, writer: GroupWriter) -> None:
    assert writer.submit(keep("a", fail=True), first=False).exception() is not None

    assert writer.submit(keep("b"), first=False).result() == "b"
    assert kept(engine) == ["b"]


def test_a_locked_database_is_told_and_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PRAGMAS", ("busy_timeout = 0",))
    engine = engines.sqlite(tmp_path / "maint.db", "BEGIN IMMEDIATE")
    writer = GroupWriter(engine, "maint.db")
    with engine.begin():  # somebody else writes
        error = writer.submit(lambda c: c.exec_driver_sql("SELECT 1"), first=True).exception()

    writer.close()
    engine.dispose()
    assert isinstance(error, TryAgain)
    assert error.code is Code.STORE_UNREACHABLE
    assert error.fields == {"path": "maint.db", "problem": "database is locked"}


def test_a_commit_is_on_the_disk_and_others_may_read_meanwhile(engine: Engine) -> None:
    with engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    full = 2
    assert found == ["wal", full, 1, 5000]
