"""What a worker does to the outbox, in short words for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from notifications.outbox.claim import Taken, Wish, take
from notifications.outbox.settle import Settlement, Writer, begin, write
from notifications.settings import Pace
from tests.unit.notifications import planting
from tests.unit.notifications.clock import START
from tests.unit.notifications.planting import address

if TYPE_CHECKING:
    from datetime import datetime

    from notifications.states import Step
    from tests.unit.notifications.database import FileDatabase

FREE = Pace(per_minute=0)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def claims(
    database: FileDatabase,
    limit: int = 10,
    *,
    owner: str = "me",
    at: datetime = START,
    pace: Pace = FREE,
    announce: bool = False,
) -> Taken:
    wish = Wish(owner=owner, announce=announce, transport="relay", limit=limit, at=at, pace=pace)
    return database.writes(lambda connection: take(connection, wish))


def ids(taken: Taken) -> list[int]:
    return [each.id for each in taken.claimed]


def begins(database: FileDatabase, *numbers: int, owner: str = "me") -> set[int]:
    return set(database.writes(lambda connection: begin(connection, owner, numbers, START)))


def settles(database: FileDatabase, number: int, step: Step, **more: object) -> None:
    owner = str(more.pop("owner", "me"))
    plain = Settlement(
        id=number,
        campaign=number // 1_000_000,
        address=address(number),
        step=step,
        at=START,
        handed=database.reads(lambda c: planting.delivery(c, number)).handed,
    )
    settlement = replace(plain, **more)  # type: ignore[arg-type]
    by = Writer(owner=owner, offers=frozenset(), at=START)
    made = partial(write, by=by, settlements=[settlement], works=(), begins=())
    database.writes(made)
