"""The customers' side: what they confirm, trials they ask for, their links; judgements of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("trial_wish", "judgement")


def upgrade() -> None:
    op.add_column("run", _added("kind", "maintenance"))
    op.add_column("opt_in", _added("text"))
    op.add_column("opt_in", _added("address"))
    op.add_column("opt_in", sa.Column("attested", INSTANT))
    op.add_column("known_guest", _added("uuid"))
    answer = sa.Column("answer", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("mail_campaign", answer)
    op.create_table(
        "trial_wish",
        sa.Column("number", sa.Integer, primary_key=True),
        _text("guest"),
        sa.Column("wanted", sa.Boolean, nullable=False),
        _instant("at"),
        *(_text(name) for name in ("who", "how", "kernel", "note", "address")),
        sa.Column("agreed", INSTANT),
    )
    op.create_index("ix_trial_wish_guest", "trial_wish", ["guest"])
    op.create_table(
        "consent_text",
        sa.Column("version", sa.String, primary_key=True),
        _text("text"),
        _instant("since"),
    )
    op.create_table(
        "link_generation",
        sa.Column("guest", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    _judgements()
    for table in APPEND_ONLY:
        _refuse_changes(op.get_bind().dialect.name, table)


def _judgements() -> None:
    place = ("saved_on", "saved_hypervisor", "restored_on", "restored_hypervisor", "family")
    op.create_table(
        "judgement",
        sa.Column("number", sa.Integer, primary_key=True),
        _instant("at"),
        *(_text(name) for name in ("actor", *place, "reason")),
        sa.Column("verdict", sa.String(16), nullable=False),
    )
    op.create_table(
        "lift_proposal",
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        *(_text(name) for name in ("key", "actor", "reason", "seen")),
        *(_instant(name) for name in ("at", "until")),
    )


def _refuse_changes(dialect: str, table: str) -> None:
    """Let nobody change or remove a row; PostgreSQL has the function already."""
    if dialect == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _added(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False, server_default=default)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=False)
