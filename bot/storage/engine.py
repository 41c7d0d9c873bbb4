"""How each database is opened: the settings that durability and short waits depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, create_engine, event

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# Seconds that a transaction waits for another process before it gives up (TryAgain).
PATIENCE = 5
# Seconds that PostgreSQL lets a transaction stand still whose process froze, or whose machine is
# gone: less than a lease, so that whoever takes over is not kept out by its locks.
STANDSTILL = 10
# Threads, and so connections. Reads are short; PostgreSQL writes wait for its disk.
READERS = 3
WRITERS = 8

_PRAGMAS = (
    f"busy_timeout = {PATIENCE * 1000}",  # first: the next one may have to wait
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk, also after a power cut
    "foreign_keys = ON",
)


def sqlite(path: Path, begin: str) -> Engine:
    """Return an engine for the file *path* whose transactions start with *begin*.

    "BEGIN IMMEDIATE" takes the write lock at once, so that no transaction has to be given up
    half way; "BEGIN" reads one state of the database from its first statement on.
    """
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=READERS)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the module must not begin transactions by itself
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgresql(url: URL) -> Engine:
    """Return an engine for a PostgreSQL database that gives up waiting as SQLite does.

    A transaction that stands still is ended by the database: nothing of it is recorded.
    """
    from bot.storage.one_by_one import OneByOne  # noqa: PLC0415 - few have PostgreSQL

    network = {"connect_timeout": PATIENCE, "tcp_user_timeout": PATIENCE * 1000}
    settings = {**network, "cursor_factory": OneByOne}
    engine = create_engine(url, pool_size=READERS + WRITERS, connect_args=settings)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{STANDSTILL}s'")
        cursor.close()
        connection.commit()

    return engine


def reading(engine: Engine) -> Engine:
    """Return the same PostgreSQL engine for transactions that read one state of the database."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
