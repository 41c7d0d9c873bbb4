"""The ports: what the bot asks of the world, stated by the one who calls.

Each has a shipped implementation that is not a mock (simulator, terminal, virtual clock, SQLite)
and one contract suite in `tests/contract` that every implementation passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.rules.fleet import Check, GuestFacts, HostFacts
    from bot.rules.hold import Hold, Scope
    from bot.rules.operation import Operation, OperationId, Outcome
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.plan.terms import Plan, PlanOptions
    from bot.rules.policy.evidence import Judgement, Trial
    from bot.rules.run.journal import Draft, Row
    from bot.rules.window.terms import Due, DueKind, DueState, Entry, Freeze, Window

T = TypeVar("T")


class Clock(Protocol):
    """World time: hosts, deadlines, looks, windows, reports. May be accelerated or virtual."""

    def now(self) -> datetime:
        """Return the instant in the world, aware, UTC."""

    async def wait_until(self, instant: datetime) -> None:
        """Return when the world has reached *instant*; at once if it has."""


class PacedClock(Clock, Protocol):
    """A clock of which it is known how fast it goes beside the machine's."""

    def machine_seconds(self, instant: datetime) -> float:
        """Return in how many seconds of the machine the world reaches *instant*, as it looks now.

        It is not negative.
        """


@dataclass(frozen=True, kw_only=True)
class Output:
    """Lines of a console or an operation, and the mark to read on from."""

    lines: tuple[str, ...] = ()
    end: int = 0


class HostExecutor(Protocol):
    """One host. Every call may raise ContactLost; a call that did may or may not have acted.

    Reads change nothing. `token` is the fencing token of the caller's lease: the host remembers
    the highest it has seen and refuses lower ones (Refused with Fault.OLD_TOKEN from `outcome`,
    MaintError from `submit`).
    """

    async def facts(self) -> HostFacts:
        """Describe the host."""

    async def guests(self) -> tuple[GuestFacts, ...]:
        """Describe every guest it knows, running or not, in order of name."""

    async def console(self, guest: str, after: int) -> Output:
        """Return the console lines of *guest* that are newer than the mark *after*."""

    async def output(self, operation: OperationId, after: int) -> Output:
        """Return what the tool behind *operation* printed after the mark *after*."""

    async def submit(self, operation: Operation, token: int) -> None:
        """Start *operation* and return; submitting the same id again starts nothing."""

    async def outcome(self, operation: OperationId, token: int) -> Outcome:
        """Say what became of *operation*. NeverSeen is final for every lower token."""


class Prober(Protocol):
    """Sees from outside whether a guest answers; never asks the host itself."""

    async def answers(self, guest: str, address: str, check: Check) -> bool:
        """Say whether *guest* answered *check* at *address* within the probe's time limit."""


# ---- chat ------------------------------------------------------------------------------------


class Audience(StrEnum):
    """Who sees a message."""

    CHANNEL = "channel"
    THREAD = "thread"  # the thread of the run's live message
    BOTH = "both"  # in the thread, shown in the channel too
    PERSON = "person"  # only the one who asked


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something a reader may do: a button in Slack, a command to type in a terminal."""

    label: str
    command: str  # in the grammar: "boot hobgoblin vps31"
    hurts: bool = False  # ask for confirmation
    about: str = ""  # what it decides: "hobgoblin/vps31"; nothing once that is decided


@dataclass(frozen=True, kw_only=True)
class Message:
    """One neutral message; every chat draws it in its own way."""

    text: str  # plain text, may have several lines
    answer: str = ""  # how a line answers it, behind the text; of no use where there are buttons
    fields: tuple[tuple[str, str], ...] = ()
    acts: tuple[Act, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()  # name, content
    audience: Audience = Audience.CHANNEL
    person: str = ""
    loud: bool = False  # a failure, an alarm, a question
    live: bool = False  # replaces the run's live message instead of adding one
    urgent: bool = False  # live: where it stands has changed; shown before other edits
    settles: tuple[tuple[str, str], ...] = ()  # what is offered no more, and how it was decided
    settled: tuple[str, ...] = ()  # how what it offered was decided

    def settling(self, about: str) -> Message:
        """Return it as the one that tells, by its first line, how *about* was decided."""
        return replace(self, settles=(*self.settles, (about, self.text.partition("\n")[0])))


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A message for a chat that is reached over a network, until it is shown, and as it is shown.

    `version` counts the ways it was to look, `shown` is the one that was delivered: 0 is none.
    """

    chat: str
    message: Message
    number: int = 0  # order of arrival, given by the store
    thread: int = 0  # number of the posting to whose thread it belongs
    place: str = ""  # where it goes; empty: where the chat's messages go
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 1
    shown: int = 0
    acts_version: int = 1  # counts the changes of what can be done by it
    files_shown: int = 0
    reference: str = ""  # of what is shown, in the chat's own terms
    doubtful: bool = False  # it was handed over once, and no answer came
    lost: str = ""  # why it is never shown


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as a chat has delivered it, recorded before the chat gets its acknowledgement.

    The same `delivery` acts once, and so does the same `key` while it is worked on and for some
    seconds after: two clicks are one. A button that still stands can be pressed again then.
    """

    key: str
    delivery: str
    chat: str
    actor: str
    text: str
    at: float  # machine time, seconds since 1970
    where: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    status: int | None = None  # exit status of its answer; None: there is none yet


class Chat(Protocol):
    """A place where messages go. Raises TryAgain when it cannot take one now."""

    name: str

    async def post(self, message: Message) -> str:
        """Show *message*; return a reference to it."""

    async def update(self, reference: str, message: Message) -> None:
        """Show *message* in place of the one at *reference*."""

    async def reply(self, reference: str, message: Message) -> str:
        """Show *message* in the thread of *reference*; return a reference to it."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asked for, from any chat or the shell."""

    actor: str  # "os:anna", "slack:U123"
    text: str  # in the grammar, without a leading "/maint"
    key: str  # unique: the same key acts once


# ---- store -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run's head; `status` is a cache of its journal."""

    id: str
    host: str
    actor: str
    started: datetime
    status: str = "drain"  # Phase
    rest: str = ""  # why nothing moves: "" moves, "ended", "asked", "paused", "released"
    ended: datetime | None = None
    exit_status: int | None = None
    due: datetime | None = None  # when it must be looked at again after its end (pairs to drop)
    kind: str = "maintenance"  # or "trial": some guests alone, one after the other, no host work


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A command that concerns a run, committed before anything is done."""

    key: str
    host: str
    actor: str
    verb: str  # "pause", "continue", "boot", "choose", …
    guest: str = ""
    argument: str = ""  # choose: the choice; release: the reason
    at: datetime | None = None  # world time
    number: int = 0  # order of arrival, given by the store


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to act on a host; `token` grows with every new owner."""

    host: str
    owner: str
    token: int


@dataclass(frozen=True, kw_only=True)
class News:
    """What others have written since a runner looked last."""

    wishes: tuple[Wish, ...] = ()
    holds: tuple[Hold, ...] = ()  # all that stand


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What is committed together with journal rows, in the same transaction."""

    states: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # guest: state
    run: RunRecord | None = None  # the head's new cache
    wishes: tuple[str, ...] = ()  # keys of the wishes now obeyed (or refused, by a row)
    holds: tuple[Hold, ...] = ()  # opened
    evidence: tuple[Trial, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """Who asked for what, when, and what came of it."""

    at: datetime
    actor: str
    text: str
    host: str = ""
    result: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far one chat has told one run."""

    chat: str
    run: str
    number: int  # of the last row told
    message: str = ""  # reference of the live message


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A start to which nothing is missing but a second person."""

    key: str  # of the request that proposed it
    host: str
    actor: str
    text: str  # as it was asked for
    reason: str
    options: PlanOptions
    plan: Plan  # as it was shown; it is made again when somebody approves
    at: datetime
    until: datetime  # nobody can approve it from then on


@dataclass(frozen=True, kw_only=True)
class LiftProposal:
    """The lifting of a hold to which nothing is missing but a second person."""

    scope: Scope
    value: str
    key: str  # of the request that proposed it
    actor: str
    reason: str
    at: datetime
    until: datetime  # nobody can approve it from then on
    seen: str = ""  # short digest of what its proposer was shown: the holds, and the damage


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """A run that begins in the transaction of something else."""

    run: RunRecord
    draft: Draft
    states: Mapping[str, str]  # by guest


@dataclass(frozen=True, kw_only=True)
class WindowChange:
    """What happens to one window, in one transaction.

    A window that is over takes only what leaves it as it is, and settles what is due for it.
    `also` does more of the same transaction, on the open connection and the window as it is then;
    what it returns is added to the data of the first entry. If it raises, nothing is recorded.
    """

    window: Window  # as it is from now on; number 0: it is new
    expected: int = 0  # the revision that it has until now
    entries: tuple[Entry, ...] = ()
    dues: tuple[Due, ...] | None = None  # instead of those that wait …
    keeps: frozenset[DueKind] = frozenset()  # … but for these kinds
    adds: tuple[Due, ...] = ()  # due besides; nothing that waits is void for it
    settles: Mapping[int, DueState] = field(default_factory=lambda: MappingProxyType({}))
    begins: Beginning | None = None
    beside: tuple[frozenset[int], frozenset[str] | None] | None = None  # all holds, open runs
    early: timedelta | None = None  # no run may have begun in it, or so long before its start
    also: Callable[[Any, Window], Mapping[str, Any]] | None = None


class Store(Protocol):
    """What must not be forgotten. Every method is one durable transaction.

    Raises TryAgain (STORE_UNREACHABLE) when the database is locked, full or away: nothing of the
    call is recorded. Calls that carry a lease raise TryAgain (LEASE_LOST) when it was taken over.
    """

    owner: str  # the name under which this process claims leases

    async def begin(
        self, run: RunRecord, draft: Draft, states: Mapping[str, str], proposal: str = ""
    ) -> Row:
        """Record a new run and its first row; what is proposed for its host waits no more.

        *proposal* is the key of the one that the run carries out. Raises Precondition: HOST_BUSY
        if a run is open, NO_PROPOSAL if that very proposal does not wait any more.
        """

    async def append(
        self, lease: Lease, run: str, drafts: Sequence[tuple[datetime, Draft]], effects: Effects
    ) -> tuple[Row, ...]:
        """Commit rows and their effects together; return the rows with their numbers."""

    async def rows(self, run: str, after: int = 0) -> tuple[Row, ...]:
        """Return a run's rows after a number. Raises BadConfiguration(CORRUPT_JOURNAL)."""

    async def runs(self, *, host: str = "", open_only: bool = False) -> tuple[RunRecord, ...]:
        """Return the heads of runs, newest first."""

    async def due(self, now: datetime) -> tuple[RunRecord, ...]:
        """Return ended runs whose `due` has come."""

    async def wanted(self) -> frozenset[str]:
        """Return the hosts for which there are wishes not yet obeyed."""

    async def states(self, run: str) -> Mapping[str, str]:
        """Return the cached state of each step of a run."""

    async def claim(self, host: str, owner: str) -> Lease | None:
        """Take the lease of *host* if it is free, ours, or its owner is dead; else None."""

    async def renew(self, lease: Lease) -> None:
        """Keep the lease. Raises TryAgain(LEASE_LOST)."""

    async def free(self, lease: Lease) -> None:
        """Give the lease up; harmless if it is no longer ours."""

    async def holder(self, host: str) -> str:
        """Return the live owner of a host's lease, or an empty string."""

    async def wish(self, wish: Wish) -> bool:
        """Record a wish; False if its key was seen before (nothing is recorded then)."""

    async def news(self, host: str) -> News:
        """Return the wishes for *host* not yet obeyed, oldest first, and all standing holds."""

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

        With the ids *known* it lifts just these: Raises Precondition(LIFT_CHANGED), and lifts
        nothing, if others stand, or not all of them.
        """

    async def holds(self) -> tuple[Hold, ...]:
        """Return the standing holds, oldest first."""

    async def propose(self, proposal: Proposal) -> str:
        """Record what waits for a second person; return who proposed what it replaces, if any."""

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

    async def state_opt_in(self, rows: Sequence[OptIn]) -> None:
        """Add statements."""

    async def restate(
        self, work: Callable[[Any, Mapping[str, OptIn]], tuple[Sequence[OptIn], T]], text: str = ""
    ) -> T:
        """Add the statements that *work* makes of the newest ones, and return its value.

        *work* gets the open transaction too, so that what it writes there is one commit with the
        statements; nobody else adds a statement meanwhile. If it raises, nothing is recorded.
        *text* is the warning that some of them confirm; its words are kept.
        """

    async def statements(
        self, *, guest: str = "", how: str = "", after: int = 0
    ) -> tuple[OptIn, ...]:
        """Return statements about *guest*, made in the way *how*, after a number, oldest first.

        What is empty is not asked for.
        """

    async def wish_trials(self, rows: Sequence[TrialWish]) -> None:
        """Add statements about trials."""

    async def rewish(
        self, work: Callable[[Any, Mapping[str, TrialWish]], tuple[Sequence[TrialWish], T]]
    ) -> T:
        """Add the statements about trials that *work* makes of the newest ones, as `restate`."""

    async def trial_wishes(self) -> Mapping[str, TrialWish]:
        """Return the newest statement about a trial of each guest."""

    async def trial_statements(self, after: int = 0) -> tuple[TrialWish, ...]:
        """Return every statement about trials after a number, oldest first."""

    async def consent_text(self, version: str) -> str:
        """Return the words of a warning that somebody has confirmed; empty: nobody has."""

    async def generations(self) -> Mapping[str, int]:
        """Return how often the personal links of guests were revoked, where they were."""

    async def revoke(self, guests: Sequence[str]) -> None:
        """Revoke every personal link that was ever made for *guests*."""

    async def evidence(self) -> tuple[Trial, ...]:
        """Return every recorded outcome of a restore, oldest first."""

    async def judge(self, judgement: Judgement) -> None:
        """Record what somebody says of a combination."""

    async def judgements(self) -> tuple[Judgement, ...]:
        """Return all that was ever said of combinations, oldest first."""

    async def audit(self, row: AuditRow) -> bool:
        """Record a request; False if its key was seen before (nothing is recorded then)."""

    async def settle(self, key: str, result: str) -> None:
        """Record what came of an audited request."""

    async def audits(self, host: str = "", limit: int = 50) -> tuple[AuditRow, ...]:
        """Return the newest audit rows, newest first."""

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*; number 0 if it has told nothing."""

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""

    async def first_seen(self, names: Sequence[str]) -> frozenset[str]:
        """Record guests of the inventory; return those seen for the first time.

        Opt-ins and kernels of an inventory file are read only for these.
        """

    async def strangers(self, uuids: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the guests that were another machine (uuids, by name) when they were recorded.

        And all whose uuid is to be recorded, these among them.
        """

    async def identify(self, uuids: Mapping[str, str]) -> None:
        """Record which machines guests are, by name; they must have been seen first."""

    async def known(self) -> frozenset[str]:
        """Return the names of all guests the inventory ever held and still holds."""

    async def forget(self, names: Sequence[str]) -> None:
        """Record that guests have left the inventory; their opt-ins and history stay."""

    async def asked(self, asked: Asked) -> str:
        """Record a request; return its key, no other's; empty if it came before."""

    async def answered(self, key: str, status: int) -> None:
        """Record that a request has its answer."""

    async def orphaned(self, chat: str) -> tuple[Asked, ...]:
        """Return the requests without an answer whose process is no more, oldest first."""

    async def audited(self, key: str) -> AuditRow | None:
        """Return the audit row of a request, or None."""

    async def post(self, posting: Posting) -> int:
        """Add a posting and return its number; acts that its message settles are taken away.

        One that has its number is there, and looks like this from now on.
        """

    async def edit(self, number: int, message: Message) -> None:
        """Let a posting look like *message* from now on."""

    async def postings(self, chat: str) -> tuple[Posting, ...]:
        """Return what is not shown as it shall look, oldest first; none that is lost."""

    async def posting(self, chat: str, number: int = 0, reference: str = "") -> Posting | None:
        """Return one posting by its number or by its reference, or None."""

    async def shown(self, number: int, **known: object) -> None:
        """Record of a posting: shown, files_shown, reference, place, doubtful or lost."""

    async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
        """Change windows, all or none, and return them as they are now.

        Raises:
            Precondition: WINDOW_OVERLAPS, FROZEN; UNKNOWN_WINDOW, WINDOW_OVER, WINDOW_CHANGED
                of one that was there; WINDOW_BEGUN: a run began in it, where `early` forbids it;
                HOST_BUSY of a run that was to begin; PLAN_CHANGED: a hold or a run has come
                that is not among those of `beside`.
            TryAgain: LEASE_LOST: somebody else has settled a due row meanwhile.
        """

    async def window(self, number: int) -> Window:
        """Return one window. Raises BadRequest(UNKNOWN_WINDOW)."""

    async def windows(self, *, open_only: bool = False) -> tuple[Window, ...]:
        """Return the windows, in order of their start."""

    async def entries(self, after: int = 0, window: int = 0) -> tuple[Entry, ...]:
        """Return the journal of windows after a number, oldest first; some hundred at most.

        Of one *window*, and after no number, these are the newest; else the first after it.
        """

    async def dues(self, now: datetime, but: Collection[int] = ()) -> tuple[Due, ...]:
        """Return what is due by *now* and waits, without the rows *but*, oldest first.

        Some hundred at most.
        """

    async def agenda(self, window: int) -> tuple[Due, ...]:
        """Return what still waits for a window, in order of time."""

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """Return when the first thing is due that waits, later than *after*; None: nothing is."""

    async def freeze(self, freeze: Freeze) -> Freeze:
        """Record a freeze, and return it with its number."""

    async def freezes(self, now: datetime | None = None) -> tuple[Freeze, ...]:
        """Return the freezes that stand and end after *now*, in order of their start."""

    async def thaw(self, number: int, actor: str, at: datetime) -> Freeze:
        """Lift a freeze, and return it. Raises BadRequest(UNKNOWN_FREEZE)."""

    async def close(self) -> None:
        """Finish what is queued and close the database."""
