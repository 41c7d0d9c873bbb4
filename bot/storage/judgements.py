"""What people have said of combinations, and the lifting of holds that waits for a second one."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from bot.ports import LiftProposal
from bot.rules.policy.evidence import Combination, Judgement
from bot.storage.dialects import put
from bot.storage.rows import built, select_fields
from bot.storage.tables import JUDGEMENT, LIFT_PROPOSAL

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from bot.rules.hold import Scope

_PLACE = tuple(field.name for field in fields(Combination))


def judge(connection: Connection, judgement: Judgement) -> None:
    """Add what somebody has said; the order of arrival is the database's."""
    values = asdict(judgement)
    place = values.pop("combination")
    del values["number"]
    connection.execute(insert(JUDGEMENT), {**values, **place})


def everything(connection: Connection) -> tuple[Judgement, ...]:
    """Return all that was ever said, oldest first."""
    rows = connection.execute(select(JUDGEMENT).order_by(JUDGEMENT.c.number))
    return tuple(_judgement(row) for row in rows)


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        number=row.number,
        at=row.at,
        actor=row.actor,
        combination=Combination(**{name: getattr(row, name) for name in _PLACE}),
        verdict=row.verdict,
        reason=row.reason,
    )


def propose(connection: Connection, proposal: LiftProposal) -> None:
    """Record a lifting that waits; what waited for the same hold is replaced."""
    put(connection, LIFT_PROPOSAL, [asdict(proposal)])


def waiting(connection: Connection, scope: Scope, value: str) -> LiftProposal | None:
    """Return the lifting that waits for this hold, expired or not, or None."""
    here = (LIFT_PROPOSAL.c.scope == scope) & (LIFT_PROPOSAL.c.value == value)
    row = connection.execute(select_fields(LIFT_PROPOSAL, LiftProposal).where(here)).one_or_none()
    return built(LiftProposal, row) if row else None


def dismiss(connection: Connection, proposal: LiftProposal) -> bool:
    """Close a lifting; False if that very one did not wait any more."""
    gone = delete(LIFT_PROPOSAL).where(
        LIFT_PROPOSAL.c.scope == proposal.scope,
        LIFT_PROPOSAL.c.value == proposal.value,
        LIFT_PROPOSAL.c.key == proposal.key,
    )
    return bool(connection.execute(gone).rowcount)
