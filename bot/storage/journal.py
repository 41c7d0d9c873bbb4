"""The journal: rows are added at the end of a run's chain and read back with proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from bot.rules.errors import BadConfiguration, Code
from bot.rules.run.journal import Event, Row
from bot.storage.digest import canonical, chained
from bot.storage.tables import JOURNAL, RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy import Row as Found

    from bot.rules.run.journal import Draft


class Corruption(StrEnum):
    """What can be wrong with a row, said after its run and number."""

    MISSING = "it is missing"
    END = "it is not the row that the run ended with"
    DIGEST = "its digest does not fit: it was changed after it was written"
    EVENT = "it holds an event that this version does not know"
    JSON = "its data is not a JSON object"


@dataclass(frozen=True, kw_only=True)
class End:
    """The end of a run's chain: its newest row."""

    run: str
    number: int
    digest: str


_HEAD = select(RUN.c.last, RUN.c.digest).where(RUN.c.id == bindparam("of_run"))
_ROWS = (
    select(JOURNAL)
    .where(JOURNAL.c.run == bindparam("of_run"), JOURNAL.c.number >= bindparam("from_number"))
    .order_by(JOURNAL.c.number)
)
_INSERT = insert(JOURNAL)


def start(run: str) -> End:
    """Return the end of the empty journal of *run*; its chain hangs on the run's name."""
    return End(run=run, number=0, digest=run)


def add(
    connection: Connection, end: End, drafts: Sequence[tuple[datetime, Draft]]
) -> tuple[tuple[Row, ...], End]:
    """Add rows after *end*; return them as they will be read, and the new end."""
    values: list[dict[str, Any]] = []
    for at, draft in drafts:
        value = _value(end, at, draft)
        end = End(run=end.run, number=value["number"], digest=value["digest"])
        values.append(value)
    if values:
        connection.execute(_INSERT, values)
    return tuple(_row(value) for value in values), end


def read(connection: Connection, run: str, after: int) -> tuple[Row, ...]:
    """Return the rows after a number, proving the chain from that row to the run's end.

    Raises:
        BadConfiguration: CORRUPT_JOURNAL, with the number of the first row that is wrong.
    """
    head = connection.execute(_HEAD, {"of_run": run}).one_or_none()
    if head is None or head.last == after:
        return ()
    found = connection.execute(_ROWS, {"of_run": run, "from_number": after or 1}).all()
    end = start(run)
    if after > 0:
        end, found = _known(run, after, found[:1]), found[1:]
    rows = tuple(_proven(end, found))
    newest = found[-1] if found else end
    if (newest.number, newest.digest) != (head.last, head.digest):
        raise _corrupt(run, head.last, Corruption.END)
    return rows


def _known(run: str, number: int, found: Sequence[Found[Any]]) -> End:
    """Return the row to go on from; what it says was proven when it was read."""
    if not found or found[0].number != number:
        raise _corrupt(run, number, Corruption.MISSING)
    return End(run=run, number=number, digest=found[0].digest)


def _proven(end: End, found: Iterable[Found[Any]]) -> Iterator[Row]:
    for row in found:
        if row.number != end.number + 1:
            raise _corrupt(end.run, end.number + 1, Corruption.MISSING)
        digest = chained(end.digest, row.number, row.at, row.event, row.guest, row.data)
        if digest != row.digest:
            raise _corrupt(end.run, row.number, Corruption.DIGEST)
        yield _checked(end.run, row)
        end = End(run=end.run, number=row.number, digest=digest)


def _checked(run: str, found: Found[Any]) -> Row:
    if found.event not in _EVENTS:
        raise _corrupt(run, found.number, Corruption.EVENT)
    try:
        row = _row(found._asdict())
    except ValueError as error:
        raise _corrupt(run, found.number, Corruption.JSON) from error
    if not isinstance(row.data, dict):
        raise _corrupt(run, found.number, Corruption.JSON)
    return row


_EVENTS = frozenset(event.value for event in Event)


def _value(end: End, at: datetime, draft: Draft) -> dict[str, Any]:
    number, data = end.number + 1, canonical(draft.data)
    event = Event(draft.event).value
    return {
        "run": end.run,
        "number": number,
        "at": at,
        "event": event,
        "guest": draft.guest,
        "data": data,
        "digest": chained(end.digest, number, at, event, draft.guest, data),
    }


def _row(value: Mapping[str, Any]) -> Row:
    return Row(
        number=value["number"],
        at=value["at"],
        event=Event(value["event"]),
        guest=value["guest"],
        data=json.loads(value["data"]),
    )


def _corrupt(run: str, number: int, problem: Corruption) -> BadConfiguration:
    return BadConfiguration(Code.CORRUPT_JOURNAL, run=run, number=number, problem=problem.value)
