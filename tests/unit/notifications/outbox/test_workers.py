"""Workers share the connections that the relay allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications.outbox import workers
from tests.unit.notifications.database import Owners

if TYPE_CHECKING:
    from tests.unit.notifications.database import FileDatabase


def share(database: FileDatabase, owner: str, *dead: str) -> int:
    living = Owners(owner, set(dead))
    return database.writes(lambda connection: workers.share(connection, living, 4))


def test_one_worker_has_all_connections(database: FileDatabase) -> None:
    assert [share(database, "a"), share(database, "a")] == [4, 4]


def test_two_workers_come_to_share_them(database: FileDatabase) -> None:
    share(database, "a")

    assert [share(database, each) for each in "babab"] == [1, 3, 1, 3, 1]


def test_the_dead_leave_theirs(database: FileDatabase) -> None:
    share(database, "a")

    assert share(database, "b", "a") == 4


def test_one_who_leaves_gives_theirs_back(database: FileDatabase) -> None:
    share(database, "a")
    database.writes(lambda connection: workers.leave(connection, "a"))

    assert share(database, "b") == 4
