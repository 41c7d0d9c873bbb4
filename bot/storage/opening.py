"""Opens the database that a path or a URL names."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.rules.errors import BadConfiguration, Code
from bot.storage import engine, schema
from bot.storage.database import Database, Parts
from bot.storage.failures import translated
from bot.storage.liveness import ByClock, ByLock
from bot.storage.store import DatabaseStore
from bot.storage.writer import GroupWriter, PoolWriter

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine


def open_store(url_or_path: str | Path, owner: str) -> DatabaseStore:
    """Return the store at a path, or at a `sqlite:` or `postgresql:` URL, made or migrated first.

    *owner* is the name under which this process claims leases, unlike that of any other process.

    Raises:
        TryAgain: STORE_UNREACHABLE; its folder cannot be made or used, or it is away.
        BadConfiguration: NEWER_DATABASE; or CONFIGURATION: no database, no such kind of one.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return DatabaseStore(_sqlite(Path(url_or_path)), owner)
    url = _url(url_or_path)
    if url.get_backend_name() == "sqlite" and url.database:
        return DatabaseStore(_sqlite(Path(url.database)), owner)
    if url.get_backend_name() == "postgresql" and find_spec("psycopg"):
        return DatabaseStore(_postgresql(url.set(drivername="postgresql+psycopg")), owner)
    raise _refused(url.render_as_string(), "this kind of database is not installed or not known")


def _url(text: str) -> URL:
    try:
        return make_url(text)
    except ArgumentError as error:
        raise _refused(text.partition("://")[0] + "://…", "this is not a URL") from error


def _sqlite(path: Path) -> Database:
    place = str(path)
    with translated(place):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    readers = engine.sqlite(path, "BEGIN")
    writers = engine.sqlite(path, "BEGIN IMMEDIATE")
    origin = _bring_up_to_date(readers, writers, place)
    return Database(
        Parts(
            place=place,
            readers=readers,
            writers=writers,
            writer=GroupWriter(writers, place),
            living=ByLock(path.parent / "owners"),
            origin=origin,
        )
    )


def _postgresql(url: URL) -> Database:
    place = url.render_as_string()
    writers = engine.postgresql(url)
    readers = engine.reading(writers)
    origin = _bring_up_to_date(readers, writers, place)
    return Database(
        Parts(
            place=place,
            readers=readers,
            writers=writers,
            writer=PoolWriter(writers, place, engine.WRITERS),
            living=ByClock(),
            origin=origin,
        )
    )


def _bring_up_to_date(readers: Engine, writers: Engine, place: str) -> str:
    """Migrate the database if need be, and return its origin."""
    try:
        schema.bring_up_to_date(readers, writers, place)
        return schema.origin(readers, place)
    except Exception:
        readers.dispose()
        writers.dispose()
        raise


def _refused(place: str, problem: str) -> BadConfiguration:
    return BadConfiguration(Code.CONFIGURATION, faults=[f"{place}: {problem}"])
