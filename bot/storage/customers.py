"""What the customers' side knows: opt-ins (only ever added) and the guests of the inventory."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, func, insert, select, update

from bot.rules.optin import OptIn
from bot.storage import dialects, trial_wishes
from bot.storage.rows import built, select_fields
from bot.storage.tables import KNOWN_GUEST, OPT_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

T = TypeVar("T")

_LAST = select(func.max(OPT_IN.c.number)).group_by(OPT_IN.c.guest)
_NEWEST = select_fields(OPT_IN, OptIn).where(OPT_IN.c.number.in_(_LAST))
_OF_SOME = OPT_IN.c.guest.in_(bindparam("of_guests", expanding=True))
_EVERY = select_fields(OPT_IN, OptIn).order_by(OPT_IN.c.number)
_NEWEST_OF_SOME = select_fields(OPT_IN, OptIn).where(OPT_IN.c.number.in_(_LAST.where(_OF_SOME)))
_GONE = (
    update(KNOWN_GUEST)
    .where(KNOWN_GUEST.c.name == bindparam("of_name"))
    .values(gone=bindparam("is_gone"))
)
_IDENTIFIED = (
    update(KNOWN_GUEST)
    .where(KNOWN_GUEST.c.name == bindparam("of_name"))
    .values(uuid=bindparam("is_uuid"))
)


def opt_ins(connection: Connection, guests: Collection[str] | None) -> Mapping[str, OptIn]:
    """Return the newest statement of each of *guests*, or of every guest."""
    if guests is None:
        rows = connection.execute(_NEWEST)
    else:
        rows = connection.execute(_NEWEST_OF_SOME, {"of_guests": sorted(guests)})
    return {row.guest: built(OptIn, row) for row in rows}


def state_opt_in(connection: Connection, rows: Sequence[OptIn]) -> None:
    """Add statements; their order of arrival is the database's."""
    values = [asdict(row) for row in rows]
    for value in values:
        del value["number"]
    if values:
        connection.execute(insert(OPT_IN), values)


def restate(
    connection: Connection,
    work: Callable[[Connection, Mapping[str, OptIn]], tuple[Sequence[OptIn], T]],
    text: str = "",
) -> T:
    """Add the statements that *work* makes of the newest ones; nobody adds one meanwhile.

    *text* is the warning that some of them confirm; its words are kept.
    """
    dialects.alone(connection, OPT_IN)
    rows, value = work(connection, opt_ins(connection, None))
    state_opt_in(connection, rows)
    for row in rows if text else ():
        if row.text:
            trial_wishes.keep_text(connection, row.text, text, row.at)
    return value


def statements(connection: Connection, guest: str, how: str, after: int = 0) -> tuple[OptIn, ...]:
    """Return every statement about *guest*, made in the way *how*, after a number; empty: any."""
    query = _EVERY.where(OPT_IN.c.number > after) if after else _EVERY
    query = query.where(OPT_IN.c.guest == guest) if guest else query
    query = query.where(OPT_IN.c.how == how) if how else query
    return tuple(built(OptIn, row) for row in connection.execute(query))


def first_seen(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    """Record guests of the inventory; return those it never held. One that is back is known."""
    if not names:
        return frozenset()
    _mark(connection, names, gone=False)
    add = dialects.insert(connection, KNOWN_GUEST).on_conflict_do_nothing()
    rows = [{"name": name, "gone": False} for name in dict.fromkeys(names)]
    return frozenset(connection.execute(add.returning(KNOWN_GUEST.c.name), rows).scalars())


def strangers(
    connection: Connection, uuids: Mapping[str, str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the guests that were another machine before, and all whose uuid is to be recorded.

    *uuids* are by name.
    """
    query = select(KNOWN_GUEST.c.name, KNOWN_GUEST.c.uuid)
    before = {row.name: row.uuid for row in connection.execute(query)}
    new = frozenset(name for name, uuid in uuids.items() if before.get(name, uuid) != uuid)
    return frozenset(name for name in new if before[name]), new


def identify(connection: Connection, uuids: Mapping[str, str]) -> None:
    """Record which machines guests are, by name."""
    rows = [{"of_name": name, "is_uuid": uuid} for name, uuid in uuids.items()]
    connection.execute(_IDENTIFIED, rows)


def known(connection: Connection) -> frozenset[str]:
    """Return the names of the guests that the inventory held when it was last recorded."""
    query = select(KNOWN_GUEST.c.name).where(~KNOWN_GUEST.c.gone)
    return frozenset(connection.execute(query).scalars())


def forget(connection: Connection, names: Sequence[str]) -> None:
    """Record that guests have left the inventory; nothing else about them changes."""
    if names:
        _mark(connection, names, gone=True)


def _mark(connection: Connection, names: Sequence[str], *, gone: bool) -> None:
    connection.execute(_GONE, [{"of_name": name, "is_gone": gone} for name in names])
