"""Values for tests of the store: valid by default, a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.ports import AuditRow, Effects, Lease, RunRecord, Store, Wish
from bot.rules.hold import Hold, Scope
from bot.rules.optin import OptIn
from bot.rules.policy.evidence import Combination, RestoreOutcome, Trial
from bot.rules.run.journal import Draft, Event, Row

T0 = datetime(2021, 8, 25, 21, 0, tzinfo=UTC)
NOTHING = Effects()

Open = Callable[[str], Store]  # opens the database again, for another owner
Sql = Callable[[str], object]  # does to the database what no store would


def later(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def run_record(name: str = "r1", host: str = "hobgoblin", started: datetime = T0) -> RunRecord:
    return RunRecord(id=name, host=host, actor="os:anna", started=started)


def ended(run: RunRecord, due: datetime | None = None) -> RunRecord:
    return replace(run, status="ended", rest="ended", ended=later(60), exit_status=0, due=due)


def draft(guest: str = "vps31", **data: object) -> tuple[datetime, Draft]:
    return later(1), Draft(event=Event.INTENDED, guest=guest, data=data)


async def begun(store: Store, name: str = "r1", host: str = "hobgoblin") -> Lease:
    """Begin a run and return the lease of its host."""
    await store.begin(run_record(name, host), Draft(event=Event.BEGUN), {})
    return await claimed(store, host)


async def claimed(store: Store, host: str = "hobgoblin", owner: str = "anna") -> Lease:
    lease = await store.claim(host, owner)
    assert lease is not None
    return lease


async def written(store: Store, rows: int) -> tuple[Row, ...]:
    """Begin a run and return its journal, *rows* long."""
    lease = await begun(store)
    await store.append(lease, "r1", [draft(n=n) for n in range(1, rows)], NOTHING)
    return await store.rows("r1")


def wish(key: str = "k1", host: str = "hobgoblin", verb: str = "pause") -> Wish:
    return Wish(key=key, host=host, actor="os:anna", verb=verb, at=T0)


def hold(scope: Scope = Scope.HOST, value: str = "hobgoblin", reason: str = "careful") -> Hold:
    return Hold(scope=scope, value=value, reason=reason, opened_by="os:anna", opened_at=T0)


def opt_in(guest: str = "vps31", *, wanted: bool = True) -> OptIn:
    return OptIn(guest=guest, wanted=wanted, at=T0, who="os:anna", how="chat", kernel="5.10")


def audit_row(key: str = "", host: str = "hobgoblin", text: str = "start") -> AuditRow:
    return AuditRow(at=T0, actor="os:anna", text=text, host=host, key=key)


def trial(guest: str = "vps31", outcome: RestoreOutcome = RestoreOutcome.RESTORED) -> Trial:
    combination = Combination(
        saved_on="4.19.181",
        saved_hypervisor="xen-4.14.2",
        restored_on="5.10.46",
        restored_hypervisor="xen-4.14.2",
        family="xen/pv/linux 3.16",
    )
    return Trial(
        at=T0, run="r1", host="hobgoblin", guest=guest, combination=combination, outcome=outcome
    )
