"""The plan of a run: what will be done with each guest and why, before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.rules.fleet import Check, HostWork
    from bot.rules.policy.terms import Action, Reason


class Order(StrEnum):
    """Who waits for whom."""

    SUM = "sum"  # least downtime in all: largest saved first, smallest restored first
    FAIR = "fair"  # the worst guest waits as little as possible: restored as saved


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One guest's part. Times are predictions in seconds from the start of the drain."""

    guest: str
    uuid: str
    action: Action
    reason: Reason
    memory_mib: int = 0
    family: str = ""  # kernel family, as text
    kernel: str = ""  # what we believe it runs, as text; empty: unknown
    infrastructure: bool = False
    canary: bool = False  # the host's expendable canary, restored first and alone
    family_canary: bool = False  # the customer canary of its family, restored alone
    pair: bool = False  # a disk snapshot is taken with the image
    needs: tuple[str, ...] = ()
    priority: float = 1.0
    address: str = ""
    checks: tuple[Check, ...] = ()  # those that were answered at plan time
    was: str = "running"  # GuestState at plan time
    shutdown_seconds: float = 180.0  # when it is expected to be off after being asked
    save_rank: int = 0  # 0 is saved first; also the order of shutdowns
    restore_rank: int = 0
    begins: float = 0.0  # its save begins or its shutdown is asked for, after the drain's start
    expected_downtime: float = 0.0
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))  # of reason
    # Of a trial: how long after its restore, in seconds, a guest that comes back wrong is rolled
    # back by itself. 0: it is no trial.
    trial: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something staff should know before they start; code and fields, words in templates."""

    code: str
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Before:
    """What the host was when it was planned; the host-ready gate compares."""

    boot_id: str
    kernel: str
    hypervisor: str
    memory_mib: int
    bridges: tuple[str, ...] = ()
    volume_groups: tuple[str, ...] = ()
    cpu_features: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanCell:
    """The cell of the matrix that decided on the guests of one kernel family."""

    family: str
    cell: str  # its name
    standing: str  # Standing
    good: int = 0  # restores that count towards trust …
    wanted: int = 0  # … of so many
    hosts: int = 0  # on so many hosts
    trusted_by: str = ""  # who trusts it, where that counts instead
    suspended: int = 0  # guests of this plan
    shut: int = 0  # guests that are shut down because of it


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What the one who starts a run may ask for."""

    no_suspend: bool = False  # every guest is shut down
    guard: bool = False  # every image must be a pair, else the plan may not be started
    trial: tuple[str, ...] = ()  # these guests alone are tried, in this order; no host work


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps with their reasons; `problems` not empty means it may not be started."""

    host: str
    at: datetime
    steps: tuple[PlanStep, ...]
    order: Order
    work: HostWork  # with kernel and hypervisor filled in: what is expected afterwards
    before: Before
    streams: int = 1  # saves and restores at a time
    disk_mib_s: float = 500.0
    verify_mib_s: float = 300.0
    trusted: bool = False  # every combination of a suspended guest is trusted: no canaries
    save_seconds: float = 0.0  # start of the drain to the last image verified
    drain_seconds: float = 0.0  # … and to the last guest off
    work_seconds: float = 0.0
    restore_seconds: float = 0.0
    sum_downtime: float = 0.0
    worst_downtime: float = 0.0
    warnings: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()
    cells: tuple[PlanCell, ...] = ()  # measurements, like the times: the hash is without them
    beside: tuple[str, ...] = ()  # of a trial: what else was up on the host; not in the hash
    hash: str = ""

    @property
    def trial(self) -> bool:
        """Whether guests are tried alone, one after the other, without host work."""
        return any(step.trial for step in self.steps)
