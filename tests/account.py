"""The account of one run: all that its promises are judged by, read from the store and the world.

`tests/promises.py` judges it. Nothing here asks the bot; the journal, the caches and the host's
own file are read as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.rules.errors import BadConfiguration
from bot.rules.hold import Hold
from bot.rules.optin import OptIn, TrialWish
from bot.rules.run.replay import apply, begun, replay
from bot.storage.rows import select_fields
from bot.storage.tables import HOLD, OPT_IN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.executors.simulator import HostWorld, Simulator, Violation
    from bot.ports import RunRecord
    from bot.rules.fleet import Fleet
    from bot.rules.limits import Limits
    from bot.rules.policy.terms import PolicySettings
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run
    from bot.storage.store import DatabaseStore


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the bot was told: its inventory, its policy, its limits."""

    fleet: Fleet
    policy: PolicySettings
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class HoldRecord:
    """A hold that stood or stands."""

    hold: Hold
    lifted_at: datetime | None

    def stands(self, at: datetime) -> bool:
        return self.hold.opened_at <= at and (self.lifted_at is None or self.lifted_at > at)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One run of one host; *grace* (s) is how old news may be that a turn goes by."""

    rules: Rules
    record: RunRecord
    rows: tuple[Row, ...]
    states: dict[str, str]  # as the store has cached them
    opt_ins: tuple[OptIn, ...]  # every statement ever made, in order of arrival
    trial_wishes: tuple[TrialWish, ...]  # the same
    holds: tuple[HoldRecord, ...]
    world: HostWorld
    violations: tuple[Violation, ...]
    grace: float = 0.0

    @cached_property
    def run(self) -> Run:
        return replay(self.record.id, self.rows)

    @cached_property
    def corruption(self) -> str:
        """Say why the journal cannot be read; empty if it can."""
        try:
            replay(self.record.id, self.rows)
        except BadConfiguration as error:
            return str(error)
        return ""

    @cached_property
    def history(self) -> tuple[tuple[Run, Row], ...]:
        """Each row with the run as it was just before it, from the second row on."""
        run, found = begun(self.record.id, self.rows[0]), []
        for row in self.rows[1:]:
            found.append((run, row))
            run = apply(run, row)
        return tuple(found)


async def account_of(
    store: DatabaseStore, simulator: Simulator, rules: Rules, run: str, *, grace: float = 0.0
) -> Account:
    """Read the account of *run*, as things are now."""
    record = next(record for record in await store.runs() if record.id == run)
    opt_ins, holds = await store._read(_people)
    return Account(
        rules=rules,
        record=record,
        rows=await store.rows(run),
        states=dict(await store.states(run)),
        opt_ins=opt_ins,
        trial_wishes=await store.trial_statements(),
        holds=holds,
        world=simulator.world(record.host),
        violations=simulator.violations(),
        grace=grace,
    )


def _people(connection: Connection) -> tuple[tuple[OptIn, ...], tuple[HoldRecord, ...]]:
    said = connection.execute(select_fields(OPT_IN, OptIn).order_by(OPT_IN.c.number))
    held = connection.execute(select(HOLD).order_by(HOLD.c.id))
    opt_ins = tuple(OptIn(**row._asdict()) for row in said)
    return opt_ins, tuple(_hold_record(row._asdict()) for row in held)


def _hold_record(values: dict[str, Any]) -> HoldRecord:
    named = ("scope", "value", "reason", "opened_by", "opened_at", "id")
    hold = Hold(**{name: values[name] for name in named}, because=tuple(values["because"]))
    return HoldRecord(hold=hold, lifted_at=values["lifted_at"])
