"""Evidence: every recorded outcome of a restore. Rows are only ever added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bot.rules.policy.evidence import Combination, Trial
from bot.storage.tables import TRIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def add(connection: Connection, trials: Sequence[Trial]) -> None:
    """Add outcomes."""
    if trials:
        connection.execute(insert(TRIAL), [_values(trial) for trial in trials])


def everything(connection: Connection) -> tuple[Trial, ...]:
    """Return every outcome, oldest first."""
    return tuple(_trial(row) for row in connection.execute(select(TRIAL).order_by(TRIAL.c.number)))


def _values(trial: Trial) -> dict[str, Any]:
    values = asdict(trial)
    return {**values, **values.pop("combination")}


def _trial(row: Row[Any]) -> Trial:
    combination = Combination(
        saved_on=row.saved_on,
        saved_hypervisor=row.saved_hypervisor,
        restored_on=row.restored_on,
        restored_hypervisor=row.restored_hypervisor,
        family=row.family,
    )
    return Trial(
        at=row.at,
        run=row.run,
        host=row.host,
        guest=row.guest,
        combination=combination,
        outcome=row.outcome,
    )
