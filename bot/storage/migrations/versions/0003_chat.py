"""Chats over a network: what was asked there, and what is to be shown there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("delivery", sa.String, nullable=False, unique=True),
        *(_text(name) for name in ("chat", "actor", "text", "owner")),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("where", sa.JSON, nullable=False),
        sa.Column("status", sa.Integer),
    )
    _index("asked_open", "asked", "chat", where="status IS NULL")
    op.create_table(
        "posting",
        sa.Column("number", sa.Integer, primary_key=True),
        _text("chat"),
        _number("thread"),
        *(_text(name) for name in ("place", "about")),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        *(_number(name) for name in ("version", "shown", "acts_version", "files", "files_shown")),
        _text("reference"),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        _text("lost"),
    )
    not_shown = "lost = '' AND (shown < version OR files_shown < files)"
    _index("posting_open", "posting", "chat", where=not_shown)
    _index("posting_shown", "posting", "chat", "reference")
    _index("posting_about", "posting", "chat", where="about <> ''")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _index(name: str, table: str, *columns: str, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, list(columns), sqlite_where=only, postgresql_where=only)
