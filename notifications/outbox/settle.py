"""What becomes of a delivery in hand: begun, and settled by what the relay said.

Every statement asks for the owner and for the states that allow the step, so a worker that was
thought dead changes nothing that is no longer its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, null, select, update

from notifications.outbox.rows import BEING_SENT, lock_campaigns, ready_for
from notifications.records import changes
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
    due: datetime | None = None  # DEFER: of the next attempt
    code: str = ""  # of the reason; empty: `reply` says it
    reply: str = ""  # the relay's words
    denied: bool = False  # the body was begun, and the answer was no
    untried: bool = False  # the attempt does not count: it was the relay's own trouble


_MINE = (
    DELIVERY.c.id == bindparam("of"),
    DELIVERY.c.owner == bindparam("by_owner"),
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
    .returning(DELIVERY.c.id)
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
    owner: str,
    at: datetime,
    settlements: Sequence[Settlement],
    works: Sequence[Callable[[Connection], object]],
    begins: Sequence[int],
) -> set[int]:
    """Settle, do what else there is, and begin, in this order; return what may follow."""
    settle(connection, owner, settlements)
    for work in works:
        work(connection)
    return begin(connection, owner, begins, at)


def begin(connection: Connection, owner: str, ids: Sequence[int], at: datetime) -> set[int]:
    """Record that the bodies of *ids* follow; return those for which they may.

    Not begun is what is no longer *owner*'s, or whose campaign is not being sent any more.
    """
    if not ids:
        return set()
    begun = connection.execute(_BEGIN, {"ids": ids, "by_owner": owner, "at_now": at})
    return set(begun.scalars())


def settle(connection: Connection, owner: str, settlements: Sequence[Settlement]) -> None:
    """Record what became of deliveries of *owner*; again, or too late, changes nothing."""
    back = [each for each in settlements if each.step in _BACK]
    if back:
        lock_campaigns(connection, {each.campaign for each in back})
    for step, statement in _MANY.items():
        values = [_values(each, owner) for each in settlements if each.step is step]
        if values:
            connection.execute(statement, values)
    for each in settlements:
        if each.step in _TOLD:
            _tell(connection, owner, each)
    if back:
        follow_cancel(connection, [each.id for each in back])


def follow_cancel(connection: Connection, ids: Collection[int]) -> None:
    """Cancel those of *ids* that would be sent again and whose campaign was cancelled."""
    connection.execute(_CANCELLED, {"ids": list(ids)})


def _tell(connection: Connection, owner: str, settlement: Settlement) -> None:
    statement, event = _TOLD[settlement.step]
    if connection.execute(statement, _values(settlement, owner)).rowcount:
        fields = {
            "address": settlement.address,
            "code": settlement.code,
            "reply": settlement.reply,
        }
        changes.add(connection, settlement.campaign, settlement.at, event, fields=fields)


def _values(settlement: Settlement, owner: str) -> dict[str, Any]:
    return {
        "of": settlement.id,
        "by_owner": owner,
        "untried": int(settlement.untried),
        "no": int(settlement.denied),
        "at_due": settlement.due,
        "at_now": settlement.at,
        "of_code": settlement.code,
        "of_reply": settlement.reply,
    }
