"""The tables of the notification pipeline."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _campaigns()
    _deliveries()
    _addresses()
    _workers()
    origin = op.create_table("origin", sa.Column("id", sa.String, primary_key=True))
    op.bulk_insert(origin, [{"id": uuid4().hex}])


def _campaigns() -> None:
    op.create_table(
        "mail_campaign",
        sa.Column("number", sa.Integer, primary_key=True),
        _text("kind"),
        sa.Column("request_key", sa.String, nullable=False, unique=True),
        _enum("state", "draft", "previewed", "approved", "sending", "paused", "done", "cancelled"),
        _text("actor"),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("announce", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("test_of", "post")),
        _text("occasion"),
        sa.Column("kept", sa.JSON, nullable=False),
        _text("digest"),
        sa.Column("base", sa.LargeBinary, nullable=False),
        *(_text(name) for name in ("follows", "approved_by")),
        *(sa.Column(name, INSTANT) for name in ("approved", "started", "ended")),
        *(_text(name) for name in ("pause", "pause_detail", "publication", "list_mark")),
    )
    op.create_table(
        "mail_change",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _enum("event", *CHANGES),
        _text("actor"),
        sa.Column("fields", sa.JSON, nullable=False),
    )
    _index("ix_mail_change_campaign", "mail_change", "campaign")


CHANGES = (
    "drafted",
    "previewed",
    "approved",
    "started",
    "paused",
    "stopped",
    "resumed",
    "cancelled",
    "done",
    "refused",
    "uncertain",
    "suppressed",
    "settled",
    "resent",
    "tested",
    "bounced",
    "publication",
)
DELIVERIES = (
    "pending",
    "claimed",
    "sending",
    "sent",
    "deferred",
    "refused",
    "uncertain",
    "suppressed",
    "cancelled",
)
OMISSIONS = ("no_address", "bad_address", "unsubscribed", "bounced")


def _deliveries() -> None:
    op.create_table(
        "mail_recipient",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.Integer, nullable=False),
        *(_text(name) for name in ("mailbox", "address", "name")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("names", "items")),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    _index("mail_one_mailbox", "mail_recipient", "campaign", "mailbox", unique=True)
    op.create_table(
        "mail_delivery",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("campaign", "position")),
        _enum("state", *DELIVERIES),
        _text("owner"),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("attempts", "handed", "denied", "resends")
        ),
        *(sa.Column(name, INSTANT) for name in ("first", "due", "at")),
        *(_text(name) for name in ("code", "reply", "bounce")),
    )
    _index("mail_next", "mail_delivery", "campaign", "state", "position")
    _index("mail_held", "mail_delivery", "owner", where="owner <> ''")
    _index("mail_due", "mail_delivery", "campaign", "due", where="state = 'deferred'")
    op.create_table(
        "mail_left_out",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.Integer, nullable=False),
        *(_text(name) for name in ("name", "address")),
        _enum("why", *OMISSIONS),
        _text("detail"),
        sa.Column("items", sa.Integer, nullable=False),
    )
    _index("ix_mail_left_out_campaign", "mail_left_out", "campaign")


def _addresses() -> None:
    op.create_table(
        "mail_suppression",
        sa.Column("number", sa.Integer, primary_key=True),
        *(_text(name) for name in ("mailbox", "address")),
        _enum("scope", "offers", "occasion"),
        _enum("why", *OMISSIONS),
        sa.Column("at", INSTANT, nullable=False),
        *(_text(name) for name in ("occasion", "detail")),
        sa.Column("lifted", INSTANT),
        _text("lifted_by"),
    )
    key = ("mailbox", "scope", "occasion")
    _index("mail_one_suppression", "mail_suppression", *key, unique=True, where="lifted IS NULL")
    op.create_table(
        "mail_bounce",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *(_text(name) for name in ("kind", "status", "detail")),
    )
    _index("ix_mail_bounce_delivery", "mail_bounce", "delivery")


def _workers() -> None:
    op.create_table(
        "mail_pace",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("next", sa.Float, nullable=False),
    )
    op.create_table(
        "mail_worker",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("connections", sa.Integer, nullable=False),
        sa.Column("until", INSTANT),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _enum(name: str, *values: str) -> sa.Column[str]:
    return sa.Column(name, sa.Enum(*values, native_enum=False, length=16), nullable=False)


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=only, postgresql_where=only
    )
