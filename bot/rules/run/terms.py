"""A run and its steps, as far as its journal tells; `replay` makes them from the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.rules.operation import Operation
    from bot.rules.plan.terms import Plan, PlanStep
    from bot.rules.policy.terms import Action
    from bot.rules.run.states import Phase, StepState


@dataclass(frozen=True, kw_only=True)
class Step:
    """One guest's part in a run, as far as the journal tells."""

    plan: PlanStep
    state: StepState
    since: datetime  # when it entered `state`
    action: Action
    reason: str  # a policy Reason; differs from the plan's after DECIDED
    flight: Operation | None = None  # intended, outcome not recorded
    flight_since: datetime | None = None
    before_flight: StepState | None = None  # where NEVER leads back to
    attempts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    tries: int = 0  # failed restores or boots since somebody last chose
    image: str = ""  # the newest image written for it
    spent: bool = False  # that image is spent
    pair: str = ""  # the snapshot that belongs to the image
    pair_failed: bool = False
    kept: str = ""  # the snapshot of its damaged disk as it was
    keep_failed: bool = False
    rolled: bool = False  # the disk was rolled back to the pair
    roll_failed: bool = False
    mark: int = 0  # console lines after this are newer than its last start
    domid: int = 0
    let_go: datetime | None = None  # when it last began to run
    looks: int = 0
    looked_at: datetime | None = None
    cpu_seconds: float = 0.0  # at the last look
    silent: bool = False  # it did not answer at the last look
    mended: int = 0  # announce and replug tried so far
    verdict: str = ""  # the last bad one: damage, dead, broken, unreachable
    bad: str = ""  # damage or dead: what the breaker counts; it stays
    verdict_look: int = 0
    verdict_age: float = 0.0  # seconds between let_go and that look
    lines: tuple[str, ...] = ()  # console lines that matched
    error: str = ""  # the last Fault, or the code of GAVE_UP
    detail: str = ""
    choice: str = ""  # what a person chose and is not yet carried out
    chooser: str = ""
    allowed: bool = False  # a person said: restore it in spite of the hold
    cold: bool = False  # a person (or the deadline) said: boot it, do not restore it
    more: float = 0.0  # seconds added to its deadline by a person
    warned: bool = False  # its deadline was announced
    down_since: datetime | None = None
    up_at: datetime | None = None
    how: str = ""  # restored | booted | rolled_back: how it last came to run

    @property
    def guest(self) -> str:
        """Return the guest's name."""
        return self.plan.guest

    @property
    def image_lives(self) -> bool:
        """Say whether there is an image that has not been given back."""
        return bool(self.image) and not self.spent


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something only a person can answer; `deadline` None waits for ever."""

    kind: str  # choose | gate | work | work_failed | intruder
    guests: tuple[str, ...] = ()
    deadline: datetime | None = None
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Work:
    """How far the host work is."""

    done: int = 0  # commands that have ended well
    flight: Operation | None = None
    flight_since: datetime | None = None
    attempts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    error: str = ""
    detail: str = ""
    reboots: int = 0  # reboots that were seen through
    boot_before: str = ""  # the host's boot id when the reboot was intended
    kernel: str = ""  # expected after the reboot; empty: as the plan says
    rebooted_at: datetime | None = None
    printed: int = 0  # mark behind what the command under way has printed and the journal has


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run, whole. `number` is that of the last row applied."""

    id: str
    host: str
    actor: str
    plan: Plan
    phase: Phase
    started: datetime
    at: datetime  # of the last row
    number: int
    steps: Mapping[str, Step]
    phase_since: datetime
    boot_id: str = ""  # of the host, while its guests are drained, or brought up
    no_suspend: bool = False  # options it was started with
    guard: bool = False
    work: Work = Work()
    question: Question | None = None
    paused: bool = False
    aborting: bool = False
    released: bool = False
    release_reason: str = ""
    continued: bool = False  # a person said continue, not yet acted upon
    #: (scope, value) of the holds that the breaker opened, and the outcomes that opened each.
    held: Mapping[tuple[str, str], frozenset[str]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    problems: tuple[Mapping[str, object], ...] = ()  # of the host-ready gate
    late: frozenset[str] = frozenset()  # what was reported late: "host" or a guest
    silent_since: datetime | None = None
    gated: bool = False  # the host was handed over to its work: it may be another one now
    going_back: bool = False  # `choose back`: reboot to the kernel before
    drained_at: datetime | None = None
    ready_at: datetime | None = None
    ended: datetime | None = None
    summary: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
