"""Heads of campaigns: added, read, and moved as the one table of states allows."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from notifications.errors import BadCampaign, CampaignRefused, Problem
from notifications.records import once
from notifications.states import CAMPAIGN as MOVES
from notifications.states import CampaignState, Verb, verbs_of
from notifications.tables import CAMPAIGN
from notifications.terms import Campaign
from notifications.values import given

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

# Verbs that no person uses.
_OWN = frozenset({Verb.STOP, Verb.FINISH})
_COLUMNS = (
    *(CAMPAIGN.c[field.name] for field in fields(Campaign) if field.name != "values"),
    CAMPAIGN.c.kept,
)
_HEADS = select(*_COLUMNS)
_NEW: dict[str, Any] = {
    "state": CampaignState.DRAFT,
    "announce": False,
    "test_of": 0,
    "answer": False,
    "post": 0,
    "occasion": "",
    "digest": "",
    "base": b"",
    "follows": "",
    "approved_by": "",
    "pause": "",
    "pause_detail": "",
    "publication": "",
    "list_mark": "",
}


def add(connection: Connection, **columns: Any) -> int:  # noqa: ANN401 - as the table has
    """Add a draft, or what *columns* say, and return its number."""
    added = insert(CAMPAIGN).values(_NEW | columns).returning(CAMPAIGN.c.number)
    return int(connection.execute(added).scalar_one())


def add_once(connection: Connection, **columns: Any) -> int | None:  # noqa: ANN401 - as above
    """Add as `add`; None, and nothing is changed, if the request key was seen before."""
    return once.add(connection, CAMPAIGN, _NEW | columns)


def keyed(connection: Connection, request_key: str) -> Campaign:
    """Return the head that belongs to *request_key*, which was seen before."""
    query = _HEADS.where(CAMPAIGN.c.request_key == request_key)
    return _head(connection.execute(query).one())


def read(connection: Connection, number: int, *, lock: bool = False) -> Campaign:
    """Return a head; *lock* keeps others from it until the transaction ends.

    Raises BadCampaign(UNKNOWN_CAMPAIGN).
    """
    # FOR UPDATE is dropped on SQLite, where whoever writes is alone anyway.
    query = _HEADS.where(CAMPAIGN.c.number == number)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise BadCampaign(Problem.UNKNOWN_CAMPAIGN, number=number)
    return _head(found)


def newest(
    connection: Connection, *, tests: bool = False, occasion: str = ""
) -> tuple[Campaign, ...]:
    """Return all heads, or those of an *occasion*, newest first; *tests*: and tests and answers."""
    query = _HEADS if tests else _HEADS.where(CAMPAIGN.c.test_of == 0, ~CAMPAIGN.c.answer)
    query = query.where(CAMPAIGN.c.occasion == occasion) if occasion else query
    rows = connection.execute(query.order_by(CAMPAIGN.c.number.desc()))
    return tuple(_head(row) for row in rows)


def open_of(connection: Connection, occasion: str) -> tuple[int, ...]:
    """Return the campaigns of an occasion that may be cancelled, locked, in order of number."""
    cancellable = [state for state, verb in MOVES if verb is Verb.CANCEL]
    query = select(CAMPAIGN.c.number).where(
        CAMPAIGN.c.occasion == occasion, CAMPAIGN.c.state.in_(cancellable)
    )
    ordered = query.order_by(CAMPAIGN.c.number).with_for_update()
    return tuple(connection.execute(ordered).scalars())


def allowed(connection: Connection, number: int, verb: Verb) -> Campaign:
    """Return the head, locked, if *verb* is possible now.

    Raises BadCampaign(UNKNOWN_CAMPAIGN); CampaignRefused(NOT_NOW), where `can` has the verbs that
    a person could use instead.
    """
    head = read(connection, number, lock=True)
    if (head.state, verb) not in MOVES:
        can = tuple(each for each in verbs_of(head.state) if each not in _OWN)
        raise CampaignRefused(Problem.NOT_NOW, number=number, verb=verb, state=head.state, can=can)
    return head


def move(connection: Connection, campaign: Campaign, verb: Verb, **columns: object) -> Campaign:
    """Return *campaign*, just read as `allowed`, after *verb*, with other *columns* set too."""
    state = MOVES[campaign.state, verb]
    return change(connection, campaign.number, state=state, **columns)


def change(connection: Connection, number: int, **columns: object) -> Campaign:
    """Return the head with *columns* set."""
    changed = update(CAMPAIGN).where(CAMPAIGN.c.number == number).values(**columns)
    return _head(connection.execute(changed.returning(*_COLUMNS)).one())


def _head(row: Row[Any]) -> Campaign:
    columns = row._asdict()
    values = given(columns.pop("kept"))
    if row.state is CampaignState.DRAFT:
        columns["digest"] = ""  # while mails are rendered it says by whom
    return Campaign(values=values, **columns)
