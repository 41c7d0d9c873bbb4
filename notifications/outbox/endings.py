"""What the program itself does to a campaign: it finishes it, or stops it for the relay's sake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, or_, select, true, update

from notifications.outbox.rows import OPEN
from notifications.records import changes
from notifications.states import CAMPAIGN as TRANSITIONS
from notifications.states import CampaignState, Verb
from notifications.tables import CAMPAIGN, DELIVERY
from notifications.terms import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Select


def _movable(verb: Verb) -> tuple[Select[Any], Any]:
    """Return the campaigns that *verb* is possible for, locked, and where it leads."""
    ((source, target),) = [
        (state, goal) for (state, each), goal in TRANSITIONS.items() if each is verb
    ]
    return (
        select(CAMPAIGN.c.number)
        .where(
            CAMPAIGN.c.state == source,
            CAMPAIGN.c.announce == bindparam("of_announce"),
            # Somebody waits for an answer: it goes out as soon as the relay is back.
            true() if verb is Verb.FINISH else ~CAMPAIGN.c.answer,
        )
        .order_by(CAMPAIGN.c.number)
        .with_for_update(),
        target,
    )


_FINISHABLE, _DONE = _movable(Verb.FINISH)
_STOPPABLE, _STOPPED = _movable(Verb.STOP)

# One look into the index `mail_next` for each state, however many deliveries there are.
_OPEN = or_(
    *(
        exists().where(
            DELIVERY.c.campaign == CAMPAIGN.c.number,
            DELIVERY.c.state == state,
        )
        for state in OPEN
    )
)
_EMPTY = select(CAMPAIGN.c.number).where(
    CAMPAIGN.c.number.in_(bindparam("numbers", expanding=True)), ~_OPEN
)
_MOVE = update(CAMPAIGN).where(CAMPAIGN.c.number.in_(bindparam("numbers", expanding=True)))


def finish(connection: Connection, at: datetime, *, announce: bool) -> tuple[int, ...]:
    """End the campaigns that have nothing left to deliver; return their numbers."""
    locked = connection.execute(_FINISHABLE, {"of_announce": announce}).scalars().all()
    if not locked:
        return ()
    # A statement of its own: it sees what was committed while this one waited for the lock.
    numbers = tuple(connection.execute(_EMPTY, {"numbers": locked}).scalars())
    if numbers:
        connection.execute(_MOVE.values(state=_DONE, ended=at), {"numbers": numbers})
        changes.add_all(connection, [(each, ChangeEvent.DONE, {}) for each in numbers], at)
    return numbers


def stop(
    connection: Connection, reason: Mapping[str, Any], *, announce: bool
) -> list[changes.Entry]:
    """Pause what is being sent, because of the relay: *reason* has its phase, code and detail.

    Answers are not paused; that they wait is told once of each. Returns what is to be told.
    """
    numbers = tuple(connection.execute(_STOPPABLE, {"of_announce": announce}).scalars())
    if numbers:
        detail = " ".join(str(part) for part in reason.values() if part)
        values = {"state": _STOPPED, "pause": "relay", "pause_detail": detail}
        connection.execute(_MOVE.values(**values), {"numbers": numbers})
    waiting = () if announce else _answers_that_wait(connection)
    return [(each, ChangeEvent.STOPPED, reason) for each in (*numbers, *waiting)]


def answers_wait(connection: Connection) -> bool:
    """Say whether an answer is still to go out."""
    waits = (CAMPAIGN.c.state == CampaignState.SENDING) & CAMPAIGN.c.answer
    return connection.execute(select(CAMPAIGN.c.number).where(waits).limit(1)).first() is not None


def _answers_that_wait(connection: Connection) -> tuple[int, ...]:
    """Return the answers that go out no more for now, and of which that was not told."""
    new = (CAMPAIGN.c.state == CampaignState.SENDING) & CAMPAIGN.c.answer & (CAMPAIGN.c.pause == "")
    marked = update(CAMPAIGN).where(new).values(pause="relay").returning(CAMPAIGN.c.number)
    return tuple(connection.execute(marked).scalars())
