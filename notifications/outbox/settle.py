"""What becomes of a delivery in hand: begun, and settled by what the relay said.

Every statement asks for the owner, for the states that allow the step, and for how often a body
was begun. So a worker that was thought dead changes nothing that is no longer its own, and what it
learns late of one handing over says nothing of the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, null, select, update

from notifications.outbox.rows import BEING_SENT, lock_campaigns, ready_for
from notifications.records import changes, suppressions
from notifications.states import CampaignState, Step, after
from notifications.tables import CAMPAIGN, DELIVERY
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Update


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What became of one delivery: one of the steps ACCEPT, DEFER, REFUSE, LOSE, RELEASE."""

    id: int
    campaign: int
    address: str
    step: Step
    at: datetime
    handed: int  # times that a body was begun, the one that this is about among them
    due: datetime | None = None  # DEFER: of the next attempt
    code: str = ""  # of the reason; empty: `reply` says it
    reply: str = ""  # the relay's words
    denied: bool = False  # the body was begun, and the answer was no
    untried: bool = False  # the attempt does not count: it was the relay's own trouble


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who writes, and when."""

    owner: str
    offers: frozenset[str]  # kinds that are no service notices
    at: datetime


_MINE = (
    DELIVERY.c.id == bindparam("of"),
    DELIVERY.c.owner == bindparam("by_owner"),
    DELIVERY.c.handed == bindparam("times"),
)
_ATTEMPTS = DELIVERY.c.attempts - bindparam("untried", type_=DELIVERY.c.attempts.type)

_BEGIN = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id.in_(bindparam("ids", expanding=True)),
        DELIVERY.c.owner == bindparam("by_owner"),
        ready_for(Step.BEGIN),
        DELIVERY.c.campaign.in_(select(CAMPAIGN.c.number).where(BEING_SENT)),
    )
    .values(
        state=after(Step.BEGIN),
        handed=DELIVERY.c.handed + 1,
        at=bindparam("at_now", type_=DELIVERY.c.at.type),
    )
    .returning(DELIVERY.c.id, DELIVERY.c.handed)
)


def _settle(step: Step) -> Update:
    return (
        update(DELIVERY)
        .where(*_MINE, ready_for(step))
        .values(
            state=after(step),
            owner="",
            attempts=_ATTEMPTS,
            first=case((_ATTEMPTS > 0, DELIVERY.c.first), else_=null()),
            denied=DELIVERY.c.denied + bindparam("no", type_=DELIVERY.c.denied.type),
            due=bindparam("at_due", type_=DELIVERY.c.due.type),
            at=bindparam("at_now", type_=DELIVERY.c.at.type),
            code=bindparam("of_code", type_=DELIVERY.c.code.type),
            reply=bindparam("of_reply", type_=DELIVERY.c.reply.type),
        )
    )


#: Those that need no further row, many at once.
_MANY = {step: _settle(step) for step in (Step.ACCEPT, Step.DEFER, Step.RELEASE)}
#: Those that are told, if they happened.
_TOLD = {
    Step.REFUSE: (_settle(Step.REFUSE), ChangeEvent.REFUSED),
    Step.LOSE: (_settle(Step.LOSE), ChangeEvent.UNCERTAIN),
}
#: After these a delivery would be sent again, and is not if its campaign was cancelled.
_BACK = frozenset({Step.DEFER, Step.RELEASE})
#: This one concerns nothing but its delivery.
_ALONE = frozenset({Step.ACCEPT})

_CANCELLED = (
    update(DELIVERY)
    .where(
        DELIVERY.c.id.in_(bindparam("ids", expanding=True)),
        ready_for(Step.CANCEL),
        DELIVERY.c.campaign.in_(
            select(CAMPAIGN.c.number).where(CAMPAIGN.c.state == CampaignState.CANCELLED)
        ),
    )
    .values(state=after(Step.CANCEL), owner="", due=null())
)


def write(
    connection: Connection,
    *,
    by: Writer,
    settlements: Sequence[Settlement],
    works: Sequence[Callable[[Connection], Sequence[changes.Entry]]],
    begins: Sequence[int],
) -> dict[int, int]:
    """Settle, do what else there is, and begin, in this order; return what may follow.

    *works* move campaigns, and return what is to be told of it.
    """
    numbers = {each.campaign for each in settlements if each.step not in _ALONE}
    if numbers or works or begins:
        lock_campaigns(connection, numbers, moving=bool(works))
    told = settle(connection, by.owner, settlements)
    if deferred := [each.id for each in settlements if each.step is Step.DEFER]:
        told += suppressions.follow(connection, deferred, by.at, by.offers)
    for work in works:
        told += work(connection)
    begun = begin(connection, by.owner, begins, by.at)
    changes.add_all(connection, told, by.at)
    return begun


def begin(connection: Connection, owner: str, ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Record that the bodies of *ids* follow; return those for which they may.

    Each is returned with how many bodies were begun for it, this one among them. Not begun is what
    is no longer *owner*'s, or whose campaign is not being sent any more.
    """
    if not ids:
        return {}
    begun = connection.execute(_BEGIN, {"ids": ids, "by_owner": owner, "at_now": at})
    return {row.id: row.handed for row in begun}


def settle(
    connection: Connection, owner: str, settlements: Sequence[Settlement]
) -> list[changes.Entry]:
    """Record what became of deliveries of *owner*; again, or too late, changes nothing.

    Returns what is to be told of it.
    """
    back = [each for each in settlements if each.step in _BACK]
    for step, statement in _MANY.items():
        values = [_values(each, owner) for each in settlements if each.step is step]
        if values:
            connection.execute(statement, values)
    told = [
        each for each in settlements if each.step in _TOLD and _settled(connection, owner, each)
    ]
    if back:
        follow_cancel(connection, [each.id for each in back])
    return [_entry(each) for each in told]


def follow_cancel(connection: Connection, ids: Collection[int]) -> None:
    """Cancel those of *ids* that would be sent again and whose campaign was cancelled."""
    connection.execute(_CANCELLED, {"ids": list(ids)})


def _settled(connection: Connection, owner: str, settlement: Settlement) -> bool:
    statement, _ = _TOLD[settlement.step]
    return connection.execute(statement, _values(settlement, owner)).rowcount > 0


def _entry(settlement: Settlement) -> changes.Entry:
    _, event = _TOLD[settlement.step]
    fields = {"address": settlement.address, "code": settlement.code, "reply": settlement.reply}
    return settlement.campaign, event, fields


def _values(settlement: Settlement, owner: str) -> dict[str, Any]:
    return {
        "of": settlement.id,
        "by_owner": owner,
        "times": settlement.handed,
        "untried": int(settlement.untried),
        "no": int(settlement.denied),
        "at_due": settlement.due,
        "at_now": settlement.at,
        "of_code": settlement.code,
        "of_reply": settlement.reply,
    }
