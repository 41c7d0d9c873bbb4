"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("journal", "opt_in", "trial")


def upgrade() -> None:
    _runs()
    _commands()
    _customers()
    _people()
    dialect = op.get_bind().dialect.name
    for statement in _sqlite_refusals() if dialect == "sqlite" else _postgresql_refusals():
        op.execute(statement)


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String, primary_key=True),
        _text("host"),
        _text("actor"),
        sa.Column("started", INSTANT, nullable=False),
        _text("status"),
        _text("rest"),
        sa.Column("ended", INSTANT),
        sa.Column("exit_status", sa.Integer),
        sa.Column("due", INSTANT),
        sa.Column("last", sa.Integer, nullable=False),
        _text("digest"),
    )
    _index("one_open_run", "run", "host", unique=True, where="ended IS NULL")
    _index("run_due", "run", "due")
    op.create_table(
        "journal",
        sa.Column("run", sa.String, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        _text("event"),
        _text("guest"),
        _text("data"),
        _text("digest"),
    )
    op.create_table(
        "step",
        sa.Column("run", sa.String, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("guest", sa.String, primary_key=True),
        _text("state"),
    )
    op.create_table(
        "lease",
        sa.Column("host", sa.String, primary_key=True),
        _text("owner"),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("until", INSTANT),
    )


def _commands() -> None:
    op.create_table(
        "wish",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        *(_text(name) for name in ("host", "actor", "verb", "guest", "argument")),
        sa.Column("at", INSTANT),
        sa.Column("obeyed", sa.Boolean, nullable=False),
    )
    _index("wish_open", "wish", "host", where="NOT obeyed")
    scope = sa.Enum("global", "host", "guest", "kernel", native_enum=False, length=16)
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scope", scope, nullable=False),
        *(_text(name) for name in ("value", "reason", "opened_by")),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("because", sa.JSON, nullable=False),
        _text("digest"),
        sa.Column("lifted_at", INSTANT),
        *(_text(name) for name in ("lifted_by", "lift_reason")),
    )
    _index("one_equal_hold", "hold", "digest", unique=True, where="lifted_at IS NULL")


def _customers() -> None:
    op.create_table(
        "opt_in",
        sa.Column("number", sa.Integer, primary_key=True),
        _text("guest"),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *(_text(name) for name in ("who", "how", "kernel")),
    )
    _index("ix_opt_in_guest", "opt_in", "guest")
    outcome = sa.Enum("restored", "damage", "dead", "unreachable", native_enum=False, length=16)
    op.create_table(
        "trial",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        *(_text(name) for name in ("run", "host", "guest", "saved_on", "saved_hypervisor")),
        *(_text(name) for name in ("restored_on", "restored_hypervisor", "family")),
        sa.Column("outcome", outcome, nullable=False),
    )
    op.create_table(
        "known_guest",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("gone", sa.Boolean, nullable=False),
    )


def _people() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        *(_text(name) for name in ("actor", "text", "host", "result", "key")),
    )
    _index("audit_key", "audit", "key", unique=True, where="key <> ''")
    _index("audit_host", "audit", "host")
    op.create_table(
        "cursor",
        sa.Column("chat", sa.String, primary_key=True),
        sa.Column("run", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        _text("message"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _index(name: str, table: str, column: str, *, unique: bool = False, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, [column], unique=unique, sqlite_where=only, postgresql_where=only)


def _sqlite_refusals() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_refuses_{change} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for change in ("UPDATE", "DELETE")
    ]


def _postgresql_refusals() -> list[str]:
    function = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    return [function, *triggers]
