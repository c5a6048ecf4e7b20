"""Alembic's environment: runs on the engine of the current application."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

database = current_app.extensions["migrate"].db
#: An arbitrary number that names the lock of migrations on PostgreSQL.
MIGRATING = 6403


def _one_at_a_time(connection: Connection) -> None:
    """Of several that start at once, on several machines, one migrates and the others find it done."""
    if connection.dialect.name == "postgresql":
        connection.detach()  # closed afterwards, which ends the lock
        connection.execute(text("SET lock_timeout = 0"))  # a migration may take longer than any other work
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATING})
        connection.commit()


def run() -> None:
    with database.engine.connect() as connection:
        _one_at_a_time(connection)
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
