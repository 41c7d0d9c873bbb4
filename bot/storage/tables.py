"""The tables. Statements are built on the `Table` objects at the end, not on the classes."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Enum, Index, MetaData, text
from sqlmodel import Field, SQLModel

from bot.rules.hold import Scope
from bot.rules.policy.evidence import RestoreOutcome, Verdict
from bot.rules.window.terms import DueKind, DueState, WindowState


class Stored(SQLModel):
    """What every table of `bot` shares: one metadata, apart from other packages' tables."""

    metadata: ClassVar[MetaData] = MetaData()


def _where(condition: str) -> dict[str, Any]:
    """Limit an index to the rows that fulfil *condition*, in both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _enum(kind: type[StrEnum]) -> Any:  # noqa: ANN401 - SQLModel's types know only classes here
    """Store the values of *kind* as text, so that a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


#: Of a posting that is not shown as it shall look, and will be.
_NOT_SHOWN = "lost = '' AND (shown < version OR files_shown < files)"


class RunHead(Stored, table=True):
    """A run; all but the first five columns are caches of its journal."""

    __tablename__ = "run"
    __table_args__ = (
        # One run per host is a promise of the database, not of the code before it.
        Index("one_open_run", "host", unique=True, **_where("ended IS NULL")),
        Index("run_due", "due"),
    )

    id: str = Field(primary_key=True)
    host: str
    actor: str
    started: datetime
    status: str
    rest: str = ""
    ended: datetime | None = None
    exit_status: int | None = None
    due: datetime | None = None
    kind: str = Field(default="maintenance", sa_column_kwargs={"server_default": "maintenance"})
    last: int = 0  # number of the newest row: the next one follows it
    digest: str = ""  # of the newest row: rows lost at the end are noticed


class JournalRow(Stored, table=True):
    """One row of a run's journal. Triggers refuse to change or remove one."""

    __tablename__ = "journal"

    run: str = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    event: str  # not an enum: an unknown one must be readable, to be told with its number
    guest: str = ""
    data: str  # JSON as text, because the digest is of these very characters
    digest: str


class Step(Stored, table=True):
    """The cached state of one guest's part in a run."""

    run: str = Field(primary_key=True, foreign_key="run.id")
    guest: str = Field(primary_key=True)
    state: str


class HostLease(Stored, table=True):
    """Who may act on a host. The row stays when it is free, so that tokens only grow."""

    __tablename__ = "lease"

    host: str = Field(primary_key=True)
    owner: str = ""  # empty: free
    token: int = 0
    until: datetime | None = None  # by the database's clock; unused on SQLite


class WishRow(Stored, table=True):
    """A command that concerns a run, obeyed or not yet."""

    __tablename__ = "wish"
    __table_args__ = (Index("wish_open", "host", **_where("NOT obeyed")),)

    number: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    host: str
    actor: str
    verb: str
    guest: str = ""
    argument: str = ""
    at: datetime | None = None
    obeyed: bool = False


class HoldRow(Stored, table=True):
    """A hold, standing until `lifted_at` is known."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("one_equal_hold", "digest", unique=True, **_where("lifted_at IS NULL")),
    )

    id: int | None = Field(default=None, primary_key=True)
    scope: Scope = Field(sa_type=_enum(Scope))
    value: str
    reason: str
    opened_by: str
    opened_at: datetime
    because: list[str] = Field(sa_type=JSON)
    digest: str  # of what makes two holds equal; a reason is too long for an index
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lift_reason: str = ""


class OptInRow(Stored, table=True):
    """One statement of a customer's wish. Triggers refuse to change or remove one."""

    __tablename__ = "opt_in"

    number: int | None = Field(default=None, primary_key=True)
    guest: str = Field(index=True)
    wanted: bool
    at: datetime
    who: str
    how: str
    kernel: str = ""
    text: str = Field(default="", sa_column_kwargs={"server_default": ""})
    address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    attested: datetime | None = None


class TrialWishRow(Stored, table=True):
    """One statement about a trial of a guest. Triggers refuse to change or remove one."""

    __tablename__ = "trial_wish"

    number: int | None = Field(default=None, primary_key=True)
    guest: str = Field(index=True)
    wanted: bool
    at: datetime
    who: str
    how: str
    kernel: str = ""
    note: str = ""
    agreed: datetime | None = None
    address: str = ""


class ConsentText(Stored, table=True):
    """A warning as customers have confirmed it, word by word."""

    __tablename__ = "consent_text"

    version: str = Field(primary_key=True)
    text: str
    since: datetime


class LinkGeneration(Stored, table=True):
    """How often the personal links of a guest were revoked."""

    __tablename__ = "link_generation"

    guest: str = Field(primary_key=True)
    generation: int


class JudgementRow(Stored, table=True):
    """What a person has said of a combination. Triggers refuse to change or remove one."""

    __tablename__ = "judgement"

    number: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    saved_on: str
    saved_hypervisor: str
    restored_on: str
    restored_hypervisor: str
    family: str
    verdict: Verdict = Field(sa_type=_enum(Verdict))
    reason: str


class LiftProposalRow(Stored, table=True):
    """The lifting of a hold that waits for a second person; once decided, the row is gone."""

    __tablename__ = "lift_proposal"

    scope: Scope = Field(sa_type=_enum(Scope), primary_key=True)
    value: str = Field(primary_key=True)
    key: str
    actor: str
    reason: str
    seen: str
    at: datetime
    until: datetime


class TrialRow(Stored, table=True):
    """One outcome of a restore. Triggers refuse to change or remove one."""

    __tablename__ = "trial"

    number: int | None = Field(default=None, primary_key=True)
    at: datetime
    run: str
    host: str
    guest: str
    saved_on: str
    saved_hypervisor: str
    restored_on: str
    restored_hypervisor: str
    family: str
    outcome: RestoreOutcome = Field(sa_type=_enum(RestoreOutcome))


class Audited(Stored, table=True):
    """One request of a person and what came of it."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_key", "key", unique=True, **_where("key <> ''")),
        Index("audit_host", "host"),
    )

    number: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    text: str
    host: str = ""
    result: str = ""
    key: str = ""


class CursorRow(Stored, table=True):
    """How far one chat has told one run."""

    __tablename__ = "cursor"

    chat: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    number: int
    message: str = ""


class AskedRow(Stored, table=True):
    """One request as a chat delivered it, answered or not yet."""

    __tablename__ = "asked"
    __table_args__ = (Index("asked_open", "chat", **_where("status IS NULL")),)

    number: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    delivery: str = Field(unique=True)
    chat: str
    actor: str
    text: str
    at: float  # machine time, seconds since 1970
    where: dict[str, str] = Field(sa_type=JSON)
    owner: str = ""  # the process that does it
    status: int | None = None


class PostingRow(Stored, table=True):
    """One message of a chat over a network: how it shall look, and what of it is shown."""

    __tablename__ = "posting"
    __table_args__ = (
        Index("posting_open", "chat", **_where(_NOT_SHOWN)),
        Index("posting_shown", "chat", "reference"),
        Index("posting_about", "chat", **_where("about <> ''")),
    )

    number: int | None = Field(default=None, primary_key=True)
    chat: str
    thread: int = 0
    place: str = ""
    about: str = ""  # what its acts decide, each between two line ends; empty: it has none
    message: dict[str, Any] = Field(sa_type=JSON)
    context: dict[str, Any] = Field(sa_type=JSON)
    version: int = 1
    shown: int = 0
    acts_version: int = 1
    files: int = 0
    files_shown: int = 0
    reference: str = ""
    doubtful: bool = False
    lost: str = ""


class KnownGuest(Stored, table=True):
    """A guest that the inventory holds, or once held."""

    __tablename__ = "known_guest"

    name: str = Field(primary_key=True)
    gone: bool = False
    uuid: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Origin(Stored, table=True):
    """One row, written when the database was made: no other database has the same."""

    id: str = Field(primary_key=True)


class ProposalRow(Stored, table=True):
    """The start that waits for a second person; once that is decided, the row is gone."""

    __tablename__ = "proposal"

    host: str = Field(primary_key=True)  # one at most waits on a host
    key: str
    actor: str
    text: str
    reason: str
    options: dict[str, bool] = Field(sa_type=JSON)
    plan: str  # JSON as text, as in the journal: any text passes
    at: datetime
    until: datetime


class WindowRow(Stored, table=True):
    """A window; `bot.rules.window.terms.Window` says what the columns mean."""

    __tablename__ = "maintenance_window"  # "window" is a word of SQL
    __table_args__ = (Index("window_open", "start", **_where("state = 'scheduled'")),)

    number: int | None = Field(default=None, primary_key=True)
    hosts: list[str] = Field(sa_type=JSON)
    start: datetime
    end: datetime
    zone: str
    actor: str
    changed: datetime
    revision: int = 0
    state: WindowState = Field(sa_type=_enum(WindowState))
    reason: str = ""
    embargo: datetime | None = None
    auto: bool = False
    series: int = 0


class WindowEntryRow(Stored, table=True):
    """One row of the windows' journal. Triggers refuse to change or remove one."""

    __tablename__ = "window_entry"

    number: int | None = Field(default=None, primary_key=True)
    window: int = Field(foreign_key="maintenance_window.number", index=True)
    at: datetime
    event: str  # not an enum: an unknown one must be readable
    actor: str = ""
    data: str  # JSON as text, as in the journal of runs


class DueRow(Stored, table=True):
    """One thing to do for a window, once."""

    __tablename__ = "due"
    __table_args__ = (
        Index("due_next", "at", **_where("state = 'waiting'")),
        Index("due_of_window", "window", **_where("state = 'waiting'")),
    )

    id: int | None = Field(default=None, primary_key=True)
    window: int = Field(foreign_key="maintenance_window.number")
    kind: DueKind = Field(sa_type=_enum(DueKind))
    about: int = 0
    at: datetime
    state: DueState = Field(sa_type=_enum(DueState))


class FreezeRow(Stored, table=True):
    """An interval in which nothing is scheduled, until `lifted`."""

    __tablename__ = "freeze"

    number: int | None = Field(default=None, primary_key=True)
    start: datetime
    end: datetime
    reason: str
    actor: str
    at: datetime
    lifted: datetime | None = None
    lifted_by: str = ""


METADATA = Stored.metadata

RUN = METADATA.tables["run"]
JOURNAL = METADATA.tables["journal"]
STEP = METADATA.tables["step"]
LEASE = METADATA.tables["lease"]
WISH = METADATA.tables["wish"]
HOLD = METADATA.tables["hold"]
OPT_IN = METADATA.tables["opt_in"]
TRIAL = METADATA.tables["trial"]
AUDIT = METADATA.tables["audit"]
CURSOR = METADATA.tables["cursor"]
ASKED = METADATA.tables["asked"]
POSTING = METADATA.tables["posting"]
KNOWN_GUEST = METADATA.tables["known_guest"]
ORIGIN = METADATA.tables["origin"]
PROPOSAL = METADATA.tables["proposal"]
WINDOW = METADATA.tables["maintenance_window"]
WINDOW_ENTRY = METADATA.tables["window_entry"]
DUE = METADATA.tables["due"]
FREEZE = METADATA.tables["freeze"]
TRIAL_WISH = METADATA.tables["trial_wish"]
CONSENT_TEXT = METADATA.tables["consent_text"]
LINK_GENERATION = METADATA.tables["link_generation"]
JUDGEMENT = METADATA.tables["judgement"]
LIFT_PROPOSAL = METADATA.tables["lift_proposal"]

APPEND_ONLY = (
    JOURNAL.name,
    OPT_IN.name,
    TRIAL.name,
    WINDOW_ENTRY.name,
    TRIAL_WISH.name,
    JUDGEMENT.name,
)
