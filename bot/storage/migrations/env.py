"""What Alembic runs: over the connection it is given, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

settings = context.config.attributes

context.configure(
    connection=settings["connection"],
    target_metadata=settings["metadatas"],
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
