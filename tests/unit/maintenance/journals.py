"""Journals of one run, written down row by row as a runner writes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.maintenance.progress import portions
from bot.maintenance.telling import Change, worded
from bot.maintenance.words import Words
from bot.ports import Message
from bot.rules.fleet import HostWork
from bot.rules.limits import Limits
from bot.rules.plan.data import plan_to_data
from bot.rules.plan.terms import Before, Order, Plan
from bot.rules.policy.terms import Action, Reason
from bot.rules.run.journal import Draft, Event, Row
from bot.rules.run.replay import apply, begun
from bot.rules.run.terms import Run
from tests.unit.rules.plans import NOW, step

WORDS = Words(Path(__file__).parents[3] / "templates" / "chat")
GRANT = "xen:grant_table: WARNING: g.e. 0x3 has not unmapped grant"


def plan(saved: Sequence[str] = ("vps1", "vps2"), off: Sequence[str] = ("vps3",)) -> Plan:
    """Guests to suspend, each with a pair, and guests to shut down."""
    suspends = [step(name, expected_downtime=300.0, pair=True) for name in saved]
    ordinary: dict[str, Any] = {"action": Action.SHUTDOWN, "reason": Reason.NOT_OPTED_IN}
    shutdowns = [step(name, expected_downtime=360.0, **ordinary) for name in off]
    return Plan(
        host="hobgoblin",
        at=NOW,
        steps=(*suspends, *shutdowns),
        order=Order.SUM,
        work=HostWork(kernel="5.10.46", hypervisor="xen-4.14.2"),
        before=Before(boot_id="b1", kernel="4.19.181", hypervisor="xen-4.14.2", memory_mib=65536),
        save_seconds=60.0,
        drain_seconds=60.0,
        work_seconds=240.0,
        restore_seconds=120.0,
        hash="3f9a12c0",
    )


@dataclass
class Journal:
    """Rows of one run, each a second after the one before unless `wait` came between."""

    plan: Plan = field(default_factory=plan)
    rows: list[Row] = field(default_factory=list)
    at: datetime = NOW

    def __post_init__(self) -> None:
        self.add(Event.BEGUN, host="hobgoblin", actor="os:anna", plan=plan_to_data(self.plan))

    def add(self, event: Event, guest: str = "", **data: object) -> "Journal":
        number = len(self.rows) + 1
        self.rows.append(Row(number=number, at=self.at, event=event, guest=guest, data=data))
        return self.wait(1)

    def wait(self, seconds: float) -> "Journal":
        self.at += timedelta(seconds=seconds)
        return self

    def did(self, verb: str, guest: str, **data: object) -> "Journal":
        self.add(Event.INTENDED, guest, verb=verb, attempt=1, **data)
        return self.add(Event.DONE, guest, verb=verb, attempt=1)

    def failed(self, verb: str, guest: str, error: str, left: str) -> "Journal":
        self.add(Event.INTENDED, guest, verb=verb, attempt=1)
        return self.add(
            Event.FAILED, guest, verb=verb, attempt=1, error=error, detail="rc 1", left=left
        )

    def save(self, *guests: str) -> "Journal":
        for guest in guests:
            self.did("save", guest, image=f"r1-{guest}")
            self.did("snapshot", guest, snapshot=f"r1-{guest}-pair").did("verify", guest)
        return self

    def worked(self) -> "Journal":
        """Bring the run to the gate: the host is empty, and worked on by hand."""
        for each in self.plan.steps:
            if each.action is Action.SUSPEND:
                self.save(each.guest)
            else:
                self.did("shutdown", each.guest)
        self.add(Event.PHASE, to="host_work", why="drained")
        self.add(Event.ASKED, question="work").wait(200).add(Event.CONTINUED, actor="os:anna")
        return self.add(Event.PHASE, to="gate", why="continued").wait(30)

    def empty(self) -> "Journal":
        """Bring the run to the bring-up of an ordinary host work by hand."""
        self.worked()
        return self.add(Event.PHASE, to="bring_up", why="ready", kernel="5.10.46")

    def restore(self, *guests: str) -> "Journal":
        for guest in guests:
            self.did("restore", guest).did("spend", guest).did("unpause", guest)
        return self

    def look(self, guest: str, verdict: str, **data: object) -> "Journal":
        return self.add(Event.LOOKED, guest, verdict=verdict, look=1, age=5.0, **data)

    def whole(self) -> "Journal":
        """A run without an incident, from start to report."""
        self.empty()
        for each in self.plan.steps:
            if each.action is Action.SUSPEND:
                self.restore(each.guest)
            else:
                self.did("boot", each.guest)
            self.look(each.guest, "up")
        return self.add(Event.ENDED, exit_status=0)

    def drafts(self) -> list[tuple[datetime, Draft]]:
        return [
            (row.at, Draft(event=row.event, guest=row.guest, data=row.data)) for row in self.rows
        ]

    def changes(self) -> list[Change]:
        run = begun("r1", self.rows[0])
        first = Change(before=run, row=self.rows[0], after=run)
        rest = (
            Change(before=run, row=row, after=(run := apply(run, row))) for row in self.rows[1:]
        )
        return [first, *rest]

    def run(self) -> Run:
        return self.changes()[-1].after

    def told(self, last: int | None = None) -> list[Message]:
        """The messages of all rows, or of the last few."""
        changes = self.changes()[-last if last else 0 :]
        return [worded(WORDS, p.tellings) for p in portions(changes, Limits())]


def without_pairs(names: Iterable[str]) -> Plan:
    whole = plan(saved=list(names))
    return replace(whole, steps=tuple(replace(s, pair=False) for s in whole.steps))
