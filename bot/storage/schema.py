"""Brings a database to the newest revision of the tables. Alembic is imported only to migrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, func, inspect, select, text

from bot.rules.errors import BadConfiguration, Code
from bot.storage.failures import translated
from bot.storage.tables import METADATA, ORIGIN
from notifications import METADATA as MAIL_METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

# The newest revision in migrations/versions; a test compares. Known here so that opening a
# database that is up to date costs one query and no import.
HEAD = "0006"

# Every package with tables of its own adds its metadata here; all share one history.
METADATAS: list[MetaData] = [METADATA, MAIL_METADATA]

MIGRATIONS = Path(__file__).with_name("migrations")

# PostgreSQL: one process at a time migrates; the number is any that nothing else locks.
_MIGRATING = 0x6D61696E74


def bring_up_to_date(readers: Engine, writers: Engine, place: str) -> None:
    """Create or migrate the tables, in one transaction; nothing is done when they are current.

    Raises:
        BadConfiguration: NEWER_DATABASE, or CONFIGURATION if the file is no database.
        TryAgain: STORE_UNREACHABLE; nothing was changed.
    """
    with translated(place):
        with readers.begin() as connection:
            theirs = revision(connection)
        if theirs != HEAD:
            with writers.begin() as connection:
                _migrate(connection, place)


def origin(readers: Engine, place: str) -> str:
    """Return what makes the database unlike any other, also one that is made in its place."""
    with translated(place), readers.begin() as connection:
        return str(connection.scalar(select(ORIGIN.c.id)))


def revision(connection: Connection) -> str:
    """Return the revision that the database says it has; empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def config(connection: Connection) -> Config:
    """Return the settings under which Alembic migrates over *connection*."""
    from alembic.config import Config  # noqa: PLC0415 - costs more than opening a database

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    settings.attributes["metadatas"] = METADATAS
    return settings


def known_revisions(settings: Config) -> Iterator[str]:
    """Return the revisions in migrations/versions, newest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return (script.revision for script in ScriptDirectory.from_config(settings).walk_revisions())


def _migrate(connection: Connection, place: str) -> None:
    from alembic import command  # noqa: PLC0415 - as above

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
    settings = config(connection)
    theirs = revision(connection)  # again: another process may have migrated meanwhile
    if theirs and theirs not in known_revisions(settings):
        raise BadConfiguration(Code.NEWER_DATABASE, path=place, theirs=theirs, ours=HEAD)
    command.upgrade(settings, "head")
