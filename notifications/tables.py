"""The tables. Statements are built on the `Table` objects at the end, not on the classes.

What changes with every mail is in narrow rows (`mail_delivery`); what is written once and is long
stands apart (`mail_recipient`), so that a change of state does not write a whole mail again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Enum, Index, MetaData, false, text
from sqlmodel import Field, SQLModel

from notifications.states import CampaignState, DeliveryState
from notifications.terms import ChangeEvent, Omission, Scope


class Stored(SQLModel):
    """What the tables share: one metadata, apart from the caller's."""

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


class CampaignRow(Stored, table=True):
    """The head of a campaign; `notifications.terms.Campaign` says what the columns mean."""

    __tablename__ = "mail_campaign"

    number: int | None = Field(default=None, primary_key=True)
    kind: str
    request_key: str = Field(unique=True)  # of a post and of a test: derived from the campaign's
    state: CampaignState = Field(sa_type=_enum(CampaignState))
    actor: str
    created: datetime
    announce: bool = False
    test_of: int = 0
    answer: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    post: int = 0
    occasion: str = ""
    kept: dict[str, Any] = Field(sa_type=JSON)  # the values
    digest: str = ""
    base: bytes = b""  # what the contents are compressed against
    follows: str = ""  # Message-ID of the post that a post continues
    approved_by: str = ""
    approved: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    pause: str = ""
    pause_detail: str = ""
    publication: str = ""
    list_mark: str = ""  # what the list's REST said before the post, to tell what came of it


class RecipientRow(Stored, table=True):
    """One of the many: what is written at the draft and at the preview, and never afterwards."""

    __tablename__ = "mail_recipient"
    __table_args__ = (Index("mail_one_mailbox", "campaign", "mailbox", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    campaign: int
    mailbox: str  # what makes two addresses the same; see `mailbox.same`
    address: str
    name: str = ""
    names: list[str] = Field(sa_type=JSON)  # of those who were merged into this one
    items: list[Any] = Field(sa_type=JSON)
    content: bytes = b""  # the finished mail, compressed; empty until the preview


class DeliveryRow(Stored, table=True):
    """Reaching one recipient; its id is the recipient's."""

    __tablename__ = "mail_delivery"
    __table_args__ = (
        Index("mail_next", "campaign", "state", "position"),
        Index("mail_held", "owner", **_where("owner <> ''")),
        Index("mail_due", "campaign", "due", **_where("state = 'deferred'")),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    campaign: int
    position: int  # the order of sending: staff first, then as drafted
    state: DeliveryState = Field(sa_type=_enum(DeliveryState))
    owner: str = ""  # the worker that has it, while it is claimed or sending
    attempts: int = 0
    handed: int = 0  # times that a body was begun
    denied: int = 0  # times that a body was begun and its answer was a refusal, for now or for good
    resends: int = 0
    first: datetime | None = None  # of the first attempt since it was pending
    due: datetime | None = None
    at: datetime | None = None  # of the last change
    code: str = ""
    reply: str = ""
    bounce: str = ""


class LeftOutRow(Stored, table=True):
    """Somebody who does not get a campaign's mail, from before it was sent."""

    __tablename__ = "mail_left_out"

    number: int | None = Field(default=None, primary_key=True)
    campaign: int = Field(index=True)
    name: str
    address: str
    why: Omission = Field(sa_type=_enum(Omission))
    detail: str = ""
    items: int = 0


class ChangeRow(Stored, table=True):
    """One row of the campaigns' journal."""

    __tablename__ = "mail_change"

    number: int | None = Field(default=None, primary_key=True)
    campaign: int = Field(index=True)
    at: datetime
    event: ChangeEvent = Field(sa_type=_enum(ChangeEvent))
    actor: str = ""
    fields: dict[str, Any] = Field(sa_type=JSON)


class SuppressionRow(Stored, table=True):
    """An address that is not written to, until `lifted`."""

    __tablename__ = "mail_suppression"
    __table_args__ = (
        Index(
            "mail_one_suppression",
            "mailbox",
            "scope",
            "occasion",
            unique=True,
            **_where("lifted IS NULL"),
        ),
    )

    number: int | None = Field(default=None, primary_key=True)
    mailbox: str
    address: str
    scope: Scope = Field(sa_type=_enum(Scope))
    why: Omission = Field(sa_type=_enum(Omission))
    at: datetime
    occasion: str = ""
    detail: str = ""
    lifted: datetime | None = None
    lifted_by: str = ""


class BounceRow(Stored, table=True):
    """One report that came back, read once."""

    __tablename__ = "mail_bounce"

    id: str = Field(primary_key=True)  # of the report: its Message-ID, or a digest of it
    delivery: int = Field(index=True)
    at: datetime
    kind: str
    status: str = ""
    detail: str = ""


class PaceRow(Stored, table=True):
    """How fast a transport may be used, by all workers together."""

    __tablename__ = "mail_pace"

    name: str = Field(primary_key=True)
    next: float  # seconds since the epoch at which the next mail may go


class WorkerRow(Stored, table=True):
    """A process that delivers, and how many connections it uses."""

    __tablename__ = "mail_worker"

    owner: str = Field(primary_key=True)
    connections: int = 0
    until: datetime | None = None  # by the database's clock; unused where a lock proves life


METADATA = Stored.metadata

CAMPAIGN = METADATA.tables["mail_campaign"]
RECIPIENT = METADATA.tables["mail_recipient"]
DELIVERY = METADATA.tables["mail_delivery"]
LEFT_OUT = METADATA.tables["mail_left_out"]
CHANGE = METADATA.tables["mail_change"]
SUPPRESSION = METADATA.tables["mail_suppression"]
BOUNCE = METADATA.tables["mail_bounce"]
PACE = METADATA.tables["mail_pace"]
WORKER = METADATA.tables["mail_worker"]
