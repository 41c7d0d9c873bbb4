"""What the chats ask of maintenance and of the store; `bot.maintenance.desk` answers it.

What they ask of mail is in `bot.chat.asked_of_mail`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.maintenance.shapes import GuestView, HostView, RunView
    from bot.maintenance.trials import Tried, Wished
    from bot.ports import AuditRow, Chat, Clock, Cursor, LiftProposal, Proposal, RunRecord, Wish
    from bot.rules.fleet import Fleet
    from bot.rules.hold import Hold, Scope
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.plan.terms import Plan, PlanOptions
    from bot.rules.policy.evidence import Judgement, Trial
    from bot.rules.policy.matrix import Cell
    from bot.rules.run.journal import Row


class Rest(Protocol):
    """How the newest run of a host stands."""

    @property
    def resting(self) -> bool:
        """Whether nothing moves until a person does something, or ever."""

    @property
    def exit_status(self) -> int:
        """0: all is well; 1: a guest is down or damaged; 3: it waits for a person."""

    @property
    def commands(self) -> Sequence[str]:
        """What goes on from here, as it is typed."""


class Records(Protocol):
    """The part of the store (`bot.ports.Store`, which says what each does) that chats use."""

    async def runs(self, *, host: str = "", open_only: bool = False) -> tuple[RunRecord, ...]:
        """Return the heads of runs, newest first."""

    async def rows(self, run: str, after: int = 0) -> tuple[Row, ...]:
        """Return a run's rows after a number."""

    async def holder(self, host: str) -> str:
        """Return the live owner of a host's lease, or an empty string."""

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*."""

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""

    async def hold(self, hold: Hold) -> Hold:
        """Open a hold; an equal one that stands is returned instead."""

    async def lift(
        self,
        scope: Scope,
        value: str,
        actor: str,
        reason: str,
        at: datetime,
        known: Collection[int] | None = None,
    ) -> int:
        """Lift the holds of this scope and value; return how many stood.

        Raises Precondition(LIFT_CHANGED) if those are others than the *known* ones.
        """

    async def holds(self) -> tuple[Hold, ...]:
        """Return the standing holds, oldest first."""

    async def proposal(self, host: str) -> Proposal | None:
        """Return what is proposed for *host*, expired or not, or None."""

    async def dismiss(self, host: str, key: str) -> bool:
        """Close a proposal; False if it did not wait any more."""

    async def propose_lift(self, proposal: LiftProposal) -> None:
        """Record the lifting of a hold that waits; what waited for the same hold is replaced."""

    async def lift_proposal(self, scope: Scope, value: str) -> LiftProposal | None:
        """Return the lifting that waits for this hold, expired or not, or None."""

    async def dismiss_lift(self, proposal: LiftProposal) -> bool:
        """Close a lifting; False if that very one did not wait any more."""

    async def opt_ins(self, guests: Collection[str] | None = None) -> Mapping[str, OptIn]:
        """Return the newest statement of each of *guests*, or of every guest."""

    async def evidence(self) -> tuple[Trial, ...]:
        """Return every recorded outcome of a restore, oldest first."""

    async def judge(self, judgement: Judgement) -> None:
        """Record what somebody says of a combination."""

    async def audit(self, row: AuditRow) -> bool:
        """Record a request; False if its key was seen before."""

    async def settle(self, key: str, result: str) -> None:
        """Record what came of an audited request."""

    async def audits(self, host: str = "", limit: int = 50) -> tuple[AuditRow, ...]:
        """Return the newest audit rows, newest first."""


class Desk(Protocol):
    """The fleet, its runs, and the ways to change them. Every call may raise a MaintError."""

    @property
    def fleet(self) -> Fleet:
        """The inventory."""

    @property
    def store(self) -> Records:
        """Runs, holds, evidence and the audit."""

    @property
    def clock(self) -> Clock:
        """World time."""

    @property
    def trials(self) -> Trials:
        """Trials that customers ask for, and what became of them."""

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        """Observe *host* and plan a run; nothing is touched."""

    async def start(  # noqa: PLR0913 - what the first row of its journal says
        self,
        host: str,
        options: PlanOptions,
        *,
        actor: str,
        key: str,
        plan_hash: str,
        reason: str,
        alone: bool = False,
    ) -> RunRecord:
        """Begin a run. Raises Precondition: PLAN_CHANGED, PLAN_REFUSED, HOST_BUSY."""

    async def propose(self, proposal: Proposal) -> str:
        """Record a start that waits; return who proposed what it replaces. Raises as `start`."""

    async def approve(self, proposal: Proposal, approver: str) -> RunRecord:
        """Begin the run proposed. Raises as `start`, and NO_PROPOSAL if it waits no more."""

    async def cells(self) -> tuple[Cell, ...]:
        """Return the matrix of evidence."""

    async def cell(self, name: str) -> Cell:
        """Return one cell, also one a plan names. Raises BadRequest: UNKNOWN_, AMBIGUOUS_CELL."""

    async def wish(self, wish: Wish) -> None:
        """Record a wish. Raises BadRequest: NOT_NOW, NO_RUN."""

    async def hosts(self) -> Sequence[HostView]:
        """Describe every host."""

    async def guests(self, host: str) -> Sequence[GuestView]:
        """Describe every guest of *host*."""

    async def run(self, host: str) -> RunView | None:
        """Return the newest run of *host*, or None."""

    async def log(self, host: str) -> tuple[Row, ...]:
        """Return the journal of the newest run of *host*."""

    async def at_rest(self, host: str) -> Rest:
        """Say how the newest run of *host* stands; it never rests under a wish not yet obeyed."""


class Trials(Protocol):
    """What customers ask to be tried (`bot.maintenance.trials`, which says what is raised)."""

    async def ask(self, guest: str, note: str, actor: str) -> TrialWish:
        """Record that the customer of *guest* asks for a trial."""

    async def schedule(self, guest: str, at: datetime, actor: str) -> TrialWish:
        """Record that its trial is agreed to be at *at*."""

    async def withdraw(self, guest: str, actor: str) -> TrialWish:
        """Record that it is not asked for any more."""

    async def standing(self) -> tuple[Wished, ...]:
        """Return what is asked for and stands, the oldest first."""

    async def outcomes(self) -> tuple[Tried, ...]:
        """Return what became of each guest's newest trial, the newest trial first."""


class Groups(Protocol):
    """Says which groups of their chat people are in."""

    async def __call__(self, actor: str, *, anew: bool) -> frozenset[str]:
        """Return the groups of *actor*; *anew*: as they are now. Who is not known is in none."""


class Teller(Protocol):
    """Tells chats what journals say (`bot.maintenance.progress.Projection`)."""

    async def tell(self, chat: Chat, run_id: str, *, pace: float = ...) -> bool:
        """Tell *chat* what is new in a run; its live message every *pace* seconds at most."""

    def forget(self, chat: Chat) -> None:
        """Read anew how far *chat* is told: another process may have told it meanwhile."""
