"""The policy: what a decision on a guest rests on, and what it can be; `decide` decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from bot.rules.policy import kernel as kernels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.fleet import Guest, GuestFacts
    from bot.rules.hold import Hold
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.policy.evidence import Standing
    from bot.rules.policy.kernel import KernelView
    from bot.rules.policy.matrix import Cell


class Action(StrEnum):
    """What becomes of one guest during the drain."""

    SUSPEND = "suspend"  # saved, later restored
    SHUTDOWN = "shutdown"  # shut down, later booted
    UNTOUCHED = "untouched"  # is off or blocked, and stays so


class Reason(StrEnum):
    """Why a decision was made; fields beside each, its words are in `templates/chat/`."""

    # suspended
    OPTED_IN = "opted_in"  # the customer asked for it, and nothing speaks against it
    INFRASTRUCTURE = "infrastructure"  # the configuration asks for it
    TRIAL_WISHED = "trial_wished"  # its customer asked for this one trial
    # shut down
    NOT_OPTED_IN = "not_opted_in"  # the customer did not ask for it
    NOT_IN_INVENTORY = "not_in_inventory"  # runs here, but nobody knows whose it is
    OPTED_OUT_LATE = "opted_out_late"  # since: opted out after the plan was made
    INFRASTRUCTURE_NOT_SUSPENDED = "infrastructure_not_suspended"  # so configured
    NO_SUSPEND = "no_suspend"  # the run was started with --no-suspend
    HELD = "held"  # scope, value, why, who, since: suspend+restore is on hold here
    SYSTEM_CANNOT = "system_cannot"  # system: its operating system cannot suspend
    DEVICE_CANNOT = "device_cannot"  # devices: it has devices that cannot be saved
    KERNEL_CONTRADICTS = "kernel_contradicts"  # claims (by source): they disagree
    KERNEL_OLD = "kernel_old"  # kernel, source: known to be damaged by a restore
    KERNEL_UNKNOWN = "kernel_unknown"  # no source tells its kernel
    # family, cell: it has damaged a disk before; or who, why: staff have banned it
    COMBINATION_BANNED = "combination_banned"
    NEEDED_BY_OTHERS = "needed_by_others"  # others wait for it: no experiment is made with it
    # code, host, since, until; family, cell: not proven, and not this host's turn
    COMBINATION_UNTRUSTED_ELSEWHERE = "combination_untrusted_elsewhere"
    PAIR_IMPOSSIBLE = "pair_impossible"  # untrusted, and no pair can be made of it
    GUARD_UNMET = "guard_unmet"  # --guard demands a pair and none can be made: no start
    TRIAL_UNPAIRED = "trial_unpaired"  # a trial demands a pair, and none can be made
    TRIAL_WITHDRAWN = "trial_withdrawn"  # since: its customer withdrew the wish after the plan
    # untouched, in a trial that has begun
    TRIAL_STOPPED = "trial_stopped"  # a guest tried before it did not come back up
    TRIAL_ABORTED = "trial_aborted"  # a person ended the trial before its turn
    # decided by the run, after a failure
    SAVE_FAILED = "save_failed"  # error: the guest went on running and is shut down instead
    IMAGE_FAILED = "image_failed"  # error: the image cannot be trusted; booted instead
    # untouched
    WAS_OFF = "was_off"  # was off, and stays so
    BLOCKED = "blocked"  # administratively off, and stays so
    # untouched, and the plan may not be started
    BLOCKED_BUT_RUNS = "blocked_but_runs"  # who stops it cannot start it again
    PAUSED_CANNOT_BE_SAVED = "paused_cannot_be_saved"  # why: a Reason, or "" (the hypervisor)
    HANGS_SUSPENDED = "hangs_suspended"  # left in memory by a save that was killed
    ZOMBIE = "zombie"  # gone, but its disks are still held
    RUNS_TWICE = "runs_twice"  # instances: on the same disks


#: A plan with a decision for one of these reasons may not be started.
REFUSALS = frozenset(
    {
        Reason.GUARD_UNMET,
        Reason.BLOCKED_BUT_RUNS,
        Reason.PAUSED_CANNOT_BE_SAVED,
        Reason.HANGS_SUSPENDED,
        Reason.ZOMBIE,
        Reason.RUNS_TWICE,
    }
)


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """The shipped defaults; the configuration may change each (`[policy]`).

    They loosen or tighten the rules for kernels, combinations and pairs, never opt-ins and holds.
    """

    unknown_kernels: Literal["shutdown", "suspend"] = "shutdown"
    old_kernels: Literal["shutdown", "suspend"] = "shutdown"
    minimum_kernel: str = "4.2-rc7"  # under Xen; see `kernel.FIXED_IN`
    fixed_kernels: tuple[str, ...] = ()  # `uname -r` of older ones that have the fix; * and ?
    systems: tuple[str, ...] = ("linux",)  # those that can suspend under Xen
    attest_months: int = 12  # a customer's word on their kernel is good for this long
    canaries: bool = True  # False: a combination is trusted until it is banned
    # auto: of every suspended guest, where space allows. off: of none, except under --guard; then
    # nothing is suspended under a combination not trusted.
    pairs: Literal["auto", "off"] = "auto"
    trust_count: int = 20  # successes without a failure that make a combination trusted
    trust_hosts: int = 2  # over at least this many hosts
    cool_down_hours: float = 12.0  # between two hosts under a combination not trusted
    breaker_damage: int = 1  # so many damaged guests in a run open the global hold
    breaker_dead: int = 2  # so many dead guests of a family in a run open a hold on it


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the host and the run bring to the decision on one guest."""

    hypervisor: str  # "xen-4.14.2"
    saves_paused: bool = False  # a paused guest can be saved and come back paused
    explore: bool = True  # this host may suspend under combinations not trusted, now
    waits: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))  # why not
    pair: bool = True  # there is space for a snapshot of this guest's disk
    needed: bool = False  # other guests need this one
    no_suspend: bool = False  # option of the run
    guard: bool = False  # option of the run
    trial: bool = False  # it is tried alone, with a pair: to learn


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a decision on one guest rests on."""

    guest: Guest
    facts: GuestFacts
    opt_in: OptIn | None
    hold: Hold | None  # the widest that covers it
    kernel: KernelView
    standing: Standing
    ground: Ground
    settings: PolicySettings
    cell: Cell | None = None  # of the matrix, which has its standing
    trial_wish: TrialWish | None = None  # the newest statement about a trial of it

    @property
    def family(self) -> str:
        """The guest's kernel family, as text."""
        facts = self.facts
        version = self.kernel.version
        return kernels.family(self.ground.hypervisor, facts.mode, facts.system, version)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is done with a guest, and why; `pair`: its image gets a disk snapshot."""

    action: Action
    reason: Reason
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    pair: bool = False
