"""A desk and its records in memory: what chats ask for, answered at once and kept in lists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.chat.asked_of_mail import Office
from bot.chat.asked_of_windows import Windows
from bot.chat.handlers import Handler
from bot.chat.starting import Asking
from bot.chat.views import Views
from bot.maintenance.shapes import GuestView
from bot.maintenance.trials import Trials
from bot.maintenance.windows.desk import Frozen
from bot.maintenance.words import Words
from bot.ports import (
    AuditRow,
    Chat,
    Cursor,
    LiftProposal,
    Message,
    Proposal,
    Request,
    RunRecord,
    Wish,
)
from bot.rules.errors import BadRequest, Code, MaintError, Precondition, TryAgain
from bot.rules.fleet import Fleet, Guest, Host, HostWork
from bot.rules.plan.combinations import combination_of
from bot.rules.plan.terms import Before, Order, Plan, PlanOptions, PlanStep, Remark
from bot.rules.policy.matrix import found, matrix
from bot.rules.policy.terms import Action, PolicySettings, Reason
from bot.rules.window.terms import Freeze, WindowSettings
from bot.settings.people import Roles

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.chat.replies import Pending, Reply
    from bot.maintenance.shapes import HostView, RunView
    from bot.maintenance.windows.desk import Wanted
    from bot.rules.hold import Hold, Scope
    from bot.rules.optin import OptIn, TrialWish
    from bot.rules.policy.evidence import Judgement, Trial
    from bot.rules.policy.matrix import Cell
    from bot.rules.run.journal import Row

NOW = datetime(2021, 8, 25, 20, 0, tzinfo=UTC)
TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "chat"
VIEWS = Views(Words(TEMPLATES))
FLEET = Fleet(
    hosts={"hobgoblin": Host(name="hobgoblin"), "clockwork": Host(name="clockwork")},
    guests={"vps31": Guest(name="vps31", host="hobgoblin", uuid="u-31")},
)


class Standstill:
    """World time that passes only when a test says so."""

    later = timedelta()

    def now(self) -> datetime:
        return NOW + self.later

    async def wait_until(self, instant: datetime) -> None:
        raise AssertionError(instant)


@dataclass(kw_only=True)
class Records:
    """What is recorded; `away` makes every call fail as an unreachable database does."""

    heads: list[RunRecord] = field(default_factory=list)
    standing: list[Hold] = field(default_factory=list)
    audited: dict[str, AuditRow] = field(default_factory=dict)
    cursors: dict[tuple[str, str], Cursor] = field(default_factory=dict)
    journal: list[Row] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    lifts: dict[tuple[Scope, str], LiftProposal] = field(default_factory=dict)
    lifted: list[tuple[Hold, str, str]] = field(default_factory=list)  # by whom, why
    trials: list[Trial] = field(default_factory=list)
    said: list[Judgement] = field(default_factory=list)
    wishes: dict[str, OptIn] = field(default_factory=dict)
    asked_trials: list[TrialWish] = field(default_factory=list)
    away: bool = False

    async def runs(self, *, host: str = "", open_only: bool = False) -> tuple[RunRecord, ...]:
        self._reach()
        heads = (h for h in reversed(self.heads) if not host or h.host == host)
        return tuple(h for h in heads if not (open_only and h.ended))

    async def holder(self, host: str) -> str:
        return self.holders.get(host, "")

    async def rows(self, run: str, after: int = 0) -> tuple[Row, ...]:
        del run
        return tuple(row for row in self.journal if row.number > after)

    async def cursor(self, chat: str, run: str) -> Cursor:
        return self.cursors.get((chat, run), Cursor(chat=chat, run=run, number=0))

    async def move(self, cursor: Cursor) -> None:
        self.cursors[cursor.chat, cursor.run] = cursor

    async def hold(self, hold: Hold) -> Hold:
        self.standing.append(replace(hold, id=len(self.standing) + len(self.lifted) + 1))
        return self.standing[-1]

    async def lift(
        self,
        scope: Scope,
        value: str,
        actor: str,
        reason: str,
        at: datetime,
        known: Collection[int] | None = None,
    ) -> int:
        del at
        gone = [h for h in self.standing if (h.scope, h.value) == (scope, value)]
        if known is not None and {hold.id for hold in gone} != set(known):
            raise Precondition(Code.LIFT_CHANGED)
        self.standing = [hold for hold in self.standing if hold not in gone]
        self.lifted += [(hold, actor, reason) for hold in gone]
        return len(gone)

    async def propose_lift(self, proposal: LiftProposal) -> None:
        self.lifts[proposal.scope, proposal.value] = proposal

    async def lift_proposal(self, scope: Scope, value: str) -> LiftProposal | None:
        return self.lifts.get((scope, value))

    async def dismiss_lift(self, proposal: LiftProposal) -> bool:
        place = proposal.scope, proposal.value
        waits = self.lifts.get(place) == proposal
        return waits and bool(self.lifts.pop(place))

    async def opt_ins(self, guests: Collection[str] | None = None) -> dict[str, OptIn]:
        del guests
        return dict(self.wishes)

    async def trial_wishes(self) -> dict[str, TrialWish]:
        return {wish.guest: wish for wish in self.asked_trials}

    async def wish_trials(self, rows: Sequence[TrialWish]) -> None:
        self.asked_trials += rows

    async def holds(self) -> tuple[Hold, ...]:
        self._reach()
        return tuple(self.standing)

    async def proposal(self, host: str) -> Proposal | None:
        return self.proposals.get(host)

    async def dismiss(self, host: str, key: str) -> bool:
        waits = host in self.proposals and self.proposals[host].key == key
        return waits and bool(self.proposals.pop(host))

    async def evidence(self) -> tuple[Trial, ...]:
        return tuple(self.trials)

    async def judge(self, judgement: Judgement) -> None:
        self.said.append(replace(judgement, number=len(self.said) + 1))

    async def judgements(self) -> tuple[Judgement, ...]:
        return tuple(self.said)

    async def audit(self, row: AuditRow) -> bool:
        self._reach()
        if row.key in self.audited:
            return False
        self.audited[row.key] = row
        return True

    async def settle(self, key: str, result: str) -> None:
        self._reach()
        self.audited[key] = replace(self.audited[key], result=result)

    async def audits(self, host: str = "", limit: int = 50) -> tuple[AuditRow, ...]:
        rows = [row for row in reversed(self.audited.values()) if host in {"", row.host}]
        return tuple(rows[:limit])

    def results(self) -> list[tuple[str, str]]:
        return [(row.text, row.result) for row in self.audited.values()]

    def go_away(self) -> None:
        self.away = True

    def come_back(self) -> None:
        self.away = False

    def _reach(self) -> None:
        if self.away:
            raise TryAgain(Code.STORE_UNREACHABLE, path="memory", problem="it is away")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a run stands."""

    resting: bool = True
    exit_status: int = 0
    commands: tuple[str, ...] = ()


@dataclass(kw_only=True)
class MemoryDesk:
    """Plans one guest, starts what it is asked to, and remembers wishes.

    `rests` are given out one by one, the last for ever; `refuses` is raised by every change.
    """

    fleet: Fleet = FLEET
    clock: Standstill = field(default_factory=Standstill)
    store: Records = field(default_factory=Records)
    hash: str = "aaaa"
    problems: tuple[Remark, ...] = ()
    refuses: Exception | None = None
    unreadable: MaintError | None = None
    rests: list[Standing] = field(default_factory=lambda: [Standing()])
    wishes: list[Wish] = field(default_factory=list)
    starts: list[dict[str, object]] = field(default_factory=list)

    @property
    def trials(self) -> Trials:
        settings = PolicySettings()
        return Trials(fleet=self.fleet, store=self.store, clock=self.clock, policy=settings)

    async def plan(self, host: str, options: PlanOptions) -> Plan:
        del options
        return plan(host, self.hash, self.problems)

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
        self._refuse(host, plan_hash)
        about = {"host": host, "options": options, "actor": actor, "reason": reason}
        return self._begin(key, about | {"alone": alone})

    async def propose(self, proposal: Proposal) -> str:
        self._refuse(proposal.host, proposal.plan.hash)
        before = self.store.proposals.get(proposal.host)
        self.store.proposals[proposal.host] = proposal
        return before.actor if before else ""

    async def approve(self, proposal: Proposal, approver: str) -> RunRecord:
        self._refuse(proposal.host, proposal.plan.hash)
        about = {"host": proposal.host, "options": proposal.options, "actor": proposal.actor}
        del self.store.proposals[proposal.host]
        return self._begin(proposal.key, about | {"approver": approver})

    def _refuse(self, host: str, plan_hash: str) -> None:
        if self.refuses:
            raise self.refuses
        if plan_hash != self.hash:
            raise Precondition(Code.PLAN_CHANGED, host=host, then=plan_hash, now=self.hash)

    def _begin(self, key: str, about: dict[str, object]) -> RunRecord:
        self.starts.append(about)
        host, actor = str(about["host"]), str(about["actor"])
        self.store.heads.append(RunRecord(id=key, host=host, actor=actor, started=NOW))
        return self.store.heads[-1]

    async def cells(self) -> tuple[Cell, ...]:
        return matrix(await self.store.evidence(), await self.store.judgements(), PolicySettings())

    async def cell(self, name: str) -> Cell:
        also = (combination_of(plan("hobgoblin", self.hash), "xen/pv/linux-3.16"),)
        known = await self.store.evidence(), await self.store.judgements()
        return found(matrix(*known, PolicySettings(), also), name)

    async def wish(self, wish: Wish) -> None:
        if self.refuses:
            raise self.refuses
        self.wishes.append(wish)

    async def hosts(self) -> list[HostView]:
        return []

    async def guests(self, host: str) -> list[GuestView]:
        return [GuestView(step=step) for step in plan(host, self.hash, self.problems).steps]

    async def run(self, host: str) -> RunView | None:
        del host
        return None

    async def log(self, host: str) -> tuple[Row, ...]:
        del host
        return tuple(self.store.journal)

    async def at_rest(self, host: str) -> Standing:
        del host
        if self.unreadable:
            raise self.unreadable
        return self.rests.pop(0) if len(self.rests) > 1 else self.rests[0]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many contacts a host has, and how many were not told."""

    contacts: int = 31
    untold: int = 31


class Closed:
    """Mail where no test asks for any: there is no campaign."""

    async def campaigns(self) -> tuple[()]:
        return ()

    async def changes(self, after: int) -> tuple[()]:
        del after
        return ()

    async def untold(self, host: str) -> Counted:
        del host
        return Counted()

    async def confirm_trial(self, wish: TrialWish) -> None:
        del wish

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


class Silent:
    """No customer says anything."""

    async def tell(self, chat: Chat) -> None:
        del chat

    async def skip(self, chat: Chat) -> None:
        del chat


_CLOSED: Any = Closed()
CLOSED = Office(mail=_CLOSED, notices=_CLOSED, teller=_CLOSED, customers=Silent())


class NoBook:
    """Windows where no test asks for any: there are none, and everything is frozen."""

    settings = WindowSettings()
    clock = Standstill()

    @property
    def store(self) -> NoBook:
        return self

    async def windows(self, *, open_only: bool = False) -> tuple[()]:
        del open_only
        return ()

    async def freezes(self, now: datetime | None = None) -> tuple[()]:
        del now
        return ()

    async def window(self, number: int) -> None:
        raise BadRequest(Code.UNKNOWN_WINDOW, number=number)

    async def reschedule(self, number: int, *rest: object) -> None:
        del rest
        await self.window(number)

    async def cancel(self, number: int, *rest: object) -> None:
        await self.reschedule(number, *rest)

    async def schedule(self, wanted: Sequence[Wanted], actor: str) -> None:
        freeze = Freeze(start=NOW, end=NOW, reason="holidays", actor=actor, at=NOW, number=1)
        raise Precondition(Code.FROZEN, start=wanted[0].start, freeze=freeze)

    async def freeze(self, start: datetime, end: datetime, reason: str, actor: str) -> Frozen:
        freeze = Freeze(start=start, end=end, reason=reason, actor=actor, at=NOW, number=1)
        return Frozen(freeze=freeze, windows=())

    async def thaw(self, number: int, actor: str, at: datetime) -> None:
        del actor, at
        raise BadRequest(Code.UNKNOWN_FREEZE, number=number)

    def feed(self, *_: object) -> str:
        return ""

    def planned(self, *_: object) -> list[object]:
        return []

    async def tell(self, chat: Chat, *, answered: str = "") -> None:
        del chat, answered

    async def skip(self, chat: Chat) -> None:
        del chat


_NO_BOOK: Any = NoBook()
NO_WINDOWS = Windows(desk=_NO_BOOK, teller=_NO_BOOK, told=_NO_BOOK, public=_NO_BOOK)


class OneLine:
    """Tells of each run one line, once for each chat."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    async def tell(self, chat: Chat, run_id: str, *, pace: float = 0.0) -> bool:
        del pace
        if (chat.name, run_id) not in self._told:
            self._told.add((chat.name, run_id))
            await chat.post(Message(text="told of the run"))
        return True

    def forget(self, chat: Chat) -> None:
        raise AssertionError(chat)


def plan(host: str, hash_: str, problems: tuple[Remark, ...] = ()) -> Plan:
    step = PlanStep(
        guest="vps31",
        uuid="u-31",
        action=Action.SHUTDOWN if hash_ == "aaaa" else Action.SUSPEND,
        reason=Reason.NOT_OPTED_IN if hash_ == "aaaa" else Reason.OPTED_IN,
        memory_mib=1024,
        family="xen/pv/linux-3.16",
    )
    before = Before(boot_id="b1", kernel="4.19.181", hypervisor="xen-4.14.2", memory_mib=65536)
    return Plan(
        host=host,
        at=NOW,
        steps=(step,),
        order=Order.SUM,
        work=HostWork(),
        before=before,
        problems=problems,
        hash=hash_,
    )


@dataclass(kw_only=True)
class Person:
    """Somebody who types line after line to one handler."""

    desk: MemoryDesk = field(default_factory=MemoryDesk)
    asking: Asking = field(default_factory=lambda: Asking(confirm="none", reason=False))
    roles: Roles = field(default_factory=lambda: Roles(look=("os:bob",), operate=("os:anna",)))
    office: Office = CLOSED
    windows: Windows = NO_WINDOWS
    actor: str = "os:anna"
    pending: Pending | None = None
    count: int = 0

    async def types(self, text: str, *, key: str = "") -> Reply:
        self.count += 1
        handler = Handler(self.desk, VIEWS, self.roles, self.asking, self.office, self.windows)
        request = Request(actor=self.actor, text=text, key=key or f"key-{self.count}")
        reply = await handler.handle(request, self.pending)
        self.pending = reply.pending
        return reply


def said(reply: Reply) -> str:
    return "\n".join(message.text for message in reply.messages)


def words_of(error: MaintError) -> str:
    return VIEWS.error(error).text
