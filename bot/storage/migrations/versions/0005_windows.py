"""Maintenance windows, their journal, what is due for them, and freezes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "maintenance_window",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hosts", sa.JSON, nullable=False),
        *(_instant(name) for name in ("start", "end", "changed")),
        *(_text(name) for name in ("zone", "actor", "reason")),
        *(_number(name) for name in ("revision", "series")),
        _word("state"),
        sa.Column("embargo", INSTANT),
        sa.Column("auto", sa.Boolean, nullable=False),
    )
    _index("window_open", "maintenance_window", "start", where="state = 'scheduled'")
    op.create_table(
        "window_entry",
        sa.Column("number", sa.Integer, primary_key=True),
        _of_window(),
        _instant("at"),
        *(_text(name) for name in ("event", "actor", "data")),
    )
    _index("ix_window_entry_window", "window_entry", "window")
    op.create_table(
        "due",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_window(),
        _word("kind"),
        _number("about"),
        _instant("at"),
        _word("state"),
    )
    _index("due_next", "due", "at", where="state = 'waiting'")
    _index("due_of_window", "due", "window", where="state = 'waiting'")
    op.create_table(
        "freeze",
        sa.Column("number", sa.Integer, primary_key=True),
        *(_instant(name) for name in ("start", "end", "at")),
        *(_text(name) for name in ("reason", "actor", "lifted_by")),
        sa.Column("lifted", INSTANT),
    )
    _refuse_changes(op.get_bind().dialect.name)


def _refuse_changes(dialect: str) -> None:
    """Let nobody change or remove a row of the journal; PostgreSQL has the function already."""
    if dialect == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER window_entry_refuses_{change} BEFORE {change} ON window_entry "
                "BEGIN SELECT RAISE(ABORT, 'window_entry is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER window_entry_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON window_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(16), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=False)


def _of_window() -> sa.Column[int]:
    window = sa.ForeignKey("maintenance_window.number")
    return sa.Column("window", sa.Integer, window, nullable=False)


def _index(name: str, table: str, column: str, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, [column], sqlite_where=only, postgresql_where=only)
