"""The `Store` port over a database: each method is one transaction of one subject's module."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.ports import News
from bot.storage import asked as asked_of_us
from bot.storage import (
    audit,
    customers,
    evidence,
    freezes,
    holds,
    journal,
    judgements,
    leases,
    postings,
    proposals,
    runs,
    trial_wishes,
    windows,
    wishes,
)
from bot.storage.mail import MailTransactions, MailWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.ports import (
        Asked,
        AuditRow,
        Cursor,
        Effects,
        Lease,
        LiftProposal,
        Message,
        Posting,
        Proposal,
        RunRecord,
        WindowChange,
        Wish,
    )
    from bot.rules.hold import Hold, Scope
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.policy.evidence import Judgement, Trial
    from bot.rules.run.journal import Draft, Row
    from bot.rules.window.terms import Due, Entry, Freeze, Window
    from bot.storage.database import Database

T = TypeVar("T")


class DatabaseStore:
    """What must not be forgotten, in SQLite or PostgreSQL; promises are those of the port."""

    def __init__(self, database: Database, owner: str) -> None:
        """Own *database* until `close`; *owner* is this process's name for leases."""
        self.owner = owner
        self.origin = database.origin
        self.transactions = MailTransactions(database)
        self.workers = MailWorkers(database.living, owner)
        self._living = database.living
        self._read = database.read
        self._write = database.write
        self._close = database.close

    # ---- runs ----

    async def begin(
        self, run: RunRecord, draft: Draft, states: Mapping[str, str], proposal: str = ""
    ) -> Row:
        """Record a new run and its first row; what is proposed for its host waits no more.

        Raises Precondition: HOST_BUSY, NO_PROPOSAL.
        """
        return await self._write(
            lambda c: runs.begin(c, run, draft, states, self._living, proposal), first=True
        )

    async def append(
        self, lease: Lease, run: str, drafts: Sequence[tuple[datetime, Draft]], effects: Effects
    ) -> tuple[Row, ...]:
        """Commit rows and their effects together; return the rows with their numbers."""
        return await self._write(
            lambda c: runs.append(c, lease, run, drafts, effects, self._living)
        )

    async def rows(self, run: str, after: int = 0) -> tuple[Row, ...]:
        """Return a run's rows after a number. Raises BadConfiguration(CORRUPT_JOURNAL)."""
        return await self._read(lambda c: journal.read(c, run, after))

    async def runs(self, *, host: str = "", open_only: bool = False) -> tuple[RunRecord, ...]:
        """Return the heads of runs, newest first."""
        return await self._read(lambda c: runs.heads(c, host, open_only=open_only))

    async def due(self, now: datetime) -> tuple[RunRecord, ...]:
        """Return ended runs whose `due` has come."""
        return await self._read(lambda c: runs.due(c, now))

    async def states(self, run: str) -> Mapping[str, str]:
        """Return the cached state of each step of a run."""
        return await self._read(lambda c: runs.states(c, run))

    # ---- leases ----

    async def claim(self, host: str, owner: str) -> Lease | None:
        """Take the lease of *host* if it is free, ours, or its owner is dead; else None."""
        return await self._write(lambda c: leases.claim(c, host, owner, self._living))

    async def renew(self, lease: Lease) -> None:
        """Keep the lease. Raises TryAgain(LEASE_LOST)."""
        await self._write(lambda c: leases.renew(c, lease, self._living))

    async def free(self, lease: Lease) -> None:
        """Give the lease up; harmless if it is no longer ours."""
        await self._write(lambda c: leases.free(c, lease, self._living))

    async def holder(self, host: str) -> str:
        """Return the live owner of a host's lease, or an empty string."""
        return await self._read(lambda c: leases.holder(c, host, self._living))

    # ---- wishes and holds ----

    async def wish(self, wish: Wish) -> bool:
        """Record a wish; False if its key was seen before (nothing is recorded then)."""
        return await self._write(lambda c: wishes.add(c, wish), first=True)

    async def wanted(self) -> frozenset[str]:
        """Return the hosts for which there are wishes not yet obeyed."""
        return await self._read(wishes.wanted)

    async def news(self, host: str) -> News:
        """Return the wishes for *host* not yet obeyed, oldest first, and all standing holds."""

        def look(connection: Connection) -> News:
            unheard = wishes.still_open(connection, host)
            return News(wishes=unheard, holds=holds.standing(connection))

        return await self._read(look)

    async def hold(self, hold: Hold) -> Hold:
        """Open a hold; an equal one that stands is returned instead."""
        return await self._write(lambda c: holds.open_hold(c, hold), first=True)

    async def lift(
        self,
        scope: Scope,
        value: str,
        actor: str,
        reason: str,
        at: datetime,
        known: Collection[int] | None = None,
    ) -> int:
        """Lift the holds of this scope and value; return how many stood."""
        return await self._write(
            lambda c: holds.lift(c, scope, value, actor, reason, at, known=known), first=True
        )

    async def holds(self) -> tuple[Hold, ...]:
        """Return the standing holds, oldest first."""
        return await self._read(holds.standing)

    # ---- proposals ----

    async def propose(self, proposal: Proposal) -> str:
        """Record what waits for a second person; return who proposed what it replaces, if any."""
        return await self._write(lambda c: proposals.propose(c, proposal), first=True)

    async def proposal(self, host: str) -> Proposal | None:
        """Return what is proposed for *host*, expired or not, or None."""
        return await self._read(lambda c: proposals.waiting(c, host))

    async def dismiss(self, host: str, key: str) -> bool:
        """Close a proposal; False if it did not wait any more."""
        return await self._write(lambda c: proposals.dismiss(c, host, key), first=True)

    async def propose_lift(self, proposal: LiftProposal) -> None:
        """Record the lifting of a hold that waits; what waited for the same hold is replaced."""
        await self._write(lambda c: judgements.propose(c, proposal), first=True)

    async def lift_proposal(self, scope: Scope, value: str) -> LiftProposal | None:
        """Return the lifting that waits for this hold, expired or not, or None."""
        return await self._read(lambda c: judgements.waiting(c, scope, value))

    async def dismiss_lift(self, proposal: LiftProposal) -> bool:
        """Close a lifting; False if that very one did not wait any more."""
        return await self._write(lambda c: judgements.dismiss(c, proposal), first=True)

    # ---- windows ----

    async def change_windows(self, changes: Sequence[WindowChange]) -> tuple[Window, ...]:
        """Change windows, all or none, and return them as they are now."""
        return await self._write(lambda c: windows.change(c, changes, self._living), first=True)

    async def window(self, number: int) -> Window:
        """Return one window. Raises BadRequest(UNKNOWN_WINDOW)."""
        return await self._read(lambda c: windows.one(c, number))

    async def windows(self, *, open_only: bool = False) -> tuple[Window, ...]:
        """Return the windows, in order of their start."""
        return await self._read(lambda c: windows.every(c, open_only=open_only))

    async def entries(self, after: int = 0, window: int = 0) -> tuple[Entry, ...]:
        """Return the journal of windows after a number, oldest first; some hundred at most."""
        return await self._read(lambda c: windows.entries(c, after, window))

    async def dues(self, now: datetime, but: Collection[int] = ()) -> tuple[Due, ...]:
        """Return what is due by *now* and waits, without the rows *but*, oldest first."""
        return await self._read(lambda c: windows.due(c, now, but))

    async def agenda(self, window: int) -> tuple[Due, ...]:
        """Return what still waits for a window, in order of time."""
        return await self._read(lambda c: windows.agenda(c, window))

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """Return when the first thing is due that waits, later than *after*; None: nothing is."""
        return await self._read(lambda c: windows.next_due(c, after))

    async def freeze(self, freeze: Freeze) -> Freeze:
        """Record a freeze, and return it with its number."""
        return await self._write(lambda c: freezes.add(c, freeze), first=True)

    async def freezes(self, now: datetime | None = None) -> tuple[Freeze, ...]:
        """Return the freezes that stand and end after *now*, in order of their start."""
        return await self._read(lambda c: freezes.standing(c, now))

    async def thaw(self, number: int, actor: str, at: datetime) -> Freeze:
        """Lift a freeze, and return it. Raises BadRequest(UNKNOWN_FREEZE)."""
        return await self._write(lambda c: freezes.lift(c, number, actor, at), first=True)

    # ---- customers ----

    async def opt_ins(self, guests: Collection[str] | None = None) -> Mapping[str, OptIn]:
        """Return the newest statement of each of *guests*, or of every guest."""
        return await self._read(lambda c: customers.opt_ins(c, guests))

    async def state_opt_in(self, rows: Sequence[OptIn]) -> None:
        """Add statements."""
        await self._write(lambda c: customers.state_opt_in(c, rows))

    async def restate(
        self,
        work: Callable[[Connection, Mapping[str, OptIn]], tuple[Sequence[OptIn], T]],
        text: str = "",
    ) -> T:
        """Add the statements that *work* makes of the newest ones, in its transaction."""
        return await self._write(lambda c: customers.restate(c, work, text), first=True)

    async def statements(
        self, *, guest: str = "", how: str = "", after: int = 0
    ) -> tuple[OptIn, ...]:
        """Return statements about *guest*, made in the way *how*, after a number, oldest first."""
        return await self._read(lambda c: customers.statements(c, guest, how, after))

    async def wish_trials(self, rows: Sequence[TrialWish]) -> None:
        """Add statements about trials."""
        await self._write(lambda c: trial_wishes.add(c, rows), first=True)

    async def rewish(
        self, work: Callable[[Connection, Mapping[str, TrialWish]], tuple[Sequence[TrialWish], T]]
    ) -> T:
        """Add the statements that *work* makes of the newest ones, in its transaction."""
        return await self._write(lambda c: trial_wishes.rewish(c, work), first=True)

    async def trial_wishes(self) -> Mapping[str, TrialWish]:
        """Return the newest statement about a trial of each guest."""
        return await self._read(trial_wishes.newest)

    async def trial_statements(self, after: int = 0) -> tuple[TrialWish, ...]:
        """Return every statement about trials after a number, oldest first."""
        return await self._read(lambda c: trial_wishes.after(c, after))

    async def consent_text(self, version: str) -> str:
        """Return the words of a warning that somebody has confirmed; empty: nobody has."""
        return await self._read(lambda c: trial_wishes.kept_text(c, version))

    async def generations(self) -> Mapping[str, int]:
        """Return how often the links of guests were revoked, where they were."""
        return await self._read(trial_wishes.generations)

    async def revoke(self, guests: Sequence[str]) -> None:
        """Revoke every personal link that was ever made for *guests*."""
        await self._write(lambda c: trial_wishes.revoke(c, guests), first=True)

    async def evidence(self) -> tuple[Trial, ...]:
        """Return every recorded outcome of a restore, oldest first."""
        return await self._read(evidence.everything)

    async def judge(self, judgement: Judgement) -> None:
        """Record what somebody says of a combination."""
        await self._write(lambda c: judgements.judge(c, judgement), first=True)

    async def judgements(self) -> tuple[Judgement, ...]:
        """Return all that was ever said of combinations, oldest first."""
        return await self._read(judgements.everything)

    async def first_seen(self, names: Sequence[str]) -> frozenset[str]:
        """Record guests of the inventory; return those seen for the first time."""
        return await self._write(lambda c: customers.first_seen(c, names))

    async def strangers(self, uuids: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the guests that were another machine, and all whose uuid is to be recorded."""
        return await self._read(lambda c: customers.strangers(c, uuids))

    async def identify(self, uuids: Mapping[str, str]) -> None:
        """Record which machines guests are, by name."""
        await self._write(lambda c: customers.identify(c, uuids))

    async def known(self) -> frozenset[str]:
        """Return the names of all guests the inventory ever held and still holds."""
        return await self._read(customers.known)

    async def forget(self, names: Sequence[str]) -> None:
        """Record that guests have left the inventory; their opt-ins and history stay."""
        await self._write(lambda c: customers.forget(c, names))

    # ---- audit and chat ----

    async def audit(self, row: AuditRow) -> bool:
        """Record a request; False if its key was seen before (nothing is recorded then)."""
        return await self._write(lambda c: audit.add(c, row), first=True)

    async def settle(self, key: str, result: str) -> None:
        """Record what came of an audited request."""
        await self._write(lambda c: audit.settle(c, key, result))

    async def audits(self, host: str = "", limit: int = 50) -> tuple[AuditRow, ...]:
        """Return the newest audit rows, newest first."""
        return await self._read(lambda c: audit.newest(c, host, limit))

    async def cursor(self, chat: str, run: str) -> Cursor:
        """Return how far *chat* has told *run*; number 0 if it has told nothing."""
        return await self._read(lambda c: audit.cursor(c, chat, run))

    async def move(self, cursor: Cursor) -> None:
        """Record how far a chat has told a run."""
        await self._write(lambda c: audit.move(c, cursor))

    async def asked(self, asked: Asked) -> str:
        """Record a request; return its key, no other's; empty if it came before."""
        return await self._write(lambda c: asked_of_us.add(c, asked, self.owner), first=True)

    async def answered(self, key: str, status: int) -> None:
        """Record that a request has its answer."""
        await self._write(lambda c: asked_of_us.answered(c, key, status))

    async def orphaned(self, chat: str) -> tuple[Asked, ...]:
        """Return the requests without an answer whose process is no more, oldest first."""
        return await self._read(lambda c: asked_of_us.orphaned(c, chat, self.workers))

    async def audited(self, key: str) -> AuditRow | None:
        """Return the audit row of a request, or None."""
        return await self._read(lambda c: audit.one(c, key))

    async def post(self, posting: Posting) -> int:
        """Add a posting and return its number; acts that its message settles are taken away."""
        return await self._write(lambda c: postings.post(c, posting))

    async def edit(self, number: int, message: Message) -> None:
        """Let a posting look like *message* from now on."""
        await self._write(lambda c: postings.edit(c, number, message))

    async def postings(self, chat: str) -> tuple[Posting, ...]:
        """Return what is not shown as it shall look, oldest first; none that is lost."""
        return await self._read(lambda c: postings.still_open(c, chat))

    async def posting(self, chat: str, number: int = 0, reference: str = "") -> Posting | None:
        """Return one posting by its number or by its reference, or None."""
        return await self._read(lambda c: postings.one(c, chat, number, reference))

    async def shown(self, number: int, **known: object) -> None:
        """Record of a posting: shown, files_shown, reference, place, doubtful or lost."""
        await self._write(lambda c: postings.shown(c, number, known))

    async def close(self) -> None:
        """Finish what is queued and close the database; what is asked later is a defect."""
        await self._close()
